using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Lateen.Citadel.Authority;
using Lateen.Core.Logging;

namespace Lateen.Citadel;

/// <summary>
/// The control plane's own certificate, made by its authority and made again when that changes. A client's certificate
/// is asked for and, when it comes, verified by the method that authenticates; without one a token serves.
/// </summary>
public sealed class ServerTls : IDisposable
{
    private readonly CertificateAuthority _authority;
    private readonly IReadOnlyList<string> _names;
    private readonly PeerCertificates _peers;
    private readonly Logger _log;
    private SslStreamCertificateContext _context;

    /// <summary>Issues the first certificate.</summary>
    /// <param name="authority">What signs.</param>
    /// <param name="names">Names and addresses under which clients know the control plane.</param>
    /// <param name="peers">Takes note of what clients present.</param>
    /// <param name="log">Where messages go.</param>
    public ServerTls(
        CertificateAuthority authority, IReadOnlyList<string> names, PeerCertificates peers, Logger? log = null)
    {
        _authority = authority;
        _names = names;
        _peers = peers;
        _log = log ?? Logger.None;
        _context = Issue();
        _authority.Replaced += OnReplaced;
    }

    /// <summary>Settings of one connection; the client's server name does not matter.</summary>
    public SslServerAuthenticationOptions OptionsFor(string? serverName)
    {
        _ = serverName;
        return new SslServerAuthenticationOptions
        {
            ServerCertificateContext = Volatile.Read(ref _context),
            ApplicationProtocols = [SslApplicationProtocol.Http2],
            EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
            ClientCertificateRequired = true,
            CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
#pragma warning disable CA5359 // Verified by the authenticator, which answers with a gRPC status instead of an alert.
            RemoteCertificateValidationCallback = (_, certificate, chain, _) =>
            {
                if (certificate is not null)
                {
                    _peers.Note(certificate, chain);
                }
                return true;
            },
#pragma warning restore CA5359
        };
    }

    /// <summary>Follows the authority no longer.</summary>
    public void Dispose() => _authority.Replaced -= OnReplaced;

    private void OnReplaced(Security.Authority.CaBundle bundle)
    {
        try
        {
            Volatile.Write(ref _context, Issue());
            _log.Info("the serving certificate was made anew, because the authority changed");
        }
        catch (Security.PkiException e)
        {
            _log.Error($"the serving certificate cannot be made anew: {e.Message}");
        }
    }

    private SslStreamCertificateContext Issue()
    {
        var (chain, key) = _authority.IssueServer(_names);
        using (key)
        {
            using var leaf = X509Certificate2.CreateFromPem(chain, key.ToPem());
            var others = new X509Certificate2Collection();
            others.ImportFromPem(chain);
            // A key that is only in memory cannot be used by the TLS layer before it went through PKCS#12.
            var usable = X509CertificateLoader.LoadPkcs12(leaf.Export(X509ContentType.Pkcs12), null);
            return SslStreamCertificateContext.Create(usable, [.. others.Skip(1)], offline: true);
        }
    }
}
