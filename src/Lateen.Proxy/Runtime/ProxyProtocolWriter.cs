using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Lateen.Proxy.Clusters;
using Lateen.Proxy.Streams;

namespace Lateen.Proxy.Runtime;

/// <summary>Writes the header of the PROXY protocol for an upstream connection. Pure.</summary>
internal static class ProxyProtocolWriter
{
    private const int Version2HeadBytes = 16;
    private const int TlvHeadBytes = 3;

    /// <summary>The header for a connection to a host.</summary>
    internal static byte[] Write(Host host, ProxyProtocolState? state)
    {
        var socket = host.TransportSocket;
        if (socket.FormattedTlvs.Length == 0 || state is null)
        {
            return Write(socket, state, host.Attributes.ProxyTlvs);
        }

        // As in Envoy, formats see the upstream connection and nothing of the downstream one.
        var info = new StreamInfo();
        info.Reset(new ConnectionInfo { RemoteAddress = host.Address, DirectRemoteAddress = host.Address });
        return Write(socket, state, host.Attributes.ProxyTlvs,
            [.. socket.FormattedTlvs.Select(tlv => (tlv.Type, tlv.Make(info))).Where(tlv => tlv.Item2.Length > 0)]);
    }

    /// <summary>Version 1, or version 2 without extensions.</summary>
    internal static byte[] Write(int version, ProxyProtocolState state) =>
        version == 1 ? Write1(state) : Write2(TransportSocketConfig.RawBuffer, state, [], []);

    /// <summary>Without a state, or with addresses of different kinds, the header says nothing of the origin.</summary>
    internal static byte[] Write(
        TransportSocketConfig socket, ProxyProtocolState? state, (byte Type, byte[] Value)[]? ofHost = null,
        (byte Type, byte[] Value)[]? formatted = null) =>
        socket.ProxyProtocolVersion == 1 ? Write1(state) : Write2(socket, state, ofHost ?? [], formatted ?? []);

    /// <summary>Each type once: the host's, then the cluster's, then what is passed on.</summary>
    private static (byte Type, byte[] Value)[] TlvsOf(
        TransportSocketConfig socket, ProxyProtocolState state, (byte Type, byte[] Value)[] ofHost) =>
        [
            .. ofHost.Concat(socket.AddedTlvs).DistinctBy(tlv => tlv.Type),
            .. state.Tlvs.Where(tlv => Passes(socket, tlv.Type)
                && !ofHost.Concat(socket.AddedTlvs).Any(added => added.Type == tlv.Type)),
        ];

    private static byte[] Write1(ProxyProtocolState? state)
    {
        if (state is null || !HasAddresses(state))
        {
            return [.. "PROXY UNKNOWN\r\n"u8];
        }

        var (source, destination) = (state.Source, state.Destination);
        var family = source.Ip.IsV6 ? "TCP6" : "TCP4";
        return Encoding.ASCII.GetBytes(string.Create(
            CultureInfo.InvariantCulture,
            $"PROXY {family} {source.Ip} {destination.Ip} {source.Port} {destination.Port}\r\n"));
    }

    private static byte[] Write2(
        TransportSocketConfig socket, ProxyProtocolState? state, (byte Type, byte[] Value)[] ofHost,
        (byte Type, byte[] Value)[] formatted)
    {
        var hasAddresses = state is not null && HasAddresses(state);
        var addressBytes = !hasAddresses ? 0 : state!.Source.Ip.IsV6 ? 16 : 4;
        (byte Type, byte[] Value)[] tlvs = state is null ? []
            : [.. TlvsOf(socket, state, ofHost), .. formatted];
        var length = (hasAddresses ? (2 * addressBytes) + 4 : 0) + tlvs.Sum(tlv => TlvHeadBytes + tlv.Value.Length);
        if (length > ushort.MaxValue)
        {
            tlvs = [];
            length = hasAddresses ? (2 * addressBytes) + 4 : 0;
        }

        var bytes = new byte[Version2HeadBytes + length];
        ProxyProtocol.Signature2.CopyTo(bytes);
        bytes[12] = hasAddresses ? (byte)0x21 : (byte)0x20;
        bytes[13] = (byte)(!hasAddresses ? 0 : state!.Source.Ip.IsV6 ? 0x21 : 0x11);
        BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(14), (ushort)length);
        var rest = bytes.AsSpan(Version2HeadBytes);
        if (hasAddresses)
        {
            state!.Source.Ip.WriteBytes(rest);
            state.Destination.Ip.WriteBytes(rest[addressBytes..]);
            rest = rest[(2 * addressBytes)..];
            BinaryPrimitives.WriteUInt16BigEndian(rest, (ushort)state.Source.Port);
            BinaryPrimitives.WriteUInt16BigEndian(rest[2..], (ushort)state.Destination.Port);
            rest = rest[4..];
        }

        foreach (var (type, value) in tlvs)
        {
            rest[0] = type;
            BinaryPrimitives.WriteUInt16BigEndian(rest[1..], (ushort)value.Length);
            value.CopyTo(rest[TlvHeadBytes..]);
            rest = rest[(TlvHeadBytes + value.Length)..];
        }

        return bytes;
    }

    private static bool Passes(TransportSocketConfig socket, byte type) =>
        socket.PassTlvs is { } types && (types.Length == 0 || types.Contains(type));

    private static bool HasAddresses(ProxyProtocolState state) =>
        !state.Source.Ip.IsEmpty && !state.Destination.Ip.IsEmpty
        && state.Source.Ip.IsV6 == state.Destination.Ip.IsV6;
}
