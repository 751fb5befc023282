using System.Text;
using Lateen.Proxy.Config;
using Lateen.Proxy.Exports;
using Lateen.Proxy.Formatting;
using Lateen.Proxy.Routing;
using Lateen.Proxy.Runtime;
using Lateen.Proxy.Streams;
using Lateen.Proxy.Tracing;

namespace Lateen.Proxy.AccessLog.Otlp;

/// <summary>The logger <c>open_telemetry</c>: entries as OTLP log records. Source:
/// <c>access_loggers.open_telemetry.v3.OpenTelemetryAccessLogConfig</c>.</summary>
internal sealed class OtlpAccessLogger(OtlpLogSink sink, AccessLogFilter? filter) : AccessLogger(filter)
{
    public OtlpTemplate? Body { get; init; }

    public (byte[] Key, OtlpTemplate Value)[] Attributes { get; init; } = [];

    public CustomTag[] CustomTags { get; init; } = [];

    public (byte[] Key, string Name)[] FilterState { get; init; } = [];

    protected override void Emit(Worker worker, StreamInfo info, AccessLogType type)
    {
        var batch = sink.Of(worker);
        var mark = batch.Begin();
        Write(batch.Entries, info, new FormatContext(type, worker.Loop.UnixNanos));
        batch.End(mark);
    }

    /// <summary>Fields of <c>opentelemetry.proto.logs.v1.LogRecord</c>.</summary>
    private void Write(ByteBuffer output, StreamInfo info, in FormatContext context)
    {
        output.WriteFixed64(1, (ulong)info.StartUnixNanos);
        if (Body is not null)
        {
            var body = output.Open(5);
            Body.Write(output, info, context);
            output.Close(body);
        }

        OtlpTemplate.Write(output, 6, Attributes, info, context);
        foreach (var tag in CustomTags)
        {
            var text = Scratch.Matched;
            if (tag.TryWrite(text, info, context))
            {
                OtlpTemplate.WritePair(output, 6, tag.Name, text.Written);
            }
        }

        foreach (var (key, name) in FilterState)
        {
            if (info.GetFilterState(name) is { } value)
            {
                var text = Scratch.Matched;
                if (value is string words)
                {
                    // As a JSON text: in quotes.
                    JsonText.WriteString(text, Encoding.UTF8.GetBytes(words));
                }
                else
                {
                    text.Write(value.ToString() ?? "");
                }
                OtlpTemplate.WritePair(output, 6, key, text.Written);
            }
        }

        if (info.Span is { } span)
        {
            span.WriteIds(output, 9, 10);
        }
    }
}
