using System.Text;
using Lateen.Http;
using Lateen.Proxy.Clusters;
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
    private static readonly HeaderName DegradedHeader = HeaderName.Create("x-envoy-degraded");
    private static readonly byte[] OkDetails = "health_check_ok"u8.ToArray();
    private static readonly byte[] CachedDetails = "health_check_cached"u8.ToArray();
    private static readonly byte[] HealthyDetails = "health_check_ok_cluster_healthy"u8.ToArray();
    private static readonly byte[] FailedDetails = "health_check_failed"u8.ToArray();

    private const int BodyBytesMax = 1024 * 1024;

    private readonly StatsScope _scope;
    private readonly int _total;
    private readonly int _ok;
    private readonly int _failed;
    private readonly int _cached;
    private readonly int _degraded;
    private readonly int _traced;
    private long _cachedUntilNanos = long.MinValue;
    private int _cachedCode;
    private bool _cachedDegraded;

    public HealthCheckFilter(StatsScope scope)
    {
        _scope = scope;
        _total = scope.GetOrAdd("health_check.request_total");
        _ok = scope.GetOrAdd("health_check.ok");
        _failed = scope.GetOrAdd("health_check.failed");
        _cached = scope.GetOrAdd("health_check.cached_response");
        _degraded = scope.GetOrAdd("health_check.degraded");
        _traced = scope.GetOrAdd("tracing.health_check");
    }

    /// <summary>What marks a health check.</summary>
    public required HeaderMatcher[] Headers { get; init; }

    /// <summary>Checks go on to the upstream while the server is healthy.</summary>
    public bool PassThrough { get; init; }

    /// <summary>How long an upstream's answer stands for others; zero: not at all.</summary>
    public long CacheNanos { get; init; }

    /// <summary>Clusters that must have so many healthy hosts, in percent.</summary>
    public (ClusterSlot Cluster, double Percent)[] MinHealthy { get; init; } = [];

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
        var isFailed = HasFailed();
        var isCached = PassThrough && CacheNanos > 0
            && stream.Worker.NowNanos < Volatile.Read(ref _cachedUntilNanos);
        if (PassThrough && !isFailed && !isCached)
        {
            stream.SetState(this, stream.Worker.NowNanos);
            return HttpFilterResult.Continue;
        }
        return stream.RequestPassed
            ? Answer(stream)
            : new HttpFilterResult(HttpFilterStatus.AwaitBody, BodyBytesMax: BodyBytesMax);
    }

    public override HttpFilterResult OnRequestBody(HttpStream stream, bool isComplete) => Answer(stream);

    private HttpFilterResult Answer(HttpStream stream)
    {
        var worker = stream.Worker.Index;
        var (code, details) = (200, OkDetails);
        if (HasFailed())
        {
            (code, details) = (503, FailedDetails);
        }
        else if (PassThrough)
        {
            (code, details) = (Volatile.Read(ref _cachedCode), CachedDetails);
            _scope.Add(worker, _cached);
            if (Volatile.Read(ref _cachedDegraded))
            {
                _scope.Add(worker, _degraded);
                stream.LocalReplyHeaders.Add(DegradedHeader, default);
            }
        }
        else if (MinHealthy.Length > 0)
        {
            details = HealthyDetails;
            if (Failing() is { } reason)
            {
                (code, details) = (503, Encoding.ASCII.GetBytes($"health_check_{reason}"));
                _scope.Add(worker, _scope.GetOrAdd(reason switch
                {
                    "failed_no_cluster_found" => "health_check.failed_cluster_not_found",
                    _ => $"health_check.{reason}",
                }));
            }
        }
        _scope.Add(worker, _total);
        _scope.Add(worker, code == 200 ? _ok : _failed);
        stream.Info.ResponseCodeDetails = details;
        if (code != 200)
        {
            stream.Info.ResponseFlags |= ResponseFlags.FailedLocalHealthCheck;
        }
        return new HttpFilterResult(HttpFilterStatus.LocalReply, code);
    }

    /// <summary>Why a cluster is not healthy enough; null: all are.</summary>
    private string? Failing()
    {
        foreach (var (slot, percent) in MinHealthy)
        {
            if (slot.Current is not { } cluster)
            {
                return "failed_no_cluster_found";
            }
            var hosts = cluster.Hosts.Hosts;
            if (hosts.Length == 0)
            {
                if (percent > 0)
                {
                    return "failed_cluster_empty";
                }
                continue;
            }
            if (100.0 * hosts.Count(host => host.IsHealthy || host.IsDegraded) < hosts.Length * percent)
            {
                return "failed_cluster_unhealthy";
            }
        }
        return null;
    }

    public override void OnStreamEnd(HttpStream stream)
    {
        if (stream.Info.IsHealthCheck && stream.Config.Tracing is null)
        {
            _scope.Add(stream.Worker.Index, _traced);
        }
    }

    public override HttpFilterStatus OnResponse(HttpStream stream, bool endStream)
    {
        if (stream.Info.IsHealthCheck)
        {
            stream.Response.Set(ClusterHeader, NodeCluster);
        }
        if (CacheNanos > 0 && stream.GetState(this) is long)
        {
            Volatile.Write(ref _cachedCode, stream.Info.ResponseCode);
            Volatile.Write(ref _cachedDegraded, stream.Response.Contains(DegradedHeader));
            Volatile.Write(ref _cachedUntilNanos, stream.Worker.NowNanos + CacheNanos);
        }
        if (HasFailed())
        {
            stream.Response.Set(FailHeader, "true"u8);
        }
        return HttpFilterStatus.Continue;
    }
}
