using Lateen.Http;
using Lateen.Proxy.Routing;
using Lateen.Proxy.Runtime;
using Lateen.Proxy.Stats;
using Lateen.Proxy.Streams;

namespace Lateen.Proxy.Filters;

/// <summary>The HTTP filter <c>health_check</c>: the proxy answers health checks itself.</summary>
internal sealed class HealthCheckFilter : HttpFilter
{
    private static readonly HeaderName ClusterHeader = HeaderName.Create("x-envoy-upstream-healthchecked-cluster");
    private static readonly HeaderName FailHeader = HeaderName.Create("x-envoy-immediate-health-check-fail");
    private static readonly byte[] OkDetails = "health_check_ok"u8.ToArray();
    private static readonly byte[] FailedDetails = "health_check_failed"u8.ToArray();

    private readonly StatsScope _scope;
    private readonly int _total;
    private readonly int _ok;
    private readonly int _failed;

    public HealthCheckFilter(StatsScope scope)
    {
        _scope = scope;
        _total = scope.GetOrAdd("health_check.request_total");
        _ok = scope.GetOrAdd("health_check.ok");
        _failed = scope.GetOrAdd("health_check.failed");
    }

    /// <summary>What marks a health check.</summary>
    public required HeaderMatcher[] Headers { get; init; }

    /// <summary>Checks go on to the upstream while the server is healthy.</summary>
    public bool PassThrough { get; init; }

    /// <summary>The node's cluster, told in answers.</summary>
    public byte[] NodeCluster { get; init; } = [];

    /// <summary>Whether <c>/healthcheck/fail</c> is in force.</summary>
    public required Func<bool> HasFailed { get; init; }

    public override HttpFilterResult OnRequest(HttpStream stream)
    {
        if (!HeaderMatcher.AllMatch(Headers, stream.Request))
        {
            return HttpFilterResult.Continue;
        }
        stream.Info.IsHealthCheck = true;
        var failed = HasFailed();
        if (PassThrough && !failed)
        {
            return HttpFilterResult.Continue;
        }
        var worker = stream.Worker.Index;
        _scope.Add(worker, _total);
        _scope.Add(worker, failed ? _failed : _ok);
        stream.Info.ResponseCodeDetails = failed ? FailedDetails : OkDetails;
        if (failed)
        {
            stream.Info.ResponseFlags |= ResponseFlags.FailedLocalHealthCheck;
        }
        return new HttpFilterResult(HttpFilterStatus.LocalReply, failed ? 503 : 200);
    }

    public override HttpFilterStatus OnResponse(HttpStream stream, bool endStream)
    {
        if (stream.Info.IsHealthCheck)
        {
            stream.Response.Set(ClusterHeader, NodeCluster);
        }
        if (HasFailed())
        {
            stream.Response.Set(FailHeader, "true"u8);
        }
        return HttpFilterStatus.Continue;
    }
}
