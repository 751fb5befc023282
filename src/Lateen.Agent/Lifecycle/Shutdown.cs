using Lateen.Agent.Status;
using Lateen.Core.Logging;

namespace Lateen.Agent.Lifecycle;

/// <summary>Drains a proxy: tells its listeners to finish, then waits as the options say.</summary>
public sealed class Shutdown(ShutdownOptions options, ProxyAdmin admin, TimeProvider clock, Logger log)
{
    private const int ErrorsMax = 5;

    private static readonly TimeSpan _pollInterval = TimeSpan.FromSeconds(1);

    // Ports that belong to the proxy itself; they never become idle.
    private static readonly string[] _ownListeners = ["_15021.", "_15090."];

    /// <summary>Whether draining was asked for before the end (POST /drain): the end then comes at once.</summary>
    public bool IsDraining { get; private set; }

    /// <summary>Starts to drain without ending.</summary>
    public async Task StartDrainingAsync(CancellationToken cancel)
    {
        if (!IsDraining)
        {
            IsDraining = true;
            await SendDrainAsync("&skip_exit", cancel);
        }
    }

    /// <summary>Drains and waits; afterwards the proxy may be killed.</summary>
    public async Task DrainAsync(CancellationToken cancel)
    {
        if (IsDraining)
        {
            return;
        }
        IsDraining = true;
        await SendDrainAsync("", cancel);
        if (!options.ExitOnZeroActiveConnections)
        {
            log.Info($"draining for {options.DrainDuration.TotalSeconds:F0} s");
            await Task.Delay(options.DrainDuration, clock, cancel);
            return;
        }
        log.Info(
            $"draining for {options.MinimumDrainDuration.TotalSeconds:F0} s at least, until no connection is open");
        await Task.Delay(options.MinimumDrainDuration, clock, cancel);
        await WaitForZeroConnectionsAsync(cancel);
    }

    private async Task SendDrainAsync(string more, CancellationToken cancel)
    {
        var inbound = options.InboundOnly ? "inboundonly&" : "";
        var reply = await admin.SendAsync("POST", $"/drain_listeners?{inbound}graceful{more}", cancel);
        if (reply is not { Status: 200 })
        {
            log.Warn($"the proxy did not take the request to drain ({reply?.Status.ToString() ?? "no answer"})");
        }
    }

    private async Task WaitForZeroConnectionsAsync(CancellationToken cancel)
    {
        var errors = 0;
        while (true)
        {
            await Task.Delay(_pollInterval, clock, cancel);
            var stats = await admin.ReadStatsAsync("downstream_cx_active$", cancel);
            if (stats is null)
            {
                if (++errors == ErrorsMax)
                {
                    log.Warn("the proxy does not tell its connections; ending without waiting for them");
                    return;
                }
                continue;
            }
            if (CountActive(stats) == 0)
            {
                return;
            }
        }
    }

    private static long CountActive(Dictionary<string, long> stats)
    {
        long active = 0;
        foreach (var (name, value) in stats)
        {
            if (name.StartsWith("listener.", StringComparison.Ordinal)
                && !name.StartsWith("listener.admin.", StringComparison.Ordinal)
                && !name.Contains(".worker_", StringComparison.Ordinal)
                && !name.StartsWith("listener.envoy_internal", StringComparison.Ordinal)
                && !Array.Exists(_ownListeners, own => name.Contains(own, StringComparison.Ordinal)))
            {
                active += value;
            }
        }
        return active;
    }
}
