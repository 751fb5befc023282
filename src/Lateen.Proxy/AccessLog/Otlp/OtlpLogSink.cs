using Lateen.Proxy.Exports;
using Lateen.Proxy.Runtime;
using Lateen.Proxy.Stats;

namespace Lateen.Proxy.AccessLog.Otlp;

/// <summary>Where log records of one configuration are gathered and sent, by worker.</summary>
internal sealed class OtlpLogSink
{
    private readonly OtlpLogBatch?[] _workers;

    public OtlpLogSink(StatsStore stats, string statPrefix, int workerCount)
    {
        _workers = new OtlpLogBatch?[workerCount + 1];
        var middle = statPrefix.Length > 0 ? $"{statPrefix}." : "";
        Stats = stats.GetScope($"access_logs.open_telemetry_access_log.{middle}", StatLayout.Empty);
        Written = Stats.GetOrAdd("logs_written");
        Dropped = Stats.GetOrAdd("logs_dropped");
    }

    public required ExportTarget Target { get; init; }

    /// <summary>The encoded <c>Resource</c> of all records.</summary>
    public required byte[] Resource { get; init; }

    /// <summary>1 s by default.</summary>
    public required long FlushNanos { get; init; }

    /// <summary>16,384 by default.</summary>
    public required int FlushBytes { get; init; }

    internal StatsScope Stats { get; }

    internal int Written { get; }

    internal int Dropped { get; }

    public OtlpLogBatch Of(Worker worker) => _workers[worker.Index] ??= new OtlpLogBatch(worker, this);
}
