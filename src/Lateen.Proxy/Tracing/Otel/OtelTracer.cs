using System.Buffers.Binary;
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
        span.IsSampled = Sampler?.IsSampled(parent, span.TraceIdLow) ?? (traced && (parent ?? true));
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
        var hasFailed = false;
        for (var i = 0; i < tags.Count; i++)
        {
            OtlpTemplate.WritePair(output, 9, tags.NameAt(i), tags.ValueAt(i));
            hasFailed |= tags.NameAt(i).SequenceEqual("error"u8) && tags.ValueAt(i).SequenceEqual("true"u8);
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

        if (hasFailed)
        {
            var status = output.Open(15);
            output.WriteInt(3, StatusError);
            output.Close(status);
        }

        output.WriteFixed32(
            16, (span.IsSampled ? 1u : 0) | HasRemoteFlag | (span.HasRemoteParent ? IsRemoteFlag : 0));
    }
}
