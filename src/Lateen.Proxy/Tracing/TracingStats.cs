using Lateen.Proxy.Stats;

namespace Lateen.Proxy.Tracing;

/// <summary>What becomes of requests, <c>http.PREFIX.tracing.</c>.</summary>
internal sealed class TracingStats
{
    private readonly StatsScope _scope;
    private readonly int _healthCheck;
    private readonly int[] _reasons;

    public TracingStats(StatsScope scope)
    {
        _scope = scope;
        _reasons =
        [
            scope.GetOrAdd("tracing.not_traceable"), scope.GetOrAdd("tracing.random_sampling"),
            scope.GetOrAdd("tracing.service_forced"), scope.GetOrAdd("tracing.client_enabled"),
        ];
        _healthCheck = scope.GetOrAdd("tracing.health_check");
    }

    public void Count(int worker, TraceReason reason) => _scope.Add(worker, _reasons[(int)reason]);

    /// <summary>Envoy counts health checks among what is not traceable too.</summary>
    public void CountHealthCheck(int worker)
    {
        _scope.Add(worker, _healthCheck);
        _scope.Add(worker, _reasons[0]);
    }
}
