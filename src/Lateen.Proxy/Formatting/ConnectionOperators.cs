using System.Globalization;
using Lateen.Proxy.Addresses;
using Lateen.Proxy.Streams;

namespace Lateen.Proxy.Formatting;

/// <summary>Addresses, names and TLS facts of both sides.</summary>
internal static class ConnectionOperators
{
    public static void AddTo(Action<string, FormatOperator> add, Action<string, OperatorBuilder> addWithArguments)
    {
        AddAddress(add, addWithArguments, "DOWNSTREAM_REMOTE", static info => info.EffectiveRemoteAddress);
        AddAddress(add, addWithArguments, "DOWNSTREAM_DIRECT_REMOTE", static info =>
            info.Connection.DirectRemoteAddress);
        AddAddress(add, addWithArguments, "DOWNSTREAM_LOCAL", static info => info.Connection.LocalAddress);
        AddAddress(add, addWithArguments, "DOWNSTREAM_DIRECT_LOCAL", static info => info.Connection.DirectLocalAddress);
        AddAddress(add, addWithArguments, "UPSTREAM_LOCAL", static info => info.UpstreamLocalAddress);
        AddAddress(add, addWithArguments, "UPSTREAM_REMOTE", static info => info.UpstreamRemoteAddress);
        add("UPSTREAM_HOST", Bytes(static info => info.UpstreamHost?.AddressText));
        add("UPSTREAM_HOST_NAME", Bytes(static info => UpstreamName(info)));
        add("UPSTREAM_HOST_NAME_WITHOUT_PORT", Bytes(static info => WithoutPort(UpstreamName(info))));
        AddAttempted(add);
        addWithArguments("REQUESTED_SERVER_NAME", ServerName.Create);
        add("UPSTREAM_SERVER_NAME", Bytes(static info => info.UpstreamTls?.ServerName));
        add("LISTENER_NAME", Text(static info => info.Connection.Listener?.Name));
        foreach (var name in (string[])["DOWNSTREAM_LOCAL", "DOWNSTREAM_DIRECT_LOCAL", "UPSTREAM_REMOTE"])
        {
            // Only addresses inside the process have such ids.
            add($"{name}_ADDRESS_ENDPOINT_ID", new FormatOperator(
                static (ByteBuffer _, StreamInfo _, in FormatContext _) => true));
        }
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
        true)
    {
        Number = get,
    };

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

    /// <summary>The hosts that a connection was had to; a retry's host replaces the one before.</summary>
    private static void AddAttempted(Action<string, FormatOperator> add)
    {
        add("UPSTREAM_HOSTS_ATTEMPTED", Bytes(static info => Attempted(info)?.AddressText));
        add("UPSTREAM_HOSTS_ATTEMPTED_WITHOUT_PORT", Bytes(static info => WithoutPort(Attempted(info)?.AddressText)));
        add("UPSTREAM_HOST_NAMES_ATTEMPTED",
            Bytes(static info => Attempted(info) is null ? null : UpstreamName(info)));
        add("UPSTREAM_HOST_NAMES_ATTEMPTED_WITHOUT_PORT",
            Bytes(static info => Attempted(info) is null ? null : WithoutPort(UpstreamName(info))));
        add("UPSTREAM_CONNECTION_IDS_ATTEMPTED", new FormatOperator(
            static (ByteBuffer output, StreamInfo info, in FormatContext _) =>
            {
                output.Write((long)info.UpstreamConnectionId);
                return info.UpstreamConnectionId > 0;
            }));
    }

    private static Clusters.Host? Attempted(StreamInfo info) =>
        info.UpstreamConnectionId > 0 ? info.UpstreamHost : null;

    /// <summary>An address without its port, whole or as a network of so many bits.</summary>
    private static FormatOperator WithoutPort(Func<StreamInfo, Address> get, string? arguments)
    {
        int? bits = int.TryParse(arguments, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var parsed)
            ? parsed : null;
        return new FormatOperator((ByteBuffer output, StreamInfo info, in FormatContext _) =>
        {
            var address = get(info);
            if (address.IsPipe || address.IsEmpty)
            {
                output.Write(address.Path ?? "");
                return address.IsPipe;
            }
            if (bits is null)
            {
                output.Advance(address.Ip.Format(output.GetSpan(IpAddress.TextBytesMax)));
                return true;
            }
            if (bits.Value < 0)
            {
                return true;
            }
            var length = Math.Min(bits.Value, address.Ip.BitCount);
            output.Advance(address.Ip.Mask(length).Format(output.GetSpan(IpAddress.TextBytesMax)));
            output.Write((byte)'/');
            output.Write(length);
            return true;
        });
    }

    private static void AddAddress(
        Action<string, FormatOperator> add, Action<string, OperatorBuilder> addWithArguments, string prefix,
        Func<StreamInfo, Address> get)
    {
        add($"{prefix}_ADDRESS", new FormatOperator((ByteBuffer output, StreamInfo info, in FormatContext _) =>
        {
            var address = get(info);
            output.Advance(address.Format(output.GetSpan(Address.TextBytesMax + (address.Path?.Length * 3 ?? 0))));
            return !address.IsEmpty;
        }));
        addWithArguments($"{prefix}_ADDRESS_WITHOUT_PORT", (string? arguments, out string error) =>
        {
            error = "";
            return WithoutPort(get, arguments);
        });
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
