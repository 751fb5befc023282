using System.Text;
using Lateen.Proxy.Exports;

namespace Lateen.Proxy.Tapping;

/// <summary>Writes a message as protobuf does.</summary>
internal static class TapBinary
{
    private const int LengthDelimited = 2;

    public static void Write(ByteBuffer output, TapNode node)
    {
        foreach (var field in node.Fields)
        {
            switch (field.Value)
            {
                case TapNode inner:
                    WriteMessage(output, field.Number, inner);
                    break;
                case List<TapNode> list:
                    foreach (var item in list)
                    {
                        WriteMessage(output, field.Number, item);
                    }
                    break;
                case byte[] { Length: > 0 } bytes:
                    WriteBytes(output, field.Number, bytes);
                    break;
                case string { Length: > 0 } text:
                    WriteBytes(output, field.Number, Encoding.UTF8.GetBytes(text));
                    break;
                case TapTime time:
                    WriteMessage(output, field.Number, time.ToNode());
                    break;
                case bool flag:
                    output.WriteBool(field.Number, flag);
                    break;
                case uint number:
                    output.WriteInt(field.Number, number);
                    break;
                case ulong number:
                    output.WriteInt(field.Number, (long)number);
                    break;
            }
        }
    }

    private static void WriteMessage(ByteBuffer output, int number, TapNode node)
    {
        var inner = new ByteBuffer();
        Write(inner, node);
        WriteBytes(output, number, inner.Written);
    }

    private static void WriteBytes(ByteBuffer output, int number, ReadOnlySpan<byte> bytes)
    {
        output.WriteVarint(((ulong)number << 3) | LengthDelimited);
        output.WriteVarint((ulong)bytes.Length);
        output.Write(bytes);
    }
}
