using System.Buffers.Binary;
using System.Text;

namespace Lateen.Proxy.Exports;

/// <summary>
/// Writes protobuf fields into a buffer without message objects. Fields with the type's default value are left out, as
/// protobuf does. A nested message is opened, written and closed; its length is put in front of it then.
/// </summary>
internal static class ProtoWriter
{
    private const int VarintBytesMax = 10;
    private const int LengthDelimited = 2;

    public static void WriteVarint(this ByteBuffer output, ulong value)
    {
        var room = output.GetSpan(VarintBytesMax);
        var at = 0;
        while (value >= 0x80)
        {
            room[at++] = (byte)(value | 0x80);
            value >>= 7;
        }

        room[at++] = (byte)value;
        output.Advance(at);
    }

    public static void WriteInt(this ByteBuffer output, int field, long value)
    {
        if (value != 0)
        {
            output.WriteVarint((ulong)field << 3);
            output.WriteVarint((ulong)value);
        }
    }

    public static void WriteBool(this ByteBuffer output, int field, bool value) =>
        output.WriteInt(field, value ? 1 : 0);

    public static void WriteFixed64(this ByteBuffer output, int field, ulong value)
    {
        if (value != 0)
        {
            output.WriteVarint(((ulong)field << 3) | 1);
            WriteRaw64(output, value);
        }
    }

    public static void WriteFixed32(this ByteBuffer output, int field, uint value)
    {
        if (value != 0)
        {
            output.WriteVarint(((ulong)field << 3) | 5);
            BinaryPrimitives.WriteUInt32LittleEndian(output.GetSpan(4), value);
            output.Advance(4);
        }
    }

    public static void WriteDouble(this ByteBuffer output, int field, double value) =>
        output.WriteFixed64(field, BitConverter.DoubleToUInt64Bits(value));

    /// <summary>A double that is written even if it is zero, as in oneofs and optional fields.</summary>
    public static void WriteDoubleAlways(this ByteBuffer output, int field, double value)
    {
        output.WriteVarint(((ulong)field << 3) | 1);
        WriteRaw64(output, BitConverter.DoubleToUInt64Bits(value));
    }

    /// <summary>A fixed64 that is written even if it is zero.</summary>
    public static void WriteFixed64Always(this ByteBuffer output, int field, ulong value)
    {
        output.WriteVarint(((ulong)field << 3) | 1);
        WriteRaw64(output, value);
    }

    public static void WriteBytes(this ByteBuffer output, int field, ReadOnlySpan<byte> value)
    {
        if (!value.IsEmpty)
        {
            output.WriteBytesAlways(field, value);
        }
    }

    /// <summary>Bytes or text that are written even if they are empty.</summary>
    public static void WriteBytesAlways(this ByteBuffer output, int field, ReadOnlySpan<byte> value)
    {
        output.WriteVarint(((ulong)field << 3) | LengthDelimited);
        output.WriteVarint((ulong)value.Length);
        output.Write(value);
    }

    public static void WriteText(this ByteBuffer output, int field, string? value)
    {
        if (!string.IsNullOrEmpty(value))
        {
            output.WriteVarint(((ulong)field << 3) | LengthDelimited);
            output.WriteVarint((ulong)Encoding.UTF8.GetByteCount(value));
            output.Write(value);
        }
    }

    /// <summary>Begins a nested message; the result goes to <see cref="Close"/>.</summary>
    public static int Open(this ByteBuffer output, int field)
    {
        output.WriteVarint(((ulong)field << 3) | LengthDelimited);
        return output.Length;
    }

    /// <summary>Ends a nested message: its bytes make room for their length.</summary>
    public static void Close(this ByteBuffer output, int mark)
    {
        var length = output.Length - mark;
        var size = SizeOf((ulong)length);
        output.GetSpan(size);
        output.Advance(size);
        var all = output.WrittenSpan;
        all.Slice(mark, length).CopyTo(all[(mark + size)..]);
        for (var i = 0; i < size; i++)
        {
            all[mark + i] = (byte)((length >> (7 * i)) & 0x7F | (i < size - 1 ? 0x80 : 0));
        }
    }

    private static int SizeOf(ulong value)
    {
        var size = 1;
        while (value >= 0x80)
        {
            value >>= 7;
            size++;
        }

        return size;
    }

    /// <summary>Eight bytes without a field, for packed lists.</summary>
    public static void WriteRaw64(this ByteBuffer output, ulong value)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(output.GetSpan(8), value);
        output.Advance(8);
    }
}
