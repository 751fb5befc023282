using System.Buffers.Binary;
using System.Buffers.Text;
using Lateen.Http;
using Lateen.Proxy.AccessLog.Otlp;
using Lateen.Proxy.Exports;
using Lateen.Proxy.Runtime;

namespace Lateen.Proxy.Tracing.Otel;

/// <summary>The tracer <c>opentelemetry</c>: W3C headers and OTLP spans. Source:
/// <c>config.trace.v3.OpenTelemetryConfig</c>.</summary>
internal sealed class OtelTracer : Tracer
{
    private const uint HasRemoteFlag = 0x100;
    private const uint IsRemoteFlag = 0x200;
    private const int StatusError = 2;

    /// <summary>Null: spans are made and passed on, but sent nowhere.</summary>
    public OtelExporter? Exporter { get; init; }

    public OtelSampler? Sampler { get; init; }

    public override bool HasLongTraceIds => true;

    public override bool TryExtract(Span span, Worker worker, HeaderMap request, bool traced, bool isEgress)
    {
        bool? parent = null;
        if (W3CContext.IsPresent(request))
        {
            if (!W3CContext.TryRead(request, out var context))
            {
                return false;
            }

            span.TraceIdHigh = context.TraceIdHigh;
            span.TraceIdLow = context.TraceIdLow;
            span.ParentId = context.SpanId;
            span.HasRemoteParent = true;
            W3CContext.ReadState(request, span.TraceState);
            parent = context.IsSampled;
        }
        else
        {
            span.TraceIdHigh = NewId(worker);
            span.TraceIdLow = NewId(worker);
        }

        span.Id = NewId(worker);
        // A sampler does not win over a connection manager that is against a new trace.
        span.IsSampled = Sampler is { } sampler
            ? (traced || parent is not null) && sampler.IsSampled(parent, span.TraceIdHigh)
            : traced && (parent ?? true);
        return true;
    }

    public override void Inject(Span span, HeaderMap request)
    {
        W3CContext.WriteParent(span, request);
        W3CContext.WriteState(span, request);
    }

    public override void WriteDefaultName(ByteBuffer output, HeaderMap request, bool isEgress)
    {
        output.Write(isEgress ? "egress "u8 : "ingress"u8);
        if (isEgress)
        {
            output.Write(request.Get(HeaderId.Authority));
        }
    }

    public override void Report(Worker worker, Span span, SpanTags tags, SpanEvents events)
    {
        if (Exporter is null)
        {
            return;
        }

        var batch = Exporter.Of(worker);
        var mark = batch.Spans.Open(2);
        Write(batch.Spans, span, tags, events);
        batch.Spans.Close(mark);
        batch.Added();
    }

    /// <summary>Fields of <c>opentelemetry.proto.trace.v1.Span</c>.</summary>
    private static void Write(ByteBuffer output, Span span, SpanTags tags, SpanEvents events)
    {
        span.WriteIds(output, 1, 2);
        output.WriteBytes(3, span.TraceState.Written);
        if (span.ParentId != 0)
        {
            Span<byte> parent = stackalloc byte[8];
            BinaryPrimitives.WriteUInt64BigEndian(parent, span.ParentId);
            output.WriteBytes(4, parent);
        }

        output.WriteBytes(5, span.Name.Written);
        output.WriteInt(6, span.Kind == SpanKind.Server ? 2 : 3);
        output.WriteFixed64(7, (ulong)span.StartUnixNanos);
        output.WriteFixed64(8, (ulong)span.EndUnixNanos);
        for (var i = 0; i < tags.Count; i++)
        {
            OtlpTemplate.WritePair(output, 9, tags.NameAt(i), tags.ValueAt(i));
        }

        for (var i = 0; i < SpanEvents.Count; i++)
        {
            if (events.UnixNanosAt(i) > 0)
            {
                var mark = output.Open(11);
                output.WriteFixed64(1, (ulong)events.UnixNanosAt(i));
                output.WriteBytes(2, SpanEvents.NameAt(i));
                output.Close(mark);
            }
        }

        if (StatusOf(span, tags) is { } code)
        {
            var status = output.Open(15);
            output.WriteInt(3, code);
            output.Close(status);
        }

        output.WriteFixed32(
            16, (span.IsSampled ? 1u : 0) | HasRemoteFlag | (span.HasRemoteParent ? IsRemoteFlag : 0));
    }

    /// <summary>
    /// What the codes among the tags say, not the tag <c>error</c>: a server's fault, and to a client also its own.
    /// Null: no status.
    /// </summary>
    private static int? StatusOf(Span span, SpanTags tags)
    {
        var isClient = span.Kind == SpanKind.Client;
        int? status = null;
        for (var i = 0; i < tags.Count; i++)
        {
            if (!Utf8Parser.TryParse(tags.ValueAt(i), out int code, out _))
            {
                continue;
            }

            if (tags.NameAt(i).SequenceEqual("http.status_code"u8))
            {
                status = code >= (isClient ? 400 : 500) ? StatusError : status;
            }
            else if (tags.NameAt(i).SequenceEqual("grpc.status_code"u8))
            {
                var isFault = isClient ? code != 0 : code is 2 or 4 or 12 or 13 or 14 or 15;
                status = isFault ? StatusError : status ?? 0;
            }
        }

        return status;
    }
}
