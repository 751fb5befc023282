using System.Security.Cryptography;
using System.Text;
using Lateen.Net;
using Lateen.Proxy.Streams;

namespace Lateen.Proxy.Formatting;

/// <summary>What logs say of TLS on both sides: session, peer's certificate and chain, own certificate.</summary>
internal static class TlsOperators
{
    /// <summary>The last second that nanoseconds since the epoch can tell.</summary>
    private const long SecondsMax = long.MaxValue / 1_000_000_000;

    public static void AddTo(Action<string, FormatOperator> add, Action<string, OperatorBuilder> addWithArguments)
    {
        AddSession(add, addWithArguments, "DOWNSTREAM", static info => info.Connection.Tls);
        AddSession(add, addWithArguments, "UPSTREAM", static info => info.UpstreamTls);
        AddDownstream(add, static info => info.Connection.Tls);
    }

    /// <summary>What both sides tell.</summary>
    private static void AddSession(
        Action<string, FormatOperator> add, Action<string, OperatorBuilder> addWithArguments, string side,
        Func<StreamInfo, TlsConnectionInfo?> get)
    {
        add($"{side}_TLS_VERSION", ConnectionOperators.Bytes(info => get(info)?.Version));
        add($"{side}_TLS_CIPHER", ConnectionOperators.Bytes(info => get(info)?.CipherSuite));
        add($"{side}_TLS_GROUP", ConnectionOperators.Text(info => get(info)?.Group));
        add($"{side}_TLS_SESSION_ID", ConnectionOperators.Bytes(info => get(info)?.SessionId));
        add($"{side}_PEER_SUBJECT", ConnectionOperators.Bytes(info => get(info)?.PeerSubject));
        add($"{side}_PEER_ISSUER", ConnectionOperators.Bytes(info => get(info)?.PeerIssuer));
        add($"{side}_PEER_CERT", ConnectionOperators.Bytes(info => get(info)?.PeerCertificatePem));
        foreach (var (name, kind) in new[]
        {
            ("URI", TlsNameKind.Uri), ("DNS", TlsNameKind.Dns), ("IP", TlsNameKind.Ip),
        })
        {
            add($"{side}_PEER_{name}_SAN", Names(info => get(info)?.Peer, kind));
            add($"{side}_LOCAL_{name}_SAN", Names(info => get(info)?.Local, kind));
        }
        AddTime(addWithArguments, $"{side}_PEER_CERT_V_START", info => get(info)?.Peer?.NotBefore);
        AddTime(addWithArguments, $"{side}_PEER_CERT_V_END", info => get(info)?.Peer?.NotAfter);
    }

    /// <summary>What is told of clients' connections only.</summary>
    private static void AddDownstream(Action<string, FormatOperator> add, Func<StreamInfo, TlsConnectionInfo?> get)
    {
        add("DOWNSTREAM_LOCAL_SUBJECT", ConnectionOperators.Bytes(info => get(info)?.LocalSubject));
        add("DOWNSTREAM_PEER_SERIAL", ConnectionOperators.Bytes(info => get(info)?.PeerSerial));
        add("DOWNSTREAM_PEER_FINGERPRINT_256", ConnectionOperators.Bytes(info => get(info)?.PeerFingerprint256));
        add("DOWNSTREAM_PEER_FINGERPRINT_1", ConnectionOperators.Text(info => Sha1(get(info)?.Peer)));
        add("DOWNSTREAM_PEER_ISSUER_SERIAL",
            ConnectionOperators.Text(info => get(info)?.PeerIssuerCertificate is { } issuer
                ? Encoding.ASCII.GetString(issuer.SerialHex) : null));
        add("DOWNSTREAM_PEER_ISSUER_FINGERPRINT_256",
            ConnectionOperators.Text(info => get(info)?.PeerIssuerCertificate is { } issuer
                ? Convert.ToHexStringLower(issuer.Sha256) : null));
        add("DOWNSTREAM_PEER_CHAIN_SERIALS", Chain(get, static info => Encoding.ASCII.GetString(info.SerialHex)));
        add("DOWNSTREAM_PEER_CHAIN_FINGERPRINTS_256",
            Chain(get, static info => Convert.ToHexStringLower(info.Sha256)));
        add("DOWNSTREAM_PEER_CHAIN_FINGERPRINTS_1", Chain(get, static info => Sha1(info) ?? ""));
        foreach (var (name, kind) in new[] { ("EMAIL", TlsNameKind.Email), ("OTHERNAME", TlsNameKind.Other) })
        {
            add($"DOWNSTREAM_PEER_{name}_SAN", Names(info => get(info)?.Peer, kind));
            add($"DOWNSTREAM_LOCAL_{name}_SAN", Names(info => get(info)?.Local, kind));
        }
    }

    private static void AddTime(Action<string, OperatorBuilder> add, string name, Func<StreamInfo, long?> get) =>
        add(name, (string? arguments, out string error) =>
        {
            var format = arguments ?? TimeOperators.DefaultFormat;
            return !TimeOperators.IsGoodFormat(format, out error) ? null
                : new FormatOperator((ByteBuffer output, StreamInfo info, in FormatContext _) =>
            {
                if (get(info) is not { } seconds)
                {
                    return false;
                }
                TimeFormat.Write(output, format, Math.Min(seconds, SecondsMax) * 1_000_000_000);
                return true;
            });
        });

    private static FormatOperator Names(Func<StreamInfo, TlsCertificateInfo?> get, TlsNameKind kind) =>
        new((ByteBuffer output, StreamInfo info, in FormatContext _) =>
        {
            var names = get(info)?.SubjectAltNames ?? [];
            var found = false;
            for (var i = 0; i < names.Count; i++)
            {
                if (names[i].Kind == kind)
                {
                    if (found)
                    {
                        output.Write((byte)',');
                    }
                    output.Write(names[i].Value);
                    found = true;
                }
            }
            return found;
        });

    private static FormatOperator Chain(
        Func<StreamInfo, TlsConnectionInfo?> get, Func<TlsCertificateInfo, string> describe) =>
        ConnectionOperators.Text(info => get(info) is { PeerChain: { Count: > 0 } chain }
            ? string.Join(',', chain.Select(describe))
            : null);

    /// <summary>A name of a certificate, not a proof.</summary>
#pragma warning disable CA5350
    private static string? Sha1(TlsCertificateInfo? certificate) =>
        certificate is null ? null : Convert.ToHexStringLower(SHA1.HashData(certificate.Der));
#pragma warning restore CA5350
}
