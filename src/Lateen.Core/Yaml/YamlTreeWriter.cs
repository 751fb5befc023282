using System.Globalization;
using System.Text;

namespace Lateen.Core.Yaml;

/// <summary>Writes a tree as block-style YAML, as <c>kubectl</c> prints it.</summary>
public static class YamlTreeWriter
{
    /// <summary>YAML text of one document, ending in a newline.</summary>
    public static string Write(YamlNode node)
    {
        var text = new StringBuilder();
        WriteBlock(text, node, 0, atLineStart: true);
        return text.ToString();
    }

    private static void WriteBlock(StringBuilder text, YamlNode node, int indent, bool atLineStart)
    {
        switch (node)
        {
            case YamlMapping { Entries.Count: > 0 } map:
                WriteMapping(text, map, indent, atLineStart);
                break;
            case YamlSequence { Items.Count: > 0 } list:
                foreach (var item in list.Items)
                {
                    text.Append(' ', atLineStart ? indent : 0).Append("- ");
                    WriteBlock(text, item, indent + 2, atLineStart: false);
                    atLineStart = true;
                }

                break;
            case YamlMapping:
                text.Append("{}\n");
                break;
            case YamlSequence:
                text.Append("[]\n");
                break;
            case YamlScalar scalar:
                WriteScalar(text, scalar, indent);
                break;
        }
    }

    private static void WriteMapping(StringBuilder text, YamlMapping map, int indent, bool atLineStart)
    {
        foreach (var (key, value) in map.Entries)
        {
            text.Append(' ', atLineStart ? indent : 0).Append(Plain(key.Value) ?? Quoted(key.Value)).Append(':');
            atLineStart = true;
            switch (value)
            {
                case YamlMapping { Entries.Count: > 0 }:
                    text.Append('\n');
                    WriteBlock(text, value, indent + 2, atLineStart: true);
                    break;
                case YamlSequence { Items.Count: > 0 }:
                    text.Append('\n');
                    WriteBlock(text, value, indent, atLineStart: true);
                    break;
                default:
                    text.Append(' ');
                    WriteBlock(text, value, indent + 2, atLineStart: false);
                    break;
            }
        }
    }

    private static void WriteScalar(StringBuilder text, YamlScalar scalar, int indent)
    {
        if (scalar.Kind != YamlScalarKind.Text)
        {
            text.Append(scalar.Kind == YamlScalarKind.Null ? "null" : scalar.Value).Append('\n');
        }
        else if (IsBlockText(scalar.Value))
        {
            WriteBlockText(text, scalar.Value, indent);
        }
        else
        {
            text.Append(Plain(scalar.Value) ?? Quoted(scalar.Value)).Append('\n');
        }
    }

    private static bool IsBlockText(string value) =>
        value.Contains('\n', StringComparison.Ordinal)
        && value[0] is not (' ' or '\n' or '\t')
        && !value.Any(c => c is '\r' or '\t' or '\u0085' or '\u2028' or '\u2029' or '\ufeff'
            || (char.IsControl(c) && c != '\n'));

    private static void WriteBlockText(StringBuilder text, string value, int indent)
    {
        var body = value.TrimEnd('\n');
        var trailing = value.Length - body.Length;
        text.Append(trailing switch { 0 => "|-", 1 => "|", _ => "|+" }).Append('\n');
        var lines = (trailing > 1 ? value[..^1] : body).Split('\n');
        foreach (var line in lines)
        {
            text.Append(' ', line.Length == 0 ? 0 : indent).Append(line).Append('\n');
        }
    }

    // The value itself where it needs no quotes; null where it does.
    private static string? Plain(string value)
    {
        if (value.Length == 0 || ScalarResolver.Resolve(value) != YamlScalarKind.Text || value is "y" or "n" or "Y"
            or "N")
        {
            return null;
        }

        if (char.IsWhiteSpace(value[0]) || char.IsWhiteSpace(value[^1]) || "-?:,[]{}#&*!|>'\"%@`=<".Contains(value[0]))
        {
            if (!(value.Length > 1 && value[0] is '-' or '?' or ':' && !char.IsWhiteSpace(value[1])) || value == "---")
            {
                return null;
            }
        }

        for (var i = 0; i < value.Length; i++)
        {
            var c = value[i];
            var breaks = c == ':' && (i + 1 == value.Length || value[i + 1] == ' ');
            if (breaks || (c == '#' && value[i - 1] == ' ') || char.IsControl(c) || c >= '\u007f')
            {
                return null;
            }
        }

        // Dates and times are strings here, but timestamps elsewhere.
        return char.IsAsciiDigit(value[0]) && value.Contains('-', StringComparison.Ordinal)
            && DateTimeOffset.TryParse(value, CultureInfo.InvariantCulture, out _) ? null : value;
    }

    private static string Quoted(string value)
    {
        var text = new StringBuilder(value.Length + 2).Append('"');
        foreach (var c in value)
        {
            _ = c switch
            {
                '"' => text.Append("\\\""),
                '\\' => text.Append("\\\\"),
                '\n' => text.Append("\\n"),
                '\t' => text.Append("\\t"),
                '\r' => text.Append("\\r"),
                _ when char.IsControl(c) || c is '\u2028' or '\u2029' or '\ufeff' =>
                    text.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}"),
                _ => text.Append(c),
            };
        }

        return text.Append('"').ToString();
    }
}
