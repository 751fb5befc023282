using Lateen.Proxy.Exports;
using Lateen.Proxy.Runtime;
using Lateen.Proxy.Stats;

namespace Lateen.Proxy.AccessLog.Grpc;

/// <summary>
/// The stream to a gRPC access log service, one per worker, shared by all loggers of equal configuration. Source:
/// <c>service.accesslog.v3.AccessLogService/StreamAccessLogs</c>.
/// </summary>
internal sealed class GrpcLogSink
{
    private readonly GrpcLogBatch?[] _workers;

    public GrpcLogSink(StatsStore stats, int workerCount)
    {
        _workers = new GrpcLogBatch?[workerCount + 1];
        Stats = stats.GetScope("access_logs.grpc_access_log.", StatLayout.Empty);
        Written = Stats.GetOrAdd("logs_written");
        Dropped = Stats.GetOrAdd("logs_dropped");
        Flushed = Stats.GetOrAdd("grpc_entries_flushed");
    }

    public required ExportTarget Target { get; init; }

    /// <summary>Field of the stream's message that holds entries: 2 for HTTP, 3 for TCP.</summary>
    public required int EntriesField { get; init; }

    /// <summary>The message <c>Identifier</c>, which begins a stream.</summary>
    public required byte[] Identifier { get; init; }

    /// <summary>1 s by default.</summary>
    public required long FlushNanos { get; init; }

    /// <summary>Bytes of entries that are sent at once; 16,384 by default, 0: each entry alone.</summary>
    public required int FlushBytes { get; init; }

    internal StatsScope Stats { get; }

    internal int Written { get; }

    internal int Dropped { get; }

    internal int Flushed { get; }

    /// <summary>The worker's batch.</summary>
    public GrpcLogBatch Of(Worker worker) => _workers[worker.Index] ??= new GrpcLogBatch(worker, this);
}
