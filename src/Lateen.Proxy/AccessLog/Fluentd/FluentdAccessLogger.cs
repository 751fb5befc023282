using Lateen.Proxy.Formatting;
using Lateen.Proxy.Runtime;
using Lateen.Proxy.Streams;

namespace Lateen.Proxy.AccessLog.Fluentd;

/// <summary>The logger <c>fluentd</c>: an entry is a record of named values.</summary>
internal sealed class FluentdAccessLogger(FluentdSink sink, AccessLogFormat record, AccessLogFilter? filter)
    : AccessLogger(filter)
{
    protected override void Emit(Worker worker, StreamInfo info, AccessLogType type)
    {
        var json = new ByteBuffer();
        record.Write(json, info, new FormatContext(type, worker.Loop.UnixNanos));
        sink.Of(worker).Add(json.ToArray());
    }
}
