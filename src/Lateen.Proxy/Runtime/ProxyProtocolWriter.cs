using System.Buffers.Binary;
using System.Text;
using Lateen.Proxy.Addresses;

namespace Lateen.Proxy.Runtime;

/// <summary>PROXY protocol headers for upstream connections. Source: HAProxy's specification, versions 1 and
/// 2.</summary>
internal static class ProxyProtocolWriter
{
    private static readonly byte[] Signature = [0x0D, 0x0A, 0x0D, 0x0A, 0, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A];

    /// <summary>The header for a connection that comes from <paramref name="source"/> and was going to
    /// <paramref name="destination"/>.</summary>
    internal static byte[] Write(int version, Address source, Address destination)
    {
        if (source.IsPipe || destination.IsPipe || source.IsEmpty || destination.IsEmpty
            || source.Ip.IsV6 != destination.Ip.IsV6)
        {
            return WriteUnknown(version);
        }

        var isV6 = source.Ip.IsV6;
        if (version == 1)
        {
            return Encoding.ASCII.GetBytes(
                $"PROXY {(isV6 ? "TCP6" : "TCP4")} {source.Ip} {destination.Ip} {source.Port} {destination.Port}\r\n");
        }

        var addressBytes = isV6 ? 16 : 4;
        var header = new byte[16 + (addressBytes * 2) + 4];
        Signature.CopyTo(header, 0);
        header[12] = 0x21; // version 2, command PROXY
        header[13] = (byte)(isV6 ? 0x21 : 0x11); // family and stream
        BinaryPrimitives.WriteUInt16BigEndian(header.AsSpan(14), (ushort)(header.Length - 16));
        source.Ip.ToIPAddress().TryWriteBytes(header.AsSpan(16), out _);
        destination.Ip.ToIPAddress().TryWriteBytes(header.AsSpan(16 + addressBytes), out _);
        BinaryPrimitives.WriteUInt16BigEndian(header.AsSpan(16 + (addressBytes * 2)), source.Port);
        BinaryPrimitives.WriteUInt16BigEndian(header.AsSpan(18 + (addressBytes * 2)), destination.Port);
        return header;
    }

    /// <summary>The header of a connection of the proxy's own.</summary>
    internal static byte[] WriteUnknown(int version) => version == 1
        ? [.. "PROXY UNKNOWN\r\n"u8]
        : [.. Signature, 0x20, 0, 0, 0];
}
