using Lateen.Proxy.Stats;

namespace Lateen.Proxy.Redis;

/// <summary>The statistics of a Redis proxy: of its connections and of each command.</summary>
internal sealed class RedisStats(StatsStore store, string prefix)
{
    private const int FixedCount = (int)RedisStat.SplitterUnsupportedCommand + 1;
    private const int PerCommand = (int)RedisCommandStat.Total + 1;

    private static readonly StatLayout Layout = BuildLayout();

    private readonly StatsScope _scope = store.GetScope($"redis.{StatNames.Sanitize(prefix)}.", Layout);

    internal void Add(int worker, RedisStat stat, long amount = 1) => _scope.Add(worker, (int)stat, amount);

    internal void Add(int worker, RedisCommand command, RedisCommandStat stat) =>
        _scope.Add(worker, FixedCount + (command.Index * PerCommand) + (int)stat);

    /// <summary>In the configured unit.</summary>
    internal void RecordLatency(int worker, RedisCommand command, long value) =>
        _scope.Record(worker, command.Index, value);

    private static StatLayout BuildLayout()
    {
        var names = new List<string>
        {
            "downstream_cx_active", "downstream_cx_drain_close", "downstream_cx_protocol_error",
            "downstream_cx_rx_bytes_buffered", "downstream_cx_rx_bytes_total", "downstream_cx_total",
            "downstream_cx_tx_bytes_buffered", "downstream_cx_tx_bytes_total", "downstream_rq_active",
            "downstream_rq_noproto", "downstream_rq_total", "splitter.invalid_request",
            "splitter.unsupported_command",
        };
        var histograms = new List<string>();
        foreach (var command in RedisCommands.All)
        {
            foreach (var stat in (string[])["delay_fault", "error", "error_fault", "success", "total"])
            {
                names.Add($"command.{command.Name}.{stat}");
            }

            histograms.Add($"command.{command.Name}.latency");
        }

        var kinds = new StatKind[names.Count];
        foreach (var gauge in (RedisStat[])[RedisStat.DownstreamCxActive, RedisStat.DownstreamCxRxBytesBuffered,
            RedisStat.DownstreamCxTxBytesBuffered, RedisStat.DownstreamRqActive])
        {
            kinds[(int)gauge] = StatKind.Gauge;
        }

        return StatLayout.Of([.. names], kinds, [.. histograms]);
    }
}
