using Lateen.Proxy.Clusters;
using Lateen.Proxy.Runtime;
using Lateen.Proxy.Stats;

namespace Lateen.Proxy.AccessLog.Fluentd;

/// <summary>
/// Where entries for Fluentd go, one connection per worker, shared by all loggers of equal configuration. Source:
/// <c>access_loggers.fluentd.v3.FluentdAccessLogConfig</c>.
/// </summary>
internal sealed class FluentdSink
{
    private readonly FluentdOutput?[] _workers;

    public FluentdSink(StatsStore stats, string prefix, int workerCount)
    {
        _workers = new FluentdOutput?[workerCount + 1];
        Stats = stats.GetScope($"access_logs.fluentd.{prefix}.", StatLayout.Empty);
        Lost = Stats.GetOrAdd("entries_lost");
        Buffered = Stats.GetOrAdd("entries_buffered");
        Sent = Stats.GetOrAdd("events_sent");
        Reconnects = Stats.GetOrAdd("reconnect_attempts");
        Closed = Stats.GetOrAdd("connections_closed");
    }

    public required ClusterSlot Cluster { get; init; }

    /// <summary>By which the receiver routes entries.</summary>
    public required byte[] Tag { get; init; }

    /// <summary>1 s by default.</summary>
    public required long FlushMillis { get; init; }

    /// <summary>Bytes of entries that are sent at once; 16,384 by default.</summary>
    public required int FlushBytes { get; init; }

    /// <summary>Attempts to connect after which entries are dropped for good; null: no limit.</summary>
    public uint? ConnectAttemptsMax { get; init; }

    /// <summary>Between attempts, 500 ms by default; doubled each time, and any part of it.</summary>
    public required long BackOffMillis { get; init; }

    /// <summary>The longest wait, ten times the first by default.</summary>
    public required long BackOffMillisMax { get; init; }

    internal StatsScope Stats { get; }

    internal int Lost { get; }

    internal int Buffered { get; }

    internal int Sent { get; }

    internal int Reconnects { get; }

    internal int Closed { get; }

    /// <summary>The worker's connection.</summary>
    public FluentdOutput Of(Worker worker) => _workers[worker.Index] ??= new FluentdOutput(worker, this);
}
