using System.Collections.Concurrent;
using Lateen.Proxy.Runtime;
using Lateen.Proxy.Stats;

namespace Lateen.Proxy.GrpcFilters;

/// <summary>
/// The times that upstreams take for calls, a histogram for each cluster and method. Thread: any.
/// </summary>
internal sealed class GrpcTimes(StatsStore store)
{
    /// <summary>Further methods are not told apart from each other any more.</summary>
    private const int ScopesMax = 4096;

    private static readonly StatLayout Layout = StatLayout.Of([], [], ["upstream_rq_time"]);

    private readonly ConcurrentDictionary<(string Cluster, GrpcMethod Method), StatsScope> _scopes = new();

    /// <summary>Records the time since the request's last byte was sent.</summary>
    public void Record(HttpStream stream, GrpcMethod method, string kind)
    {
        var info = stream.Info;
        if (info.LastUpstreamTxNanos <= 0 || info.UpstreamCluster is not { } cluster)
        {
            return;
        }
        var key = (cluster.Name, _scopes.Count < ScopesMax ? method : default);
        if (!_scopes.TryGetValue(key, out var scope))
        {
            scope = _scopes.GetOrAdd(key, store.GetScope(
                $"cluster.{StatNames.Sanitize(cluster.Name)}.{key.Item2.PrefixOf(kind)}", Layout));
        }
        scope.Record(stream.Worker.Index, 0, (stream.Worker.NowNanos - info.LastUpstreamTxNanos) / 1_000_000);
    }
}
