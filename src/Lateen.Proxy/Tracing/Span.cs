using System.Buffers.Binary;
using Lateen.Proxy.Exports;

namespace Lateen.Proxy.Tracing;

/// <summary>
/// A span of one request or of one attempt to an upstream: its ids and what is told of it when it ends. Part of its
/// owner, reused.
/// </summary>
internal sealed class Span
{
    /// <summary>The tracer that made it; null while the object is not in use.</summary>
    public Tracer? Tracer { get; private set; }

    public ulong TraceIdHigh { get; set; }

    public ulong TraceIdLow { get; set; }

    public ulong Id { get; set; }

    /// <summary>Zero: none.</summary>
    public ulong ParentId { get; set; }

    /// <summary>The parent is a span of the caller.</summary>
    public bool HasRemoteParent { get; set; }

    public bool IsSampled { get; set; }

    public SpanKind Kind { get; set; }

    /// <summary>The span has its id in common with the caller's.</summary>
    public bool IsShared { get; set; }

    /// <summary>The caller used the single header <c>b3</c>; so does the call upstream.</summary>
    public bool UsesSingleHeader { get; set; }

    public long StartUnixNanos { get; set; }

    public long EndUnixNanos { get; set; }

    public ByteBuffer Name { get; } = new(64);

    /// <summary>The header tracestate, passed on.</summary>
    public ByteBuffer TraceState { get; } = new(64);

    public void Begin(Tracer tracer)
    {
        Tracer = tracer;
        TraceIdHigh = TraceIdLow = Id = ParentId = 0;
        HasRemoteParent = IsSampled = IsShared = UsesSingleHeader = false;
        Kind = SpanKind.Server;
        StartUnixNanos = EndUnixNanos = 0;
        Name.Clear();
        TraceState.Clear();
    }

    public void Release() => Tracer = null;

    /// <summary>Becomes a child of another span for a call upstream.</summary>
    public void BeginChild(Span parent, ulong id, long unixNanos)
    {
        Begin(parent.Tracer!);
        TraceIdHigh = parent.TraceIdHigh;
        TraceIdLow = parent.TraceIdLow;
        ParentId = parent.Id;
        Id = id;
        IsSampled = parent.IsSampled;
        UsesSingleHeader = parent.UsesSingleHeader;
        Kind = SpanKind.Client;
        StartUnixNanos = unixNanos;
        TraceState.Write(parent.TraceState.Written);
    }

    /// <summary>16 or 32 hexadecimal digits, as the tracer has them.</summary>
    public void WriteTraceId(ByteBuffer output)
    {
        if (TraceIdHigh != 0 || Tracer is { HasLongTraceIds: true })
        {
            Hex.Write(output, TraceIdHigh);
        }

        Hex.Write(output, TraceIdLow);
    }

    public void WriteSpanId(ByteBuffer output) => Hex.Write(output, Id);

    /// <summary>Both ids as bytes.</summary>
    public void WriteIds(ByteBuffer output, int traceField, int spanField)
    {
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, TraceIdHigh);
        BinaryPrimitives.WriteUInt64BigEndian(bytes[8..], TraceIdLow);
        output.WriteBytes(traceField, bytes);
        BinaryPrimitives.WriteUInt64BigEndian(bytes, Id);
        output.WriteBytes(spanField, bytes[..8]);
    }
}
