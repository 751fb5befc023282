using System.Text;
using Lateen.Proxy.Streams;

namespace Lateen.Proxy.Formatting;

/// <summary>
/// A format with command operators, parsed once. Source: Envoy's access log format strings, which also make header
/// values.
/// </summary>
internal sealed class FormatString
{
    private readonly Segment[] _segments;

    private FormatString(Segment[] segments, string source)
    {
        _segments = segments;
        Source = source;
    }

    public string Source { get; }

    /// <summary>The only operator of a format that is nothing else; its type counts in JSON.</summary>
    public FormatOperator? SingleOperator => _segments is [{ Operator: { } only }] ? only : null;

    /// <summary>The text of a format without operators.</summary>
    public byte[]? Literal => _segments switch
    {
        [] => [],
        [{ Literal: { } only }] => only,
        _ => null,
    };

    /// <summary>Parses a format; false with the reason when Envoy would refuse it.</summary>
    public static bool TryParse(string text, out FormatString? format, out string error)
    {
        var segments = new List<Segment>();
        var literal = new StringBuilder();
        format = null;
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] != '%')
            {
                literal.Append(text[i]);
                continue;
            }
            if (i + 1 < text.Length && text[i + 1] == '%')
            {
                literal.Append('%');
                i++;
                continue;
            }
            if (!FormatParser.TryParseOperator(text, i, out var end, out var parsed, out error))
            {
                return false;
            }
            if (literal.Length > 0)
            {
                segments.Add(new Segment(Encoding.UTF8.GetBytes(literal.ToString()), null));
                literal.Clear();
            }
            segments.Add(new Segment(null, parsed));
            i = end;
        }
        if (literal.Length > 0)
        {
            segments.Add(new Segment(Encoding.UTF8.GetBytes(literal.ToString()), null));
        }
        format = new FormatString([.. segments], text);
        error = "";
        return true;
    }

    /// <summary>Writes the text, <paramref name="missing"/> standing for each value that is not there.</summary>
    public void Write(ByteBuffer output, StreamInfo info, in FormatContext context, ReadOnlySpan<byte> missing)
    {
        foreach (var segment in _segments)
        {
            if (segment.Literal is not null)
            {
                output.Write(segment.Literal);
            }
            else if (!segment.Operator!.TryWrite(output, info, context))
            {
                output.Write(missing);
            }
        }
    }

    private readonly record struct Segment(byte[]? Literal, FormatOperator? Operator);
}
