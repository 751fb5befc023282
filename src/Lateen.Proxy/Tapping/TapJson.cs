using System.Text;
using Lateen.Proxy.Config;

namespace Lateen.Proxy.Tapping;

/// <summary>Writes a message as JSON, one value a line, indented by single spaces, fields with default values
/// included.</summary>
internal static class TapJson
{
    public static void Write(ByteBuffer output, TapNode node, int depth)
    {
        if (node.Fields.Count == 0)
        {
            output.Write("{}"u8);
            return;
        }

        output.Write("{\n"u8);
        for (var i = 0; i < node.Fields.Count; i++)
        {
            var field = node.Fields[i];
            Indent(output, depth + 1);
            output.Write($"\"{field.Name}\": ");
            WriteValue(output, field.Value, depth + 1);
            output.Write(i + 1 < node.Fields.Count ? ",\n"u8 : "\n"u8);
        }
        Indent(output, depth);
        output.Write((byte)'}');
    }

    private static void WriteValue(ByteBuffer output, object value, int depth)
    {
        switch (value)
        {
            case TapNode inner:
                Write(output, inner, depth);
                break;
            case List<TapNode> list:
                WriteList(output, list, depth);
                break;
            case byte[] bytes:
                output.Write($"\"{Convert.ToBase64String(bytes)}\"");
                break;
            case string text:
                JsonText.WriteString(output, Encoding.UTF8.GetBytes(text));
                break;
            case TapTime time:
                output.Write($"\"{time.Text}\"");
                break;
            case TapProtocol:
                output.Write("\"TCP\""u8);
                break;
            case bool flag:
                output.Write(flag ? "true"u8 : "false"u8);
                break;
            case ulong number:
                output.Write($"\"{number}\"");
                break;
            default:
                output.Write($"{value}");
                break;
        }
    }

    private static void WriteList(ByteBuffer output, List<TapNode> list, int depth)
    {
        if (list.Count == 0)
        {
            output.Write("[]"u8);
            return;
        }
        output.Write("[\n"u8);
        for (var i = 0; i < list.Count; i++)
        {
            Indent(output, depth + 1);
            Write(output, list[i], depth + 1);
            output.Write(i + 1 < list.Count ? ",\n"u8 : "\n"u8);
        }
        Indent(output, depth);
        output.Write((byte)']');
    }

    private static void Indent(ByteBuffer output, int depth)
    {
        for (var i = 0; i < depth; i++)
        {
            output.Write((byte)' ');
        }
    }
}
