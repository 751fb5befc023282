using System.Buffers.Binary;
using System.Text;
using System.Text.Json;

namespace Lateen.Proxy.AccessLog.Fluentd;

/// <summary>Writes values in MessagePack, each in its shortest form.</summary>
internal static class MessagePack
{
    private const int DepthMax = 64;

    public static void WriteArray(ByteBuffer output, int count) =>
        WriteHead(output, count, 0x90, 15, 0, 0xdc, 0xdd);

    public static void WriteText(ByteBuffer output, ReadOnlySpan<byte> text)
    {
        WriteHead(output, text.Length, 0xa0, 31, 0xd9, 0xda, 0xdb);
        output.Write(text);
    }

    public static void WriteNumber(ByteBuffer output, ulong value)
    {
        switch (value)
        {
            case < 0x80:
                output.Write((byte)value);
                break;
            case <= byte.MaxValue:
                output.Write((byte)0xcc);
                output.Write((byte)value);
                break;
            case <= ushort.MaxValue:
                WriteBig(output, 0xcd, value, 2);
                break;
            case <= uint.MaxValue:
                WriteBig(output, 0xce, value, 4);
                break;
            default:
                WriteBig(output, 0xcf, value, 8);
                break;
        }
    }

    /// <summary>Writes what a JSON text says, keys of objects in order of their bytes.</summary>
    public static void WriteJson(ByteBuffer output, ReadOnlyMemory<byte> json)
    {
        using var document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = DepthMax });
        WriteElement(output, document.RootElement);
    }

    private static void WriteElement(ByteBuffer output, JsonElement element)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                var fields = element.EnumerateObject().OrderBy(static field => field.Name, StringComparer.Ordinal)
                    .ToList();
                WriteHead(output, fields.Count, 0x80, 15, 0, 0xde, 0xdf);
                foreach (var field in fields)
                {
                    WriteText(output, Encoding.UTF8.GetBytes(field.Name));
                    WriteElement(output, field.Value);
                }
                break;
            case JsonValueKind.Array:
                WriteArray(output, element.GetArrayLength());
                foreach (var item in element.EnumerateArray())
                {
                    WriteElement(output, item);
                }
                break;
            case JsonValueKind.String:
                WriteText(output, Encoding.UTF8.GetBytes(element.GetString()!));
                break;
            case JsonValueKind.Number:
                WriteNumber(output, element);
                break;
            case JsonValueKind.True or JsonValueKind.False:
                output.Write(element.ValueKind == JsonValueKind.True ? (byte)0xc3 : (byte)0xc2);
                break;
            default:
                output.Write((byte)0xc0);
                break;
        }
    }

    private static void WriteNumber(ByteBuffer output, JsonElement element)
    {
        if (element.TryGetUInt64(out var positive))
        {
            WriteNumber(output, positive);
        }
        else if (element.TryGetInt64(out var negative))
        {
            WriteNegative(output, negative);
        }
        else
        {
            WriteFraction(output, element.GetDouble());
        }
    }

    private static void WriteFraction(ByteBuffer output, double value)
    {
        if ((float)value == value)
        {
            WriteBig(output, 0xca, BitConverter.SingleToUInt32Bits((float)value), 4);
        }
        else
        {
            WriteBig(output, 0xcb, BitConverter.DoubleToUInt64Bits(value), 8);
        }
    }

    private static void WriteNegative(ByteBuffer output, long value)
    {
        switch (value)
        {
            case >= -32:
                output.Write((byte)value);
                break;
            case >= sbyte.MinValue:
                output.Write((byte)0xd0);
                output.Write((byte)value);
                break;
            case >= short.MinValue:
                WriteBig(output, 0xd1, (ulong)value, 2);
                break;
            case >= int.MinValue:
                WriteBig(output, 0xd2, (ulong)value, 4);
                break;
            default:
                WriteBig(output, 0xd3, (ulong)value, 8);
                break;
        }
    }

    /// <summary>Kind and length; zero for a form that the kind does not have.</summary>
    private static void WriteHead(ByteBuffer output, int count, byte small, int smallMax, byte one, byte two, byte four)
    {
        if (count <= smallMax)
        {
            output.Write((byte)(small | count));
        }
        else if (one != 0 && count <= byte.MaxValue)
        {
            output.Write(one);
            output.Write((byte)count);
        }
        else if (count <= ushort.MaxValue)
        {
            WriteBig(output, two, (ulong)count, 2);
        }
        else
        {
            WriteBig(output, four, (ulong)count, 4);
        }
    }

    /// <summary>A number of which the last bytes are written, the highest first.</summary>
    private static void WriteBig(ByteBuffer output, byte kind, ulong value, int bytes)
    {
        Span<byte> all = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64BigEndian(all, value);
        output.Write(kind);
        output.Write(all[(8 - bytes)..]);
    }
}
