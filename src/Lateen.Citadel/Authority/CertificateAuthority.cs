using System.Security.Cryptography.X509Certificates;
using Lateen.Security;
using Lateen.Security.Authority;
using Lateen.Security.Certificates;
using Lateen.Security.Keys;

namespace Lateen.Citadel.Authority;

/// <summary>Signs certificates with the material in force. Any thread may call; a rotation swaps the material at
/// once.</summary>
public sealed class CertificateAuthority
{
    private readonly CitadelOptions _options;
    private readonly TimeProvider _clock;
    private CaBundle _bundle;
    private TrustBundle _trustBundle;

    /// <summary>Starts with the given material.</summary>
    public CertificateAuthority(CaBundle bundle, CaSource source, CitadelOptions options, TimeProvider clock)
    {
        _options = options;
        _clock = clock;
        _bundle = bundle;
        _trustBundle = BuildTrustBundle(bundle);
        Source = source;
    }

    /// <summary>Where the material came from.</summary>
    public CaSource Source { get; }

    /// <summary>The material in force.</summary>
    public CaBundle Bundle => Volatile.Read(ref _bundle);

    /// <summary>The roots that verify client certificates.</summary>
    public TrustBundle TrustBundle => Volatile.Read(ref _trustBundle);

    /// <summary>Called after the material was replaced, on the thread that did so: roots and server certificates
    /// follow.</summary>
    public event Action<CaBundle>? Replaced;

    /// <summary>Puts other material in force.</summary>
    public void Replace(CaBundle bundle)
    {
        Volatile.Write(ref _bundle, bundle);
        Volatile.Write(ref _trustBundle, BuildTrustBundle(bundle));
        Replaced?.Invoke(bundle);
    }

    /// <summary>The validity that a request gets.</summary>
    /// <param name="asked">Zero or less means the default.</param>
    /// <exception cref="PkiException">More than the maximum was asked for.</exception>
    public TimeSpan ResolveTtl(TimeSpan asked)
    {
        if (asked <= TimeSpan.Zero)
        {
            return _options.DefaultWorkloadTtl;
        }
        return asked <= _options.MaxWorkloadTtl
            ? asked
            : throw new PkiException(
                $"requested TTL {asked.TotalSeconds:F0}s is greater than the max allowed TTL "
                + $"{_options.MaxWorkloadTtl.TotalSeconds:F0}s");
    }

    /// <summary>
    /// Signs a workload certificate. The names are those given here; those in the request are never looked at.
    /// </summary>
    /// <returns>PEM texts as Istio's certificate service answers: leaf, then the chain one by one, last all
    /// roots.</returns>
    /// <exception cref="PkiException">The signer has expired.</exception>
    public List<string> SignWorkload(CertificateSigningRequest request, IReadOnlyList<string> identities, TimeSpan ttl)
    {
        var bundle = Bundle;
        var names = new List<SubjectAlternativeName>(identities.Count);
        foreach (var identity in identities)
        {
            names.Add(new SubjectAlternativeName(SubjectAlternativeNameKind.Uri, identity));
        }
        using var leaf = WorkloadCertificate.Sign(
            bundle, request.PublicKey, names, request.HasCommonName, _clock.GetUtcNow(), ttl);
        List<string> chain = [CertificatePem.Write(leaf)];
        foreach (var certificate in bundle.Chain)
        {
            chain.Add(CertificatePem.Write(certificate));
        }
        chain.Add(bundle.RootPem);
        return chain;
    }

    /// <summary>A serving certificate of the control plane for DNS names, valid as long as its signer.</summary>
    /// <returns>Leaf and chain as one PEM text, and the key.</returns>
    /// <exception cref="PkiException">The signer has expired.</exception>
    public (string CertificateChainPem, PrivateKey Key) IssueServer(IReadOnlyList<string> hosts)
    {
        var bundle = Bundle;
        var now = _clock.GetUtcNow();
        var key = PrivateKey.Generate(new KeyOptions());
        var names = SubjectAlternativeNames.FromHosts(string.Join(',', hosts));
        using var leaf = WorkloadCertificate.Sign(
            bundle, key.PublicKey, names, withCommonName: false, now, bundle.NotAfter - now);
        var pem = CertificatePem.Write(leaf);
        foreach (var certificate in bundle.Chain)
        {
            pem += CertificatePem.Write(certificate);
        }
        return (pem, key);
    }

    private TrustBundle BuildTrustBundle(CaBundle bundle) =>
        new(new Dictionary<string, IReadOnlyList<X509Certificate2>> { [_options.TrustDomain] = bundle.Roots },
            [bundle.Certificate, .. bundle.Chain]);
}
