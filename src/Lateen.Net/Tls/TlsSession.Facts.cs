using System.Runtime.InteropServices;
using Lateen.Net.Native;

namespace Lateen.Net;

/// <content>What is known of an established session, and what the owner says about it before.</content>
public sealed unsafe partial class TlsSession
{
    /// <summary>What libssl told before it was released.</summary>
    private Facts? _facts;

    /// <summary>Whether an earlier session was resumed.</summary>
    public bool IsResumed => _facts?.IsResumed ?? (_ssl != 0 && LibSsl.SessionReused(_ssl) == 1);

    /// <summary>The agreed protocol; empty when there is none.</summary>
    public ReadOnlySpan<byte> Alpn
    {
        get
        {
            if (_facts is { } facts)
            {
                return facts.Alpn;
            }

            byte* data;
            uint length;
            LibSsl.GetAlpn(_ssl, &data, &length);
            return new ReadOnlySpan<byte>(data, (int)length);
        }
    }

    /// <summary><c>TLSv1.2</c> or <c>TLSv1.3</c>.</summary>
    public ReadOnlySpan<byte> Version => _facts is not null ? "TLSv1.3"u8
        : MemoryMarshal.CreateReadOnlySpanFromNullTerminated(LibSsl.GetVersion(_ssl));

    /// <summary>OpenSSL's name of the suite; empty before the handshake.</summary>
    public ReadOnlySpan<byte> CipherSuite
    {
        get
        {
            if (_facts is { } facts)
            {
                return facts.CipherSuite;
            }

            var cipher = LibSsl.GetCipher(_ssl);
            return cipher == 0 ? default
                : MemoryMarshal.CreateReadOnlySpanFromNullTerminated(LibSsl.CipherName(cipher));
        }
    }

    /// <summary>The server name that the client sent (server side); empty when none.</summary>
    public ReadOnlySpan<byte> ServerName
    {
        get
        {
            if (_facts is { } facts)
            {
                return facts.ServerName;
            }

            var name = LibSsl.GetServerName(_ssl, LibSsl.ServerNameHost);
            return name == null ? default : MemoryMarshal.CreateReadOnlySpanFromNullTerminated(name);
        }
    }

    /// <summary>Lines of its secrets go to the context's log.</summary>
    public bool LogsKeys { get; set; }

    /// <summary>The own certificate that was shown.</summary>
    public TlsCertificateInfo? LocalCertificate { get; internal set; }

    /// <summary>What is wrong with the peer's certificate where that is allowed.</summary>
    public TlsFailureKind AcceptedFailure { get; internal set; }

    /// <summary>The client can check ECDSA certificates.</summary>
    internal bool IsEcdsaCapable { get; set; }

    /// <summary>The client of TLS 1.2 names no curve that the server's only key is on.</summary>
    internal bool LacksCurve { get; set; }

    /// <summary>After a failure: the version is one that both sides have agreed on.</summary>
    public bool IsVersionChosen { get; private set; } = true;

    /// <summary>The client asked for an OCSP answer.</summary>
    public bool WantsOcsp { get; internal set; }

    /// <summary>The OCSP answer that was sent, if it was asked for; null: none.</summary>
    public byte[]? Staple { get; internal set; }

    /// <summary>No certificate could be used for want of a good OCSP answer.</summary>
    public bool IsOcspFailed { get; private set; }

    /// <summary>Name of the key exchange group, as BoringSSL writes it; empty: none.</summary>
    public string Curve
    {
        get
        {
            if (_facts is { } facts)
            {
                return facts.Curve;
            }

            var id = (int)LibSsl.Control(_ssl, LibSsl.CtrlNegotiatedGroup, 0, null);
            var name = id <= 0 ? null : Marshal.PtrToStringUTF8((nint)LibSsl.GroupName(_ssl, id));
            return name switch
            {
                null => "",
                "x25519" => "X25519",
                "secp256r1" => "P-256",
                "secp384r1" => "P-384",
                "secp521r1" => "P-521",
                _ => name,
            };
        }
    }

    /// <summary>Name of the peer's signature algorithm; empty when it signed nothing. A session that was resumed
    /// tells what a certificate's key is used with.</summary>
    public string PeerSignature
    {
        get
        {
            if (_facts is { } facts)
            {
                return facts.PeerSignature;
            }

            if (IsResumed)
            {
                return PeerCertificate is { } certificate ? SignatureOf(certificate.Der) : "";
            }

            int type;
            int digest;
            if (LibSsl.GetPeerSignatureType(_ssl, &type) != 1
                || LibSsl.Control(_ssl, LibSsl.CtrlPeerSignatureDigest, 0, (byte*)&digest) != 1)
            {
                return "";
            }

            // NIDs: sha256 672, sha384 673, sha512 674; rsa 6, ec 408, rsassaPss 912, ed25519 1087.
            var bits = digest switch { 672 => 256, 673 => 384, 674 => 512, _ => 1 };
            return type switch
            {
                408 => bits switch
                {
                    256 => "ecdsa_secp256r1_sha256",
                    384 => "ecdsa_secp384r1_sha384",
                    512 => "ecdsa_secp521r1_sha512",
                    _ => "ecdsa_sha1",
                },
                912 => $"rsa_pss_rsae_sha{bits}",
                6 => $"rsa_pkcs1_sha{bits}",
                1087 => "ed25519",
                _ => "",
            };
        }
    }

    private static string SignatureOf(ReadOnlySpan<byte> certificate)
    {
        // Identifiers of curves and keys: prime256v1, secp384r1, secp521r1, rsaEncryption.
        if (certificate.IndexOf((ReadOnlySpan<byte>)[0x2A, 0x86, 0x48, 0xCE, 0x3D, 3, 1, 7]) >= 0)
        {
            return "ecdsa_secp256r1_sha256";
        }

        if (certificate.IndexOf((ReadOnlySpan<byte>)[0x2B, 0x81, 4, 0, 0x22]) >= 0)
        {
            return "ecdsa_secp384r1_sha384";
        }

        if (certificate.IndexOf((ReadOnlySpan<byte>)[0x2B, 0x81, 4, 0, 0x23]) >= 0)
        {
            return "ecdsa_secp521r1_sha512";
        }

        return certificate.IndexOf((ReadOnlySpan<byte>)[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 1, 1]) >= 0
            ? "rsa_pss_rsae_sha256"
            : "";
    }

    /// <summary>The session's id; empty when it has none, as always with TLS 1.3.</summary>
    public byte[] SessionId
    {
        get
        {
            if (_facts is not null || LibSsl.VersionNumber(_ssl) == LibSsl.Tls13)
            {
                return [];
            }

            var session = LibSsl.GetSession(_ssl);
            uint length = 0;
            var id = session == 0 ? null : LibSsl.SessionId(session, &length);
            return id == null ? [] : new ReadOnlySpan<byte>(id, (int)length).ToArray();
        }
    }

    /// <summary>The certificates that the peer sent, leaf first.</summary>
    public IReadOnlyList<TlsCertificateInfo> PeerChain
    {
        get
        {
            if (PeerCertificate is not { } leaf)
            {
                return [];
            }

            if (leaf.Chain is { } known)
            {
                return known;
            }

            // A server's view of the chain lacks the leaf.
            var chain = LibSsl.GetPeerChain(_ssl);
            var result = new List<TlsCertificateInfo> { leaf };
            for (var i = 0; chain != 0 && i < LibCrypto.StackCount(chain); i++)
            {
                var info = TlsCertificateInfo.FromNative(LibCrypto.StackValue(chain, i));
                if (i > 0 || !info.Der.AsSpan().SequenceEqual(leaf.Der))
                {
                    result.Add(info);
                }
            }

            leaf.Chain = result;
            return result;
        }
    }

    /// <summary>Facts of a session of TLS 1.3 that outlive libssl's part of it.</summary>
    private sealed record Facts(
        byte[] Alpn, byte[] ServerName, byte[] CipherSuite, string Curve, string PeerSignature, bool IsResumed);
}
