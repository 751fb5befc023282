using System.Security.Cryptography;
using Lateen.Net;
using Lateen.Proxy.Streams;

namespace Lateen.Proxy.Formatting;

/// <summary>Facts of certificates that are asked for seldom: further names, digests, validity.</summary>
internal static class CertificateOperators
{
    private const string DefaultFormat = "%b %e %H:%M:%S %Y %Z";

    public static void AddTo(
        Action<string, FormatOperator> add, Action<string, OperatorBuilder> addWithArguments, string side,
        Func<StreamInfo, TlsConnectionInfo?> get)
    {
        foreach (var (end, read) in new (string, Func<StreamInfo, TlsCertificateInfo?>)[]
        {
            ("PEER", info => get(info)?.PeerCertificate), ("LOCAL", info => get(info)?.LocalCertificate),
        })
        {
            add($"{side}_{end}_IP_SAN", ConnectionOperators.List(info => read(info)?.NamesOf(TlsNameKind.Ip)));
            add($"{side}_{end}_EMAIL_SAN", ConnectionOperators.List(info => read(info)?.NamesOf(TlsNameKind.Email)));
            add($"{side}_{end}_OTHERNAME_SAN", ConnectionOperators.List(static _ => null));
        }
        add($"{side}_PEER_FINGERPRINT_1", Sha1Of(get));
        add($"{side}_PEER_CHAIN_FINGERPRINTS_1", Sha1Of(get));
        add($"{side}_PEER_CHAIN_FINGERPRINTS_256", ConnectionOperators.Bytes(info => get(info)?.PeerFingerprint256));
        add($"{side}_PEER_CHAIN_SERIALS", ConnectionOperators.Bytes(info => get(info)?.PeerSerial));
        addWithArguments($"{side}_PEER_CERT_V_START", (string? format, out string error) =>
            Time(format, info => get(info)?.PeerCertificate?.NotBefore, out error));
        addWithArguments($"{side}_PEER_CERT_V_END", (string? format, out string error) =>
            Time(format, info => get(info)?.PeerCertificate?.NotAfter, out error));
    }

    private static FormatOperator Sha1Of(Func<StreamInfo, TlsConnectionInfo?> get) =>
        new((ByteBuffer output, StreamInfo info, in FormatContext _) =>
        {
            if (get(info)?.PeerCertificate is not { } certificate)
            {
                return false;
            }
            // Envoy's own operator: a name for the certificate, not a protection of anything.
            Span<byte> digest = stackalloc byte[SHA1.HashSizeInBytes];
#pragma warning disable CA5350
            SHA1.HashData(certificate.Der, digest);
#pragma warning restore CA5350
            foreach (var b in digest)
            {
                output.Write("0123456789abcdef"u8[b >> 4]);
                output.Write("0123456789abcdef"u8[b & 15]);
            }
            return true;
        });

    private static FormatOperator Time(string? format, Func<StreamInfo, long?> get, out string error)
    {
        error = "";
        var pattern = string.IsNullOrEmpty(format) ? DefaultFormat : format;
        return new FormatOperator((ByteBuffer output, StreamInfo info, in FormatContext _) =>
        {
            if (get(info) is not { } seconds)
            {
                return false;
            }
            TimeOperators.WriteTime(output, pattern, seconds * 1_000_000_000);
            return true;
        });
    }
}
