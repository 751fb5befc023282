using System.Globalization;
using System.Text;
using Lateen.Core.Yaml;

namespace Lateen.Proxy.Transcoding;

/// <summary>Writes trees as protobuf writes JSON: angle brackets escaped, with or without whitespace.</summary>
internal static class JsonPrinter
{
    public static byte[] Print(YamlNode node, bool indented)
    {
        var text = new StringBuilder();
        Write(text, node, indented, 0);
        if (indented)
        {
            text.Append('\n');
        }
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    private static void Write(StringBuilder text, YamlNode node, bool indented, int depth)
    {
        switch (node)
        {
            case YamlMapping { Entries.Count: 0 }:
                text.Append("{}");
                break;
            case YamlSequence { Items.Count: 0 }:
                text.Append("[]");
                break;
            case YamlMapping map:
                text.Append('{');
                for (var i = 0; i < map.Entries.Count; i++)
                {
                    Separate(text, i, indented, depth + 1);
                    WriteString(text, map.Entries[i].Key.Value);
                    text.Append(indented ? ": " : ":");
                    Write(text, map.Entries[i].Value, indented, depth + 1);
                }
                End(text, '}', indented, depth);
                break;
            case YamlSequence list:
                text.Append('[');
                for (var i = 0; i < list.Items.Count; i++)
                {
                    Separate(text, i, indented, depth + 1);
                    Write(text, list.Items[i], indented, depth + 1);
                }
                End(text, ']', indented, depth);
                break;
            case YamlScalar { Kind: YamlScalarKind.Text } scalar:
                WriteString(text, scalar.Value);
                break;
            default:
                text.Append(((YamlScalar)node).Value);
                break;
        }
    }

    private static void Separate(StringBuilder text, int index, bool indented, int depth)
    {
        text.Append(index > 0 ? "," : "");
        if (indented)
        {
            text.Append('\n').Append(' ', depth);
        }
    }

    private static void End(StringBuilder text, char bracket, bool indented, int depth)
    {
        if (indented)
        {
            text.Append('\n').Append(' ', depth);
        }
        text.Append(bracket);
    }

    private static void WriteString(StringBuilder text, string value)
    {
        text.Append('"');
        foreach (var c in value)
        {
            switch (c)
            {
                case '"' or '\\':
                    text.Append('\\').Append(c);
                    break;
                case '\n':
                    text.Append("\\n");
                    break;
                case '\r':
                    text.Append("\\r");
                    break;
                case '\t':
                    text.Append("\\t");
                    break;
                case '\b':
                    text.Append("\\b");
                    break;
                case '\f':
                    text.Append("\\f");
                    break;
                case < ' ' or '<' or '>' or '\x7F' or '\u2028' or '\u2029':
                    text.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}");
                    break;
                default:
                    text.Append(c);
                    break;
            }
        }
        text.Append('"');
    }
}
