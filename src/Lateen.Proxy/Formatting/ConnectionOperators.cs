using Lateen.Proxy.Addresses;
using Lateen.Proxy.Streams;

namespace Lateen.Proxy.Formatting;

/// <summary>Addresses, names and TLS facts of both sides.</summary>
internal static class ConnectionOperators
{
    public static void AddTo(Action<string, FormatOperator> add, Action<string, OperatorBuilder> addWithArguments)
    {
        AddAddress(add, "DOWNSTREAM_REMOTE", static info => info.EffectiveRemoteAddress);
        AddAddress(add, "DOWNSTREAM_DIRECT_REMOTE", static info => info.Connection.DirectRemoteAddress);
        AddAddress(add, "DOWNSTREAM_LOCAL", static info => info.Connection.LocalAddress);
        AddAddress(add, "DOWNSTREAM_DIRECT_LOCAL", static info => info.Connection.DirectLocalAddress);
        AddAddress(add, "UPSTREAM_LOCAL", static info => info.UpstreamLocalAddress);
        AddAddress(add, "UPSTREAM_REMOTE", static info => info.UpstreamRemoteAddress);
        add("UPSTREAM_HOST", Bytes(static info => info.UpstreamHost?.AddressText));
        add("UPSTREAM_HOST_NAME", Bytes(static info => UpstreamName(info)));
        add("UPSTREAM_HOST_NAME_WITHOUT_PORT", Bytes(static info => UpstreamName(info)));
        add("REQUESTED_SERVER_NAME", Bytes(static info => info.Connection.RequestedServerName));
        add("CONNECTION_ID", Number(static info => (long)info.Connection.ConnectionId));
        add("UPSTREAM_CONNECTION_ID", Number(static info => (long)info.UpstreamConnectionId));
        add("CONNECTION_TERMINATION_DETAILS", Bytes(static info => info.Connection.TerminationDetails));
        add("DOWNSTREAM_TRANSPORT_FAILURE_REASON", Bytes(static info => info.Connection.TransportFailureReason));
        add("UPSTREAM_TRANSPORT_FAILURE_REASON",
            Bytes(static info => Underscored(info.UpstreamTransportFailureReason)));
        add("FILTER_CHAIN_NAME", Text(static info => info.Connection.FilterChainName));
        AddTls(add, "DOWNSTREAM", static info => info.Connection.Tls);
        AddTls(add, "UPSTREAM", static info => info.UpstreamTls);
        add("TLS_JA3_FINGERPRINT", Bytes(static _ => null));
        add("TLS_JA4_FINGERPRINT", Bytes(static _ => null));
        foreach (var name in new[] { "DOWNSTREAM_PEER_CERT_V_START", "DOWNSTREAM_PEER_CERT_V_END",
            "UPSTREAM_PEER_CERT_V_START", "UPSTREAM_PEER_CERT_V_END" })
        {
            addWithArguments(name, (string? _, out string error) =>
            {
                error = "";
                return Bytes(static _ => null);
            });
        }
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

    private static void AddTls(
        Action<string, FormatOperator> add, string side, Func<StreamInfo, TlsConnectionInfo?> get)
    {
        add($"{side}_TLS_VERSION", Bytes(info => get(info)?.Version));
        add($"{side}_TLS_CIPHER", Bytes(info => get(info)?.CipherSuite));
        add($"{side}_TLS_SESSION_ID", Bytes(info => get(info)?.SessionId));
        add($"{side}_PEER_SUBJECT", Bytes(info => get(info)?.PeerSubject));
        add($"{side}_PEER_ISSUER", Bytes(info => get(info)?.PeerIssuer));
        add($"{side}_PEER_CERT", Bytes(info => get(info)?.PeerCertificatePem));
        add($"{side}_PEER_SERIAL", Bytes(info => get(info)?.PeerSerial));
        add($"{side}_PEER_FINGERPRINT_256", Bytes(info => get(info)?.PeerFingerprint256));
        add($"{side}_PEER_FINGERPRINT_1", Bytes(_ => null));
        add($"{side}_PEER_URI_SAN", List(info => get(info)?.PeerUriSans));
        add($"{side}_PEER_DNS_SAN", List(info => get(info)?.PeerDnsSans));
        add($"{side}_PEER_IP_SAN", Bytes(_ => null));
        add($"{side}_PEER_EMAIL_SAN", Bytes(_ => null));
        add($"{side}_LOCAL_URI_SAN", List(info => get(info)?.LocalUriSans));
        add($"{side}_LOCAL_DNS_SAN", List(info => get(info)?.LocalDnsSans));
        add($"{side}_LOCAL_IP_SAN", Bytes(_ => null));
        add($"{side}_LOCAL_SUBJECT", Bytes(info => get(info)?.LocalSubject));
    }

    private static FormatOperator List(Func<StreamInfo, byte[][]?> get) =>
        new((ByteBuffer output, StreamInfo info, in FormatContext _) =>
        {
            var values = get(info);
            for (var i = 0; i < (values?.Length ?? 0); i++)
            {
                if (i > 0)
                {
                    output.Write((byte)',');
                }
                output.Write(values![i]);
            }
            return values is { Length: > 0 };
        });
}
