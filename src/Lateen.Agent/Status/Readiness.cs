namespace Lateen.Agent.Status;

/// <summary>
/// Whether the proxy can take traffic: it received clusters and listeners, is live and its workers run. What was
/// reached once stays reached, as in Istio: a proxy that loses its control plane goes on.
/// </summary>
/// <param name="admin">The proxy's admin port.</param>
/// <param name="more">Another condition, with its reason where it is not met; null where it is.</param>
public sealed class Readiness(ProxyAdmin admin, Func<string?> more)
{
    private const string UpdateFilter =
        """^(cluster_manager\.cds|listener_manager\.lds)\.(update_success|update_rejected)$""";
    private const string StateFilter = """^(server\.state|listener_manager\.workers_started)""";

    private bool _receivedUpdates;
    private bool _isLive;

    /// <summary>Null when it is ready, else the reason why not.</summary>
    public async Task<string?> CheckAsync(CancellationToken cancel)
    {
        if (!_receivedUpdates)
        {
            if (await CheckUpdatesAsync(cancel) is { } reason)
            {
                return reason;
            }
            _receivedUpdates = true;
        }
        if (!_isLive)
        {
            if (await CheckStateAsync(cancel) is { } reason)
            {
                return reason;
            }
            _isLive = true;
        }
        return more();
    }

    private async Task<string?> CheckUpdatesAsync(CancellationToken cancel)
    {
        var stats = await admin.ReadStatsAsync(UpdateFilter, cancel);
        if (stats is null)
        {
            return "the proxy's admin port does not answer";
        }
        var clusters = Judge(stats, "cluster_manager.cds");
        var listeners = Judge(stats, "listener_manager.lds");
        return clusters == "received" && listeners == "received"
            ? null
            : $"config not fully received from the control plane: clusters {clusters}, listeners {listeners}";
    }

    private static string Judge(Dictionary<string, long> stats, string prefix)
    {
        if (stats.GetValueOrDefault($"{prefix}.update_success") > 0)
        {
            return "received";
        }
        return stats.GetValueOrDefault($"{prefix}.update_rejected") > 0 ? "rejected" : "not received";
    }

    private async Task<string?> CheckStateAsync(CancellationToken cancel)
    {
        var stats = await admin.ReadStatsAsync(StateFilter, cancel);
        if (stats is null || !stats.TryGetValue("server.state", out var state))
        {
            return "the proxy does not tell its state";
        }
        if (state != 0)
        {
            return $"the proxy is not live (server.state {state})";
        }
        return stats.GetValueOrDefault("listener_manager.workers_started") == 1 ? null
            : "the proxy's workers do not run yet";
    }
}
