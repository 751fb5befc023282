using System.Buffers.Binary;
using System.Text;

namespace Lateen.Core.Protobuf;

/// <summary>Writes protobuf's wire format into a buffer that grows.</summary>
internal sealed class WireWriter
{
    private byte[] _bytes = new byte[64];

    public int Length { get; private set; }

    public ReadOnlySpan<byte> Written => _bytes.AsSpan(0, Length);

    public void WriteTag(int number, int wireType) => WriteVarint(((ulong)number << 3) | (uint)wireType);

    public void WriteVarint(ulong value)
    {
        var target = Room(10);
        while (value >= 0x80)
        {
            target[0] = (byte)(value | 0x80);
            target = target[1..];
            value >>= 7;
            Length++;
        }

        target[0] = (byte)value;
        Length++;
    }

    public void WriteFixed32(uint value)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(Room(4), value);
        Length += 4;
    }

    public void WriteFixed64(ulong value)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(Room(8), value);
        Length += 8;
    }

    public void Write(ReadOnlySpan<byte> value)
    {
        value.CopyTo(Room(value.Length));
        Length += value.Length;
    }

    /// <summary>The bytes with their length in front.</summary>
    public void WriteDelimited(ReadOnlySpan<byte> value)
    {
        WriteVarint((ulong)value.Length);
        Write(value);
    }

    public void WriteDelimited(string value)
    {
        var length = Encoding.UTF8.GetByteCount(value);
        WriteVarint((ulong)length);
        Encoding.UTF8.GetBytes(value, Room(length));
        Length += length;
    }

    /// <summary>A value with its field's tag in front.</summary>
    public bool WriteField(FieldSchema field, WireWriter value)
    {
        WriteTag(field.Number, field.WireType);
        Write(value.Written);
        return true;
    }

    /// <summary>A number that is not floating, without a tag; of unsigned ones of 64 bits, the bits.</summary>
    public void WriteNumber(FieldSchema field, long value)
    {
        switch (field.WireType)
        {
            case WireReader.Fixed64:
                WriteFixed64((ulong)value);
                break;
            case WireReader.Fixed32:
                WriteFixed32((uint)value);
                break;
            default:
                var isZigZag = field.Kind is FieldKind.SInt32 or FieldKind.SInt64;
                WriteVarint((ulong)(isZigZag ? (value << 1) ^ (value >> 63) : value));
                break;
        }
    }

    /// <summary>A floating number without a tag.</summary>
    public void WriteFloating(FieldSchema field, double value)
    {
        if (field.Kind == FieldKind.Double)
        {
            WriteFixed64(BitConverter.DoubleToUInt64Bits(value));
        }
        else
        {
            WriteFixed32(BitConverter.SingleToUInt32Bits((float)value));
        }
    }

    private Span<byte> Room(int length)
    {
        if (_bytes.Length - Length < length)
        {
            Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, Length + length));
        }

        return _bytes.AsSpan(Length);
    }
}
