using Lateen.Http;

namespace Lateen.Proxy.Tracing;

/// <summary>The headers traceparent and tracestate (W3C Trace Context §3).</summary>
internal ref struct W3CContext
{
    private const int ParentBytes = 55;

    private static readonly HeaderName StateName = HeaderName.Create("tracestate");

    public ulong TraceIdHigh;
    public ulong TraceIdLow;
    public ulong SpanId;
    public bool IsSampled;

    public static bool IsPresent(HeaderMap request) => request.Contains(HeaderId.TraceParent);

    /// <summary>False when traceparent is not of its one form.</summary>
    public static bool TryRead(HeaderMap request, out W3CContext context)
    {
        context = default;
        var text = request.Get(HeaderId.TraceParent);
        if (text.Length != ParentBytes || text[2] != '-' || text[35] != '-' || text[52] != '-'
            || !IsHex(text[..2]) || !IsHex(text[53..])
            || !Hex.TryRead(text[3..19], out context.TraceIdHigh) || !Hex.TryRead(text[19..35], out context.TraceIdLow)
            || !Hex.TryRead(text[36..52], out context.SpanId))
        {
            return false;
        }

        context.IsSampled = (Digit(text[54]) & 1) != 0;
        return (context.TraceIdHigh | context.TraceIdLow) != 0 && context.SpanId != 0;
    }

    /// <summary>All values of tracestate, joined with commas.</summary>
    public static void ReadState(HeaderMap request, ByteBuffer output)
    {
        for (var i = request.IndexOf(StateName); i >= 0; i = request.IndexOf(StateName, i + 1))
        {
            if (output.Length > 0)
            {
                output.Write((byte)',');
            }

            output.Write(request.GetValue(i));
        }
    }

    public static void WriteParent(Span span, HeaderMap request)
    {
        var text = Routing.Scratch.Formatted;
        text.Write("00-"u8);
        Hex.Write(text, span.TraceIdHigh);
        Hex.Write(text, span.TraceIdLow);
        text.Write((byte)'-');
        Hex.Write(text, span.Id);
        text.Write(span.IsSampled ? "-01"u8 : "-00"u8);
        request.Set(HeaderId.TraceParent, text.Written);
    }

    public static void WriteState(Span span, HeaderMap request) => request.Set(StateName, span.TraceState.Written);

    private static bool IsHex(ReadOnlySpan<byte> text) =>
        char.IsAsciiHexDigit((char)text[0]) && char.IsAsciiHexDigit((char)text[1]);

    private static int Digit(byte c) => c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10;
}
