using System.Text;
using Google.Protobuf.WellKnownTypes;
using Lateen.Proxy.Formatting;

namespace Lateen.Proxy.Config;

/// <summary>Writes JSON by hand, since the data path loads no serializer.</summary>
internal static class JsonText
{
    /// <summary>A protobuf value; keys of mappings in order of their bytes.</summary>
    public static void Write(ByteBuffer output, Value value)
    {
        switch (value.KindCase)
        {
            case Value.KindOneofCase.StringValue:
                WriteString(output, Encoding.UTF8.GetBytes(value.StringValue));
                break;
            case Value.KindOneofCase.NumberValue:
                output.Write(NumberText.Of(value.NumberValue));
                break;
            case Value.KindOneofCase.BoolValue:
                output.Write(value.BoolValue ? "true"u8 : "false"u8);
                break;
            case Value.KindOneofCase.ListValue:
                output.Write((byte)'[');
                for (var i = 0; i < value.ListValue.Values.Count; i++)
                {
                    if (i > 0)
                    {
                        output.Write((byte)',');
                    }
                    Write(output, value.ListValue.Values[i]);
                }
                output.Write((byte)']');
                break;
            case Value.KindOneofCase.StructValue:
                Write(output, value.StructValue);
                break;
            default:
                output.Write("null"u8);
                break;
        }
    }

    public static void Write(ByteBuffer output, Struct fields)
    {
        output.Write((byte)'{');
        var first = true;
        foreach (var (key, value) in fields.Fields.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            if (!first)
            {
                output.Write((byte)',');
            }
            first = false;
            WriteString(output, Encoding.UTF8.GetBytes(key));
            output.Write((byte)':');
            Write(output, value);
        }
        output.Write((byte)'}');
    }

    /// <summary>A string with its quotes; bytes that are no UTF-8 are escaped as <c>\u00xx</c>.</summary>
    public static void WriteString(ByteBuffer output, ReadOnlySpan<byte> text)
    {
        output.Write((byte)'"');
        while (text.Length > 0)
        {
            var b = text[0];
            if (b >= 0x80)
            {
                var status = Rune.DecodeFromUtf8(text, out _, out var length);
                if (status == System.Buffers.OperationStatus.Done)
                {
                    output.Write(text[..length]);
                    text = text[length..];
                    continue;
                }
                WriteEscape(output, b);
            }
            else if (b is (byte)'"' or (byte)'\\')
            {
                output.Write((byte)'\\');
                output.Write(b);
            }
            else if (b is (byte)'\n' or (byte)'\r' or (byte)'\t' or 8 or 12)
            {
                output.Write((byte)'\\');
                output.Write(b switch
                {
                    (byte)'\n' => (byte)'n',
                    (byte)'\r' => (byte)'r',
                    (byte)'\t' => (byte)'t',
                    8 => (byte)'b',
                    _ => (byte)'f'
                });
            }
            else if (b < 0x20 || b == 0x7f)
            {
                WriteEscape(output, b);
            }
            else
            {
                output.Write(b);
            }
            text = text[1..];
        }
        output.Write((byte)'"');
    }

    private static void WriteEscape(ByteBuffer output, byte b)
    {
        output.Write("\\u00"u8);
        output.Write("0123456789abcdef"u8[b >> 4]);
        output.Write("0123456789abcdef"u8[b & 15]);
    }
}
