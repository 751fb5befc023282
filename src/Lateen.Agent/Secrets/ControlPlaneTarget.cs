using System.Net;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Lateen.Agent.Bootstrap;
using Lateen.Grpc.Client;
using Lateen.Security;
using Lateen.Security.Certificates;
using Lateen.Security.Keys;

namespace Lateen.Agent.Secrets;

/// <summary>
/// The address of a control plane or certificate service and how to trust it and be known to it. Files are read for
/// every connection, so that renewed ones count.
/// </summary>
public sealed record ControlPlaneTarget
{
    /// <summary>Stands for the machine's own roots instead of a file.</summary>
    public const string SystemRoots = "SYSTEM";

    private const string DefaultServerName = "istiod.istio-system.svc";

    /// <summary><c>host:port</c>.</summary>
    public required string Address { get; init; }

    /// <summary>Plain connections instead of TLS.</summary>
    public bool Plaintext { get; init; }

    /// <summary>Name that the server's certificate must have; empty, the default, for the host of the address
    /// (ISTIOD_SAN).</summary>
    public string ServerName { get; init; } = "";

    /// <summary>File of the roots, or <see cref="SystemRoots"/>.</summary>
    public string RootPath { get; init; } = "./var/run/secrets/istio/root-cert.pem";

    /// <summary>File of the bearer token; it may be absent.</summary>
    public string TokenPath { get; init; } = "./var/run/secrets/tokens/istio-token";

    /// <summary>Folder with <c>cert-chain.pem</c> and <c>key.pem</c> to show; empty, the default, for none
    /// (PROV_CERT).</summary>
    public string ClientCertificateFolder { get; init; } = "";

    /// <summary>Largest message taken; default 4 MiB.</summary>
    public int MessageBytesMax { get; init; } = 4 * 1024 * 1024;

    /// <summary>The name checked in the server's certificate: on loopback that of istiod, as in Istio.</summary>
    public string ExpectedName
    {
        get
        {
            if (ServerName.Length > 0)
            {
                return ServerName;
            }
            var host = BootstrapClusters.SplitAddress(Address).Host;
            return host == "localhost" ? DefaultServerName : host;
        }
    }

    /// <summary>The token without white space around it; null where there is none.</summary>
    public string? ReadToken()
    {
        if (!File.Exists(TokenPath))
        {
            return null;
        }
        var token = File.ReadAllText(TokenPath).Trim();
        return token.Length == 0 ? null : token;
    }

    /// <summary>A channel; nothing is connected yet.</summary>
    public GrpcChannel Open() => new(new GrpcChannelOptions
    {
        Address = (Plaintext ? "http://" : "https://") + Address,
        Authority = Plaintext ? null : ExpectedName,
        Tls = Plaintext ? null : BuildTls,
        MessageBytesMax = MessageBytesMax,
    });

    private SslClientAuthenticationOptions BuildTls()
    {
        var roots = RootPath == SystemRoots ? null : ReadRoots();
        var options = new SslClientAuthenticationOptions
        {
            TargetHost = ExpectedName,
            EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
            CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
        };
        if (roots is not null)
        {
            options.CertificateChainPolicy = new X509ChainPolicy
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                RevocationMode = X509RevocationMode.NoCheck,
                DisableCertificateDownloads = true,
            };
            options.CertificateChainPolicy.CustomTrustStore.AddRange(roots.ToArray());
        }
        options.RemoteCertificateValidationCallback = (_, certificate, chain, errors) =>
            errors == SslPolicyErrors.None ? true
                : throw new AuthenticationException(Explain(certificate, chain, errors));
        if (ReadClientCertificate() is { } context)
        {
            options.ClientCertificateContext = context;
        }
        return options;
    }

    private List<X509Certificate2> ReadRoots()
    {
        try
        {
            return CertificatePem.ParseChain(File.ReadAllText(RootPath));
        }
        catch (Exception e) when (e is PkiException or IOException or UnauthorizedAccessException)
        {
            throw new AuthenticationException($"the control plane's root {RootPath} cannot be read: {e.Message}", e);
        }
    }

    private SslStreamCertificateContext? ReadClientCertificate()
    {
        var certificatePath = Path.Combine(ClientCertificateFolder, "cert-chain.pem");
        var keyPath = Path.Combine(ClientCertificateFolder, "key.pem");
        if (ClientCertificateFolder.Length == 0 || !File.Exists(certificatePath) || !File.Exists(keyPath))
        {
            return null;
        }
        try
        {
            var chain = CertificatePem.ParseChain(File.ReadAllText(certificatePath));
            using var key = PrivateKey.Parse(File.ReadAllText(keyPath));
            return SslStreamCertificateContext.Create(
                key.Attach(chain[0]), new X509Certificate2Collection(chain[1..].ToArray()), offline: true);
        }
        catch (Exception e) when (e is PkiException or IOException or UnauthorizedAccessException)
        {
            throw new AuthenticationException(
                $"the client certificate in {ClientCertificateFolder} cannot be used: {e.Message}", e);
        }
    }

    private string Explain(X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        if (certificate is not X509Certificate2 leaf)
        {
            return $"{Address} presented no certificate";
        }
        if (errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch))
        {
            var names = string.Join(", ", SubjectAlternativeNames.Read(leaf).Select(name => name.Value));
            return IPAddress.TryParse(ExpectedName, out _)
                ? $"the certificate of {Address} is for {names}, not for the address {ExpectedName}: set "
                    + "ISTIOD_SAN to one of them"
                : $"the certificate of {Address} is for {names}, not for {ExpectedName}";
        }
        var status = string.Join(", ", chain?.ChainStatus.Select(s => s.Status.ToString()) ?? []);
        return $"the certificate of {Address} does not verify with the roots in {RootPath} ({status})";
    }
}
