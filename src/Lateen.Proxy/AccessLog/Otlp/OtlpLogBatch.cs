using Lateen.Proxy.Exports;
using Lateen.Proxy.Runtime;

namespace Lateen.Proxy.AccessLog.Otlp;

/// <summary>Log records of one worker; they go as one <c>ExportLogsServiceRequest</c>.</summary>
internal sealed class OtlpLogBatch(Worker worker, OtlpLogSink sink)
    : LogBatch(worker, 2, sink.FlushBytes, sink.FlushNanos)
{
    /// <summary>Requests on their way at most; what comes then is dropped.</summary>
    private const int InFlightMax = 16;

    private int _inFlight;

    protected override void Send(int count)
    {
        if (_inFlight >= InFlightMax)
        {
            sink.Stats.Add(Worker.Index, sink.Dropped, count);
            return;
        }

        var logs = Message.Open(1);
        Message.WriteBytesAlways(1, sink.Resource);
        Message.WriteBytes(2, Entries.Written);
        Message.Close(logs);
        _inFlight++;
        ExportCall.Send(Worker, sink.Target, Message.Written, (_, taken) =>
        {
            _inFlight--;
            sink.Stats.Add(Worker.Index, taken ? sink.Written : sink.Dropped, count);
        });
    }
}
