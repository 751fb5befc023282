using System.Buffers.Binary;
using Lateen.Http;
using Lateen.Proxy.Addresses;
using Lateen.Proxy.Config;
using Lateen.Proxy.Exports;
using Lateen.Proxy.Runtime;

namespace Lateen.Proxy.Tracing.Zipkin;

/// <summary>The tracer <c>zipkin</c>: B3 headers and spans of Zipkin's version 2. Source:
/// <c>config.trace.v3.ZipkinConfig</c>.</summary>
internal sealed class ZipkinTracer : Tracer
{
    private static readonly byte[] ServerDone = "ss"u8.ToArray();
    private static readonly byte[] ClientDone = "cr"u8.ToArray();

    public required ZipkinExporter Exporter { get; init; }

    public required byte[] ServiceName { get; init; }

    /// <summary>New traces have ids of 128 bits.</summary>
    public bool UsesLongIds { get; init; }

    /// <summary>Client and server of a call have one span in common.</summary>
    public bool SharesSpans { get; init; } = true;

    /// <summary>traceparent is read when there is no B3, and written besides.</summary>
    public bool AlsoW3C { get; init; }

    public override bool TryExtract(Span span, Worker worker, HeaderMap request, bool traced, bool isEgress)
    {
        if (!B3Context.TryRead(request, out var b3))
        {
            return false;
        }

        span.UsesSingleHeader = b3.IsSingle;
        span.IsSampled = b3.Sampled ?? traced;
        if (!b3.HasIds && AlsoW3C && W3CContext.IsPresent(request) && W3CContext.TryRead(request, out var w3c))
        {
            (b3.TraceIdHigh, b3.TraceIdLow, b3.SpanId) = (w3c.TraceIdHigh, w3c.TraceIdLow, w3c.SpanId);
            span.IsSampled = w3c.IsSampled;
        }

        if (!b3.HasIds)
        {
            span.Id = span.TraceIdLow = NewId(worker);
            span.TraceIdHigh = UsesLongIds ? NewId(worker) : 0;
            span.IsShared = SharesSpans && span.Kind == SpanKind.Server;
            return true;
        }

        span.TraceIdHigh = b3.TraceIdHigh;
        span.TraceIdLow = b3.TraceIdLow;
        span.HasRemoteParent = true;
        if (SharesSpans && !isEgress)
        {
            span.Id = b3.SpanId;
            span.ParentId = b3.ParentId;
            span.IsShared = true;
        }
        else
        {
            span.Id = NewId(worker);
            span.ParentId = b3.SpanId;
        }

        return true;
    }

    /// <summary>A child of a server's span is one more of the server's.</summary>
    public override void OnRouterChild(Span child, Span parent)
    {
        child.Kind = parent.Kind;
        if (parent.Kind == SpanKind.Server && SharesSpans)
        {
            (child.Id, child.ParentId, child.IsShared) = (parent.Id, parent.ParentId, true);
        }
    }

    public override void Inject(Span span, HeaderMap request)
    {
        B3Context.Write(span, request);
        if (AlsoW3C)
        {
            W3CContext.WriteParent(span, request);
        }
    }

    public override void WriteDefaultName(ByteBuffer output, HeaderMap request, bool isEgress) =>
        output.Write(request.Get(HeaderId.Authority));

    public override void Report(Worker worker, Span span, SpanTags tags, SpanEvents events)
    {
        var batch = Exporter.Of(worker);
        if (Exporter.IsProto)
        {
            WriteProto(batch.Spans, span, tags, events);
        }
        else
        {
            if (batch.Count > 0)
            {
                batch.Spans.Write((byte)',');
            }

            WriteJson(batch.Spans, span, tags, events);
        }

        batch.Added();
    }

    private void WriteJson(ByteBuffer output, Span span, SpanTags tags, SpanEvents events)
    {
        output.Write("{\"traceId\":\""u8);
        span.WriteTraceId(output);
        if (span.ParentId != 0)
        {
            output.Write("\",\"parentId\":\""u8);
            Hex.Write(output, span.ParentId);
        }

        output.Write("\",\"id\":\""u8);
        span.WriteSpanId(output);
        output.Write("\",\"name\":"u8);
        JsonText.WriteString(output, span.Name.Written);
        output.Write(span.Kind == SpanKind.Server ? ",\"kind\":\"SERVER\""u8 : ",\"kind\":\"CLIENT\""u8);
        output.Write(",\"timestamp\":"u8);
        output.Write(span.StartUnixNanos / 1000);
        output.Write(",\"duration\":"u8);
        output.Write(DurationMicros(span));
        output.Write(",\"localEndpoint\":{\"serviceName\":"u8);
        JsonText.WriteString(output, ServiceName);
        output.Write(",\"ipv4\":\""u8);
        output.Advance(MachineAddress.Find(false).Format(output.GetSpan(IpAddress.TextBytesMax)));
        output.Write("\",\"port\":0},\"annotations\":["u8);
        for (var i = 0; i < SpanEvents.Count; i++)
        {
            if (events.UnixNanosAt(i) > 0)
            {
                WriteAnnotation(output, events.UnixNanosAt(i), SpanEvents.NameAt(i));
                output.Write((byte)',');
            }
        }

        WriteAnnotation(output, span.EndUnixNanos, span.Kind == SpanKind.Server ? ServerDone : ClientDone);
        output.Write("],\"tags\":{"u8);
        var any = false;
        for (var i = 0; i < tags.Count; i++)
        {
            if (tags.ValueAt(i).IsEmpty)
            {
                continue;
            }

            output.Write(any ? ","u8 : default);
            any = true;
            JsonText.WriteString(output, tags.NameAt(i));
            output.Write((byte)':');
            JsonText.WriteString(output, tags.ValueAt(i));
        }

        output.Write(span.IsShared && span.Kind == SpanKind.Server ? "},\"shared\":true}"u8 : "}}"u8);
    }

    private static void WriteAnnotation(ByteBuffer output, long unixNanos, ReadOnlySpan<byte> value)
    {
        output.Write("{\"timestamp\":"u8);
        output.Write(unixNanos / 1000);
        output.Write(",\"value\":\""u8);
        output.Write(value);
        output.Write("\"}"u8);
    }

    private static long DurationMicros(Span span) => Math.Max(1, (span.EndUnixNanos - span.StartUnixNanos) / 1000);

    /// <summary>A field of <c>zipkin.proto3.ListOfSpans</c>.</summary>
    private void WriteProto(ByteBuffer output, Span span, SpanTags tags, SpanEvents events)
    {
        Span<byte> id = stackalloc byte[16];
        var mark = output.Open(1);
        BinaryPrimitives.WriteUInt64BigEndian(id, span.TraceIdHigh);
        BinaryPrimitives.WriteUInt64BigEndian(id[8..], span.TraceIdLow);
        output.WriteBytes(1, span.TraceIdHigh == 0 ? id[8..] : id);
        if (span.ParentId != 0)
        {
            BinaryPrimitives.WriteUInt64BigEndian(id, span.ParentId);
            output.WriteBytes(2, id[..8]);
        }

        BinaryPrimitives.WriteUInt64BigEndian(id, span.Id);
        output.WriteBytes(3, id[..8]);
        output.WriteInt(4, (int)span.Kind);
        output.WriteBytes(5, span.Name.Written);
        output.WriteFixed64(6, (ulong)span.StartUnixNanos / 1000);
        output.WriteInt(7, DurationMicros(span));
        var endpoint = output.Open(8);
        output.WriteBytes(1, ServiceName);
        output.WriteBytes(2, MachineAddress.Find(false).ToIPAddress().GetAddressBytes());
        output.Close(endpoint);
        for (var i = 0; i <= SpanEvents.Count; i++)
        {
            var isLast = i == SpanEvents.Count;
            var at = isLast ? span.EndUnixNanos : events.UnixNanosAt(i);
            if (at > 0)
            {
                var annotation = output.Open(10);
                output.WriteFixed64(1, (ulong)at / 1000);
                output.WriteBytes(
                    2, !isLast ? SpanEvents.NameAt(i) : span.Kind == SpanKind.Server ? ServerDone : ClientDone);
                output.Close(annotation);
            }
        }

        for (var i = 0; i < tags.Count; i++)
        {
            if (!tags.ValueAt(i).IsEmpty)
            {
                var tag = output.Open(11);
                output.WriteBytes(1, tags.NameAt(i));
                output.WriteBytes(2, tags.ValueAt(i));
                output.Close(tag);
            }
        }

        output.WriteBool(13, span.IsShared && span.Kind == SpanKind.Server);
        output.Close(mark);
    }
}
