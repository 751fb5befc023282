using Lateen.Proxy.Stats;

namespace Lateen.Proxy.Redis;

/// <summary>What is counted of a cluster that Redis commands go to, below <c>cluster.NAME.redis_cluster.</c></summary>
internal sealed class RedisUpstreamStats(StatsStore store, string cluster)
{
    private const int FixedCount = 4;
    private const int PerCommand = 3;

    private static readonly StatLayout Layout = BuildLayout();

    private readonly StatsScope _scope =
        store.GetScope($"cluster.{StatNames.Sanitize(cluster)}.redis_cluster.", Layout);

    /// <summary>Number of a command that is not known, or of none.</summary>
    internal static int UnknownIndex => RedisCommands.All.Count;

    internal void CountRateLimited(int worker) => _scope.Add(worker, 0);

    internal void CountUnknownHostsReached(int worker) => _scope.Add(worker, 1);

    internal void CountDrained(int worker) => _scope.Add(worker, 2);

    internal void CountTotal(int worker, int command) => _scope.Add(worker, FixedCount + (command * PerCommand) + 2);

    internal void CountDone(int worker, int command, bool success) =>
        _scope.Add(worker, FixedCount + (command * PerCommand) + (success ? 1 : 0));

    /// <summary>Microseconds from the request to its reply.</summary>
    internal void RecordTime(int worker, long micros) => _scope.Record(worker, 0, micros);

    internal void RecordLatency(int worker, int command, long micros) => _scope.Record(worker, command + 1, micros);

    private static StatLayout BuildLayout()
    {
        var names = new List<string>
        {
            "connection_rate_limited", "max_upstream_unknown_connections_reached", "upstream_cx_drained",
            "upstream_resp3_hello_failure",
        };
        var optional = new List<string>();
        var histograms = new List<string> { "upstream_commands.upstream_rq_time" };
        foreach (var name in (string[])[.. RedisCommands.All.Select(command => command.Name), "unknown"])
        {
            names.AddRange([.. ((string[])["failure", "success", "total"])
                .Select(stat => $"upstream_commands.{name}.{stat}")]);
            optional.AddRange(names.TakeLast(PerCommand));
            histograms.Add($"upstream_commands.{name}.latency");
        }

        optional.AddRange(histograms);
        return StatLayout.Of([.. names], new StatKind[names.Count], [.. histograms])
            .With("", string.Join(' ', optional));
    }
}
