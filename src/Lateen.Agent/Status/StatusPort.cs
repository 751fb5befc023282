using System.Net;
using Lateen.Core.Logging;

namespace Lateen.Agent.Status;

/// <summary>
/// The agent's status port (15020): readiness, merged metrics, the application's probes, and the ends of the process.
/// </summary>
public sealed class StatusPort(
    Readiness readiness, MetricsMerger metrics, AppProber prober, Action drain, Action quit, Logger log)
{
    private bool _wasReady;
    private string _lastReason = "";

    /// <summary>Answers a request.</summary>
    public async Task<HttpReply> HandleAsync(HttpRequest request, CancellationToken cancel)
    {
        switch (request.Path)
        {
            case "/healthz/ready":
                return await CheckReadyAsync(cancel);
            case "/stats/prometheus" or "/metrics":
                return await metrics.ScrapeAsync(request, cancel);
            case "/quitquitquit":
                return End(request, quit);
            case "/drain":
                return End(request, drain);
        }
        return request.Path.StartsWith("/app-health/", StringComparison.Ordinal)
            || request.Path.StartsWith("/app-lifecycle/", StringComparison.Ordinal)
                ? await prober.ProbeAsync(request, cancel)
                : HttpReply.Text(404, "404 page not found");
    }

    private async Task<HttpReply> CheckReadyAsync(CancellationToken cancel)
    {
        var reason = await readiness.CheckAsync(cancel);
        if (reason is null)
        {
            if (!_wasReady)
            {
                _wasReady = true;
                log.Info("the proxy is ready");
            }
            return HttpReply.Empty(200);
        }
        if (reason != _lastReason)
        {
            _lastReason = reason;
            log.Warn($"the proxy is not ready: {reason}");
        }
        return HttpReply.Empty(503);
    }

    // Only the pod itself may end its proxy.
    private static HttpReply End(HttpRequest request, Action end)
    {
        if (request.Method != "POST")
        {
            return HttpReply.Text(405, "Method Not Allowed");
        }
        if (!IPAddress.IsLoopback(request.Client.IsIPv4MappedToIPv6 ? request.Client.MapToIPv4() : request.Client))
        {
            return HttpReply.Text(403, "only requests from localhost are allowed");
        }
        end();
        return HttpReply.Text(200, "ok");
    }
}
