using System.Text;
using Lateen.Net;
using Lateen.Proxy.Streams;

namespace Lateen.Proxy.Runtime;

/// <summary>What headers, policies and logs want to know of a TLS session. Made once per connection.</summary>
internal static class TlsInfoBuilder
{
    internal static TlsConnectionInfo Build(TlsSession session)
    {
        var peer = session.PeerCertificate;
        var local = session.LocalCertificate;
        return new TlsConnectionInfo
        {
            PeerCertificate = peer,
            LocalCertificate = local,
            PeerCertificatePresented = peer is not null,
            PeerCertificateValidated = peer is not null && session.IsPeerValidated,
            PeerUriSans = peer?.NamesOf(TlsNameKind.Uri) ?? [],
            PeerDnsSans = peer?.NamesOf(TlsNameKind.Dns) ?? [],
            PeerSubject = peer?.Subject ?? [],
            PeerIssuer = peer?.Issuer ?? [],
            PeerSerial = peer?.SerialHex ?? [],
            PeerFingerprint256 = peer is null ? [] : Encoding.ASCII.GetBytes(Convert.ToHexStringLower(peer.Sha256)),
            PeerCertificatePem = peer is null ? [] : EncodedPem(peer.Der),
            Peer = peer,
            PeerChain = session.PeerChain,
            Local = local,
            SessionId = System.Text.Encoding.ASCII.GetBytes(Convert.ToHexStringLower(session.SessionId)),
            LocalUriSans = local?.NamesOf(TlsNameKind.Uri) ?? [],
            LocalDnsSans = local?.NamesOf(TlsNameKind.Dns) ?? [],
            LocalSubject = local?.Subject ?? [],
            Version = session.Version.ToArray(),
            Group = session.Curve,
            ServerName = session.ServerName.ToArray(),
            CipherSuite = session.CipherSuite.ToArray(),
            Alpn = session.Alpn.ToArray(),
        };
    }

    /// <summary>PEM with 64 characters a line, percent-encoded.</summary>
    private static byte[] EncodedPem(byte[] der)
    {
        var text = new StringBuilder("-----BEGIN%20CERTIFICATE-----%0A");
        var base64 = Convert.ToBase64String(der);
        for (var i = 0; i < base64.Length; i += 64)
        {
            text.Append(base64.AsSpan(i, Math.Min(64, base64.Length - i))).Append("%0A");
        }

        text.Replace("+", "%2B").Replace("/", "%2F").Replace("=", "%3D");
        return Encoding.ASCII.GetBytes(text.Append("-----END%20CERTIFICATE-----%0A").ToString());
    }
}
