using Lateen.Proxy.Runtime;
using Lateen.Proxy.Streams;

namespace Lateen.Proxy.AccessLog.Grpc;

/// <summary>The loggers <c>http_grpc</c> and <c>tcp_grpc</c>.</summary>
internal sealed class GrpcAccessLogger(GrpcLogSink sink, GrpcLogEntry entry, AccessLogFilter? filter)
    : AccessLogger(filter)
{
    protected override void Emit(Worker worker, StreamInfo info, AccessLogType type)
    {
        var batch = sink.Of(worker);
        var mark = batch.Begin();
        entry.Write(batch.Entries, info, type, worker.Loop.UnixNanos);
        batch.End(mark);
    }
}
