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
        Literal = segments switch
        {
            [] => [],
            [{ Operator: null, Literal: var only }] => only,
            _ => null,
        };
    }

    public string Source { get; }

    /// <summary>The only operator of a format that is nothing else; its type counts in JSON.</summary>
    public FormatOperator? SingleOperator => _segments is [{ Literal.Length: 0, Operator: { } only }] ? only : null;

    /// <summary>The text of a format without operators; null: there are some.</summary>
    public byte[]? Literal { get; }

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
            segments.Add(new Segment(Encoding.UTF8.GetBytes(literal.ToString()), parsed));
            literal.Clear();
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
        foreach (ref readonly var segment in _segments.AsSpan())
        {
            output.Write(segment.Literal);
            if (segment.Operator is { } value && !value.TryWrite(output, info, context))
            {
                output.Write(missing);
            }
        }
    }

    /// <summary>A piece of text, which may be empty, and the operator behind it; none behind the last piece.</summary>
    private readonly record struct Segment(byte[] Literal, FormatOperator? Operator);
}
