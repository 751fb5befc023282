using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Lateen.Citadel.Authority;
using Lateen.Security.Certificates;

namespace Lateen.Citadel;

/// <summary>
/// TLS of the control plane's secure port: a certificate of the mesh's own authority, issued again when the authority
/// changes; client certificates are asked for, and must be good when they are given.
/// </summary>
public sealed class ServerTls
{
    private readonly CertificateAuthority _authority;
    private readonly IReadOnlyList<string> _hosts;
    private readonly TimeProvider _clock;
    private SslStreamCertificateContext _context;

    /// <summary>Issues the first certificate.</summary>
    /// <param name="authority">What signs, and whose roots verify clients.</param>
    /// <param name="hosts">Names and addresses under which clients know the control plane.</param>
    /// <param name="clock">The time.</param>
    public ServerTls(CertificateAuthority authority, IReadOnlyList<string> hosts, TimeProvider clock)
    {
        _authority = authority;
        _hosts = hosts;
        _clock = clock;
        _context = Issue();
        authority.Replaced += _ => Volatile.Write(ref _context, Issue());
    }

    /// <summary>Settings of one connection; the client's server name does not matter.</summary>
    public SslServerAuthenticationOptions OptionsFor(string? serverName)
    {
        _ = serverName;
        return new SslServerAuthenticationOptions
        {
            ServerCertificateContext = Volatile.Read(ref _context),
            EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
            // Asks for a certificate; the callback takes clients without one.
            ClientCertificateRequired = true,
            CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
            RemoteCertificateValidationCallback = (_, certificate, chain, _) => IsClientGood(certificate, chain),
        };
    }

    private bool IsClientGood(X509Certificate? certificate, X509Chain? chain)
    {
        if (certificate is not X509Certificate2 leaf)
        {
            return certificate is null;
        }
        List<X509Certificate2> presented = [leaf];
        foreach (var other in chain?.ChainPolicy.ExtraStore ?? [])
        {
            presented.Add(other);
        }
        return _authority.TrustBundle.VerifyPeer(presented, _clock.GetUtcNow(), out _) is null;
    }

    private SslStreamCertificateContext Issue()
    {
        var (pem, key) = _authority.IssueServer(_hosts);
        using (key)
        {
            var chain = CertificatePem.ParseChain(pem);
            return SslStreamCertificateContext.Create(
                key.Attach(chain[0]), new X509Certificate2Collection(chain[1..].ToArray()), offline: true);
        }
    }
}
