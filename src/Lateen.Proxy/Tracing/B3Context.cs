using Lateen.Http;

namespace Lateen.Proxy.Tracing;

/// <summary>What B3 headers say (github.com/openzipkin/b3-propagation).</summary>
internal ref struct B3Context
{
    private static readonly HeaderName SingleName = HeaderName.Create("b3");

    public ulong TraceIdHigh;
    public ulong TraceIdLow;
    public ulong SpanId;
    public ulong ParentId;

    /// <summary>The caller's decision; null: none.</summary>
    public bool? Sampled;

    /// <summary>The caller used the header <c>b3</c>.</summary>
    public bool IsSingle;

    public readonly bool HasIds => SpanId != 0;

    /// <summary>False when the headers cannot be read; without any, there are no ids and no decision.</summary>
    public static bool TryRead(HeaderMap request, out B3Context context)
    {
        context = default;
        if (request.TryGet(SingleName, out var single) && !single.IsEmpty)
        {
            context.IsSingle = true;
            return context.TryReadSingle(single);
        }

        if (request.TryGet(HeaderId.XB3Sampled, out var sampled))
        {
            context.Sampled = sampled.SequenceEqual("1"u8) || sampled.SequenceEqual("true"u8);
        }

        if (request.Get(HeaderId.XB3Flags).SequenceEqual("1"u8))
        {
            context.Sampled = true;
        }

        if (!request.TryGet(HeaderId.XB3TraceId, out var trace) || !request.TryGet(HeaderId.XB3SpanId, out var span))
        {
            return true;
        }

        if (!context.TryReadTraceId(trace) || !Hex.TryRead(span, out context.SpanId))
        {
            return false;
        }

        return !request.TryGet(HeaderId.XB3ParentSpanId, out var parent) || parent.IsEmpty
            || Hex.TryRead(parent, out context.ParentId);
    }

    /// <summary>Writes the form that the caller used.</summary>
    public static void Write(Span span, HeaderMap request)
    {
        var text = Routing.Scratch.Formatted;
        if (span.UsesSingleHeader)
        {
            span.WriteTraceId(text);
            text.Write((byte)'-');
            span.WriteSpanId(text);
            text.Write(span.IsSampled ? "-1"u8 : "-0"u8);
            if (span.ParentId != 0)
            {
                text.Write((byte)'-');
                Hex.Write(text, span.ParentId);
            }

            request.Set(SingleName, text.Written);
            return;
        }

        span.WriteTraceId(text);
        request.Set(HeaderId.XB3TraceId, text.Written);
        text.Clear();
        span.WriteSpanId(text);
        request.Set(HeaderId.XB3SpanId, text.Written);
        if (span.ParentId != 0)
        {
            text.Clear();
            Hex.Write(text, span.ParentId);
            request.Set(HeaderId.XB3ParentSpanId, text.Written);
        }

        request.Set(HeaderId.XB3Sampled, span.IsSampled ? "1"u8 : "0"u8);
    }

    /// <summary><c>TRACE-SPAN[-DECISION[-PARENT]]</c>, or only the decision.</summary>
    private bool TryReadSingle(ReadOnlySpan<byte> text)
    {
        if (text.Length == 1)
        {
            return TryReadDecision(text);
        }

        var dash = text.IndexOf((byte)'-');
        if (dash < 0 || !TryReadTraceId(text[..dash]))
        {
            return false;
        }

        text = text[(dash + 1)..];
        if (text.Length < Hex.Digits || !Hex.TryRead(text[..Hex.Digits], out SpanId))
        {
            return false;
        }

        text = text[Hex.Digits..];
        if (text.IsEmpty)
        {
            return true;
        }

        if (text.Length < 2 || text[0] != '-' || !TryReadDecision(text.Slice(1, 1)))
        {
            return false;
        }

        text = text[2..];
        return text.IsEmpty || (text[0] == '-' && Hex.TryRead(text[1..], out ParentId));
    }

    private bool TryReadDecision(ReadOnlySpan<byte> text)
    {
        Sampled = text[0] is (byte)'1' or (byte)'d';
        return text[0] is (byte)'0' or (byte)'1' or (byte)'d';
    }

    private bool TryReadTraceId(ReadOnlySpan<byte> text) =>
        text.Length == 2 * Hex.Digits
            ? Hex.TryRead(text[..Hex.Digits], out TraceIdHigh) && Hex.TryRead(text[Hex.Digits..], out TraceIdLow)
            : Hex.TryRead(text, out TraceIdLow);
}
