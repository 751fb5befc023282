using Lateen.Citadel.Authority;
using Lateen.Citadel.Tokens;
using Lateen.Core.Logging;
using Lateen.Security.Authentication;

namespace Lateen.Citadel;

/// <summary>All of the certificate authority, put together for a control plane.</summary>
public sealed class CitadelRuntime : IDisposable
{
    private readonly CaRotator _rotator;

    private CitadelRuntime(
        CertificateAuthority authority,
        JoinTokenIssuer joinTokens,
        CallerAuthenticator authenticator,
        CitadelMetrics metrics,
        CertificateService service,
        CaRotator rotator)
    {
        Authority = authority;
        JoinTokens = joinTokens;
        Authenticator = authenticator;
        Metrics = metrics;
        Service = service;
        _rotator = rotator;
    }

    /// <summary>What signs; its <see cref="CertificateAuthority.Replaced"/> tells of other roots.</summary>
    public CertificateAuthority Authority { get; }

    /// <summary>Makes the tokens with which workloads outside Kubernetes join.</summary>
    public JoinTokenIssuer JoinTokens { get; }

    /// <summary>Knows callers of the certificate service and of discovery alike.</summary>
    public CallerAuthenticator Authenticator { get; }

    /// <summary>Counters.</summary>
    public CitadelMetrics Metrics { get; }

    /// <summary>Answers certificate requests.</summary>
    public CertificateService Service { get; }

    /// <summary>Loads or makes the authority and starts to watch over it.</summary>
    /// <param name="options">Folders, lives, trust domain.</param>
    /// <param name="more">
    /// Ways to prove who calls besides the client certificate and the join token, asked last, e.g. Kubernetes tokens.
    /// </param>
    /// <param name="clock">The time.</param>
    /// <param name="random">Spreads the renewal of replicas.</param>
    /// <param name="sink">Where log lines go.</param>
    /// <exception cref="Security.PkiException">The authority cannot be loaded or made; the message says
    /// why.</exception>
    public static CitadelRuntime Open(
        CitadelOptions options,
        IReadOnlyList<ICallerAuthenticator> more,
        TimeProvider clock,
        Random random,
        LogSink sink)
    {
        var log = sink.CreateLogger("citadel");
        var store = new CaStore(options, clock);
        var (bundle, source) = store.Load();
        var authority = new CertificateAuthority(bundle, source, options, clock);
        var joinTokens = JoinTokenIssuer.Open(options.StateFolder, clock);
        var authenticator = new CallerAuthenticator(
        [
            new ClientCertificateAuthenticator(() => authority.TrustBundle, clock),
            new JoinTokenAuthenticator(joinTokens, options.TrustDomain),
            .. more,
        ]);
        var metrics = new CitadelMetrics();
        SetExpiry(metrics, authority);
        authority.Replaced += _ => SetExpiry(metrics, authority);
        log.Info(source == CaSource.PluggedIn
            ? $"signing with the plugged-in authority {bundle.Certificate.Subject}, valid until {bundle.NotAfter:u}"
            : $"signing with the mesh's own root for {options.TrustDomain}, valid until {bundle.NotAfter:u}");
        var service = new CertificateService(authority, authenticator, metrics, log);
        var rotator = new CaRotator(authority, store, options, metrics, clock, random, log);
        return new CitadelRuntime(authority, joinTokens, authenticator, metrics, service, rotator);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _rotator.Dispose();
        JoinTokens.Dispose();
    }

    private static void SetExpiry(CitadelMetrics metrics, CertificateAuthority authority)
    {
        var bundle = authority.Bundle;
        metrics.SetExpiry(bundle.Roots[0].NotAfter.ToUniversalTime(), bundle.NotAfter);
    }
}
