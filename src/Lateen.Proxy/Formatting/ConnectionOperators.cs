using Lateen.Proxy.Addresses;
using Lateen.Proxy.Streams;

namespace Lateen.Proxy.Formatting;

/// <summary>Addresses, names and TLS facts of both sides.</summary>
internal static class ConnectionOperators
{
    public static void AddTo(Action<string, FormatOperator> add)
    {
        AddAddress(add, "DOWNSTREAM_REMOTE", static info => info.EffectiveRemoteAddress);
        AddAddress(add, "DOWNSTREAM_DIRECT_REMOTE", static info => info.Connection.DirectRemoteAddress);
        AddAddress(add, "DOWNSTREAM_LOCAL", static info => info.Connection.LocalAddress);
        AddAddress(add, "DOWNSTREAM_DIRECT_LOCAL", static info => info.Connection.DirectLocalAddress);
        AddAddress(add, "UPSTREAM_LOCAL", static info => info.UpstreamLocalAddress);
        AddAddress(add, "UPSTREAM_REMOTE", static info => info.UpstreamRemoteAddress);
        add("UPSTREAM_HOST", Bytes(static info => info.UpstreamHost?.AddressText));
        add("UPSTREAM_HOST_NAME", Bytes(static info => UpstreamName(info)));
        add("UPSTREAM_HOST_NAME_WITHOUT_PORT", Bytes(static info => WithoutPort(UpstreamName(info))));
        add("REQUESTED_SERVER_NAME", Bytes(static info => info.Connection.RequestedServerName));
        add("CONNECTION_ID", Number(static info => (long)info.Connection.ConnectionId));
        add("UPSTREAM_CONNECTION_ID", Number(static info => (long)info.UpstreamConnectionId));
        add("CONNECTION_TERMINATION_DETAILS", Bytes(static info => info.Connection.TerminationDetails));
        add("DOWNSTREAM_TRANSPORT_FAILURE_REASON",
            Bytes(static info => Underscored(info.Connection.TransportFailureReason)));
        add("UPSTREAM_TRANSPORT_FAILURE_REASON",
            Bytes(static info => Underscored(info.UpstreamTransportFailureReason)));
        add("FILTER_CHAIN_NAME", Text(static info => info.Connection.FilterChainName));
        add("TLS_JA3_FINGERPRINT", Bytes(static info => info.Connection.Ja3));
        add("TLS_JA4_FINGERPRINT", Bytes(static info => info.Connection.Ja4));
    }

    /// <summary>An operator over bytes; null or empty is no value.</summary>
    internal static FormatOperator Bytes(Func<StreamInfo, byte[]?> get) =>
        new((ByteBuffer output, StreamInfo info, in FormatContext _) =>
        {
            var value = get(info);
            output.Write(value);
            return value is { Length: > 0 };
        });

    internal static FormatOperator Text(Func<StreamInfo, string?> get) =>
        new((ByteBuffer output, StreamInfo info, in FormatContext _) =>
        {
            var value = get(info);
            output.Write(value ?? "");
            return !string.IsNullOrEmpty(value);
        });

    /// <summary>An operator over a number; negative is no value.</summary>
    internal static FormatOperator Number(Func<StreamInfo, long> get) => new(
        (ByteBuffer output, StreamInfo info, in FormatContext _) =>
        {
            var value = get(info);
            output.Write(value);
            return value >= 0;
        },
        true);

    /// <summary>Spaces would part the fields of a log.</summary>
    private static byte[]? Underscored(byte[]? text) =>
        text is null || !text.Contains((byte)' ') ? text
            : [.. text.Select(static b => b == (byte)' ' ? (byte)'_' : b)];

    /// <summary>Cuts a port off; IPv6 addresses keep their brackets.</summary>
    private static byte[]? WithoutPort(byte[]? name)
    {
        var colon = name is null ? -1 : Array.LastIndexOf(name, (byte)':');
        return colon <= 0 || name![^1] == ']' || name.AsSpan(colon + 1).ContainsAnyExceptInRange((byte)'0', (byte)'9')
            ? name
            : name[..colon];
    }

    private static byte[]? UpstreamName(StreamInfo info) =>
        info.UpstreamHost is { } host ? host.HostnameBytes.Length > 0 ? host.HostnameBytes : host.AddressText : null;

    private static void AddAddress(Action<string, FormatOperator> add, string prefix, Func<StreamInfo, Address> get)
    {
        add($"{prefix}_ADDRESS", new FormatOperator((ByteBuffer output, StreamInfo info, in FormatContext _) =>
        {
            var address = get(info);
            output.Advance(address.Format(output.GetSpan(Address.TextBytesMax + (address.Path?.Length * 3 ?? 0))));
            return !address.IsEmpty;
        }));
        add($"{prefix}_ADDRESS_WITHOUT_PORT",
            new FormatOperator((ByteBuffer output, StreamInfo info, in FormatContext _) =>
        {
            var address = get(info);
            if (address.IsPipe || address.IsEmpty)
            {
                output.Write(address.Path ?? "");
                return address.IsPipe;
            }
            output.Advance(address.Ip.Format(output.GetSpan(IpAddress.TextBytesMax)));
            return true;
        }));
        add($"{prefix}_PORT", new FormatOperator(
            (ByteBuffer output, StreamInfo info, in FormatContext _) =>
            {
                var address = get(info);
                output.Write(address.Port);
                return !address.IsEmpty && !address.IsPipe;
            },
            true));
    }
}
