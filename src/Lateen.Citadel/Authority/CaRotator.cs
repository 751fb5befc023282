using Lateen.Core.Logging;
using Lateen.Security;

namespace Lateen.Citadel.Authority;

/// <summary>
/// Looks at the authority's material once per interval: a root made here is renewed before its end, files of an
/// operator are read again when they changed. What cannot be used is told and counted; the old material stays in force.
/// </summary>
public sealed class CaRotator : IDisposable
{
    private readonly CertificateAuthority _authority;
    private readonly CaStore _store;
    private readonly CitadelOptions _options;
    private readonly CitadelMetrics _metrics;
    private readonly TimeProvider _clock;
    private readonly Logger _log;
    private readonly ITimer _timer;

    /// <summary>
    /// Starts looking, the first time after a random part of the interval, so that replicas do not renew at once.
    /// </summary>
    public CaRotator(
        CertificateAuthority authority,
        CaStore store,
        CitadelOptions options,
        CitadelMetrics metrics,
        TimeProvider clock,
        Random random,
        Logger log)
    {
        _authority = authority;
        _store = store;
        _options = options;
        _metrics = metrics;
        _clock = clock;
        _log = log;
        // Files are cheap to look at, and an operator waits for them; a root lives for years.
        var interval = authority.Source == CaSource.PluggedIn ? PluggedInInterval : options.RootCheckInterval;
        var enabled = interval > TimeSpan.Zero;
        _timer = clock.CreateTimer(
            _ => Check(),
            null,
            enabled ? interval * random.NextDouble() : Timeout.InfiniteTimeSpan,
            enabled ? interval : Timeout.InfiniteTimeSpan);
    }

    /// <summary>How often an operator's files are looked at: 5 s.</summary>
    public static TimeSpan PluggedInInterval { get; } = TimeSpan.FromSeconds(5);

    /// <summary>Looks once.</summary>
    public void Check()
    {
        try
        {
            if (_authority.Source == CaSource.PluggedIn)
            {
                ReloadPluggedIn();
            }
            else
            {
                RenewSelfSigned();
            }
        }
        catch (PkiException e)
        {
            _metrics.CountRootRenewalFailure();
            _log.Error($"the authority keeps its present certificate, for the new one cannot be used: {e.Message}");
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _timer.Dispose();

    private void RenewSelfSigned()
    {
        var bundle = _authority.Bundle;
        var now = _clock.GetUtcNow();
        var life = bundle.NotAfter - bundle.Certificate.NotBefore.ToUniversalTime();
        if (bundle.NotAfter - now > life * _options.RootGracePeriodPercentile / 100)
        {
            return;
        }
        var renewed = SelfSignedRoot.Renew(bundle, _options, now);
        _store.SaveRenewedRoot(renewed);
        _authority.Replace(renewed);
        _log.Info($"the root was renewed with its key; it is valid until {renewed.NotAfter:u}");
    }

    private void ReloadPluggedIn()
    {
        var loaded = _store.LoadPluggedIn()
            ?? throw new PkiException("the files of the plugged-in authority are gone");
        var old = _authority.Bundle;
        var same = loaded.RootPem == old.RootPem
            && loaded.Certificate.RawDataMemory.Span.SequenceEqual(old.Certificate.RawDataMemory.Span);
        if (!same)
        {
            _authority.Replace(loaded);
            _log.Info($"the plugged-in authority was read again; it signs until {loaded.NotAfter:u}");
        }
    }
}
