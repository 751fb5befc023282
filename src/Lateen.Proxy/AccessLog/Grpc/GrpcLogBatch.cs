using Lateen.Proxy.Exports;
using Lateen.Proxy.Runtime;

namespace Lateen.Proxy.AccessLog.Grpc;

/// <summary>Entries of one worker for a gRPC access log service.</summary>
internal sealed class GrpcLogBatch(Worker worker, GrpcLogSink sink)
    : LogBatch(worker, 1, sink.FlushBytes, sink.FlushNanos)
{
    private readonly GrpcOutput _output = new(worker, sink.Target);

    protected override void Send(int count)
    {
        if (_output.IsFirst)
        {
            Message.WriteBytes(1, sink.Identifier);
        }

        Message.WriteBytes(sink.EntriesField, Entries.Written);
        var sent = _output.TrySend(Message.Written);
        sink.Stats.Add(Worker.Index, sent ? sink.Written : sink.Dropped, count);
        if (sent)
        {
            sink.Stats.Add(Worker.Index, sink.Flushed, count);
        }
    }
}
