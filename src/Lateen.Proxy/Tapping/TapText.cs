using System.Text;

namespace Lateen.Proxy.Tapping;

/// <summary>Writes a message in protobuf's text format.</summary>
internal static class TapText
{
    public static void Write(ByteBuffer output, TapNode node, int depth)
    {
        foreach (var field in node.Fields)
        {
            switch (field.Value)
            {
                case TapNode inner:
                    WriteMessage(output, field.Name, inner, depth);
                    break;
                case TapTime time:
                    WriteMessage(output, field.Name, time.ToNode(), depth);
                    break;
                case List<TapNode> list:
                    foreach (var item in list)
                    {
                        WriteMessage(output, field.Name, item, depth);
                    }
                    break;
                case byte[] { Length: > 0 } bytes:
                    WriteScalar(output, field.Name, Quote(bytes), depth);
                    break;
                case string { Length: > 0 } text:
                    WriteScalar(output, field.Name, Quote(Encoding.UTF8.GetBytes(text)), depth);
                    break;
                case true:
                    WriteScalar(output, field.Name, "true", depth);
                    break;
                case uint number when number > 0:
                    WriteScalar(output, field.Name, $"{number}", depth);
                    break;
                case ulong number when number > 0:
                    WriteScalar(output, field.Name, $"{number}", depth);
                    break;
            }
        }
    }

    private static void WriteMessage(ByteBuffer output, string name, TapNode node, int depth)
    {
        Indent(output, depth);
        output.Write($"{name} {{\n");
        Write(output, node, depth + 1);
        Indent(output, depth);
        output.Write("}\n"u8);
    }

    private static void WriteScalar(ByteBuffer output, string name, string value, int depth)
    {
        Indent(output, depth);
        output.Write($"{name}: {value}\n");
    }

    private static string Quote(byte[] bytes)
    {
        var text = new StringBuilder("\"");
        foreach (var c in bytes)
        {
            text.Append(c switch
            {
                (byte)'\n' => "\\n",
                (byte)'\r' => "\\r",
                (byte)'\t' => "\\t",
                (byte)'"' => "\\\"",
                (byte)'\'' => "\\'",
                (byte)'\\' => "\\\\",
                >= 0x20 and < 0x7f => ((char)c).ToString(),
                _ => "\\" + Convert.ToString(c, 8).PadLeft(3, '0'),
            });
        }
        return text.Append('"').ToString();
    }

    private static void Indent(ByteBuffer output, int depth)
    {
        for (var i = 0; i < depth; i++)
        {
            output.Write("  "u8);
        }
    }
}
