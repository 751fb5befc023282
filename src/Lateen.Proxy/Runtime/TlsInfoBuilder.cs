using System.Text;
using Lateen.Net;
using Lateen.Proxy.Streams;

namespace Lateen.Proxy.Runtime;

/// <summary>What headers, policies and logs want to know of a TLS session. Made once per connection.</summary>
internal static class TlsInfoBuilder
{
    /// <summary>What most sessions agree on, held once.</summary>
    private static readonly byte[][] WellKnown =
    [
        [], [.. "TLSv1.3"u8], [.. "TLSv1.2"u8], [.. "http/1.1"u8], [.. "h2"u8], [.. "istio"u8],
        [.. "TLS_AES_256_GCM_SHA384"u8], [.. "TLS_AES_128_GCM_SHA256"u8], [.. "TLS_CHACHA20_POLY1305_SHA256"u8],
        [.. "ECDHE-ECDSA-AES128-GCM-SHA256"u8], [.. "ECDHE-ECDSA-AES256-GCM-SHA384"u8],
        [.. "ECDHE-RSA-AES128-GCM-SHA256"u8], [.. "ECDHE-RSA-AES256-GCM-SHA384"u8],
    ];

    internal static TlsConnectionInfo Build(TlsSession session)
    {
        var peer = session.PeerCertificate;
        var id = session.SessionId;
        return new TlsConnectionInfo
        {
            Peer = peer,
            Local = session.LocalCertificate,
            PeerChain = session.PeerChain,
            PeerCertificateValidated = peer is not null && session.IsPeerValidated,
            SessionId = id.Length == 0 ? [] : Encoding.ASCII.GetBytes(Convert.ToHexStringLower(id)),
            Version = Once(session.Version),
            Group = session.Curve,
            ServerName = Once(session.ServerName),
            CipherSuite = Once(session.CipherSuite),
            Alpn = Once(session.Alpn),
        };
    }

    private static byte[] Once(ReadOnlySpan<byte> text)
    {
        foreach (var known in WellKnown)
        {
            if (text.SequenceEqual(known))
            {
                return known;
            }
        }

        return text.ToArray();
    }

    /// <summary>What is known of a handshake that failed: the version that both took, or what Envoy's library begins
    /// with, and the certificate that was refused.</summary>
    internal static TlsConnectionInfo BuildFailed(TlsSession session)
    {
        return new TlsConnectionInfo
        {
            Peer = session.PeerCertificate,
            Local = session.LocalCertificate,
            Version = session.IsVersionChosen ? Once(session.Version) : [.. "TLSv1.2"u8],
        };
    }

    /// <summary>PEM with 64 characters a line, percent-encoded.</summary>
    internal static byte[] EncodedPem(byte[] der)
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
