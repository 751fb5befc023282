using System.Text;
using Lateen.Proxy.Clusters;
using Lateen.Proxy.Stats;

namespace Lateen.Proxy.Discovery;

/// <summary>What one subscription counts, below a prefix of its own. Thread: any.</summary>
internal sealed class SubscriptionStats(StatsStore store, string prefix) : IDisposable
{
    private const string ClustersPrefix = "cluster_manager.cds.";

    private static readonly StatLayout Layout =
        StatLayout.Build<Stat, Histogram>([Stat.UpdateTime, Stat.Version]);

    private readonly bool _isExtension = prefix.StartsWith("extension_config_discovery.", StringComparison.Ordinal);
    private readonly StatsScope _scope = store.GetScope(prefix, Layout);

    private enum Stat
    {
        InitFetchTimeout,
        UpdateAttempt,
        UpdateFailure,
        UpdateRejected,
        UpdateSuccess,
        UpdateTime,
        Version,
    }

    private enum Histogram
    {
        UpdateDuration,
    }

    /// <summary>The subscription begins.</summary>
    /// <param name="asks">It sends a request now; a file's first reading counts by itself.</param>
    public void OnStarted(bool asks)
    {
        _scope.AddFromMain((int)Stat.UpdateAttempt, asks ? 1 : 0);
        _scope.SetText("version_text", "");
        if (_isExtension)
        {
            _scope.GetOrAdd("config_conflict");
            _scope.GetOrAdd("config_fail");
            _scope.GetOrAdd("config_reload");
        }
        else if (prefix.StartsWith("sds.", StringComparison.Ordinal))
        {
            _scope.GetOrAdd("key_rotation_failed");
        }
        else if (prefix == ClustersPrefix)
        {
            _scope.GetOrAdd("config_reload");
        }
        else if (prefix.StartsWith("http.", StringComparison.Ordinal))
        {
            _scope.GetOrAdd("config_reload");
            _scope.GetOrAdd("update_empty");
        }
    }

    /// <summary>An update was taken at <paramref name="now"/>.</summary>
    public void OnSuccess(string version, DateTimeOffset now, bool isReload)
    {
        if (isReload)
        {
            _scope.AddFromMain(_scope.GetOrAdd("config_reload"));
            _scope.Set(_scope.GetOrAdd("config_reload_time_ms", StatKind.Gauge), now.ToUnixTimeMilliseconds());
        }

        _scope.AddFromMain((int)Stat.UpdateAttempt);
        _scope.AddFromMain((int)Stat.UpdateSuccess);
        _scope.Set((int)Stat.UpdateTime, now.ToUnixTimeMilliseconds());
        _scope.SetText("version_text", version);
        _scope.Set((int)Stat.Version, (long)XxHash64.Hash(Encoding.UTF8.GetBytes(version)));
    }

    /// <summary>An update held nothing; what was known stays.</summary>
    public void OnEmpty(string version, DateTimeOffset now)
    {
        _scope.AddFromMain(_scope.GetOrAdd("update_empty"));
        OnSuccess(version, now, false);
    }

    /// <summary>How long it took to take an update, in milliseconds. One call at a time.</summary>
    public void OnTaken(long millis) => _scope.Record(0, (int)Histogram.UpdateDuration, millis);

    /// <summary>An update was refused.</summary>
    /// <param name="wasTried">It had been counted as tried before, as the incremental protocol does.</param>
    public void OnRejected(bool wasTried = false)
    {
        _scope.AddFromMain((int)Stat.UpdateAttempt, wasTried ? 1 : 0);
        OnEnd(Stat.UpdateRejected);
        CountUnusable();
    }

    /// <summary>The server could not be reached, or the file could not be read.</summary>
    public void OnFailure() => OnEnd(Stat.UpdateFailure);

    /// <summary>Nothing came in time.</summary>
    public void OnFetchTimeout()
    {
        OnEnd(Stat.InitFetchTimeout);
        CountUnusable();
    }

    public void Dispose() => _scope.Release();

    private void CountUnusable()
    {
        if (_isExtension)
        {
            _scope.AddFromMain(_scope.GetOrAdd("config_fail"));
        }
    }

    private void OnEnd(Stat stat)
    {
        _scope.AddFromMain((int)stat);
        _scope.AddFromMain((int)Stat.UpdateAttempt);
    }
}
