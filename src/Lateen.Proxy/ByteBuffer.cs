using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Lateen.Proxy;

/// <summary>A byte buffer that grows and is reused; the scratch paper of one thread.</summary>
/// <param name="capacity">Bytes at first.</param>
/// <param name="retainedBytesMax">What <see cref="Clear"/> keeps at most; more is given back.</param>
internal sealed class ByteBuffer(int capacity = 256, int retainedBytesMax = 64 * 1024)
{

    private byte[] _bytes = new byte[capacity];

    public int Length { get; private set; }

    public ReadOnlySpan<byte> Written => _bytes.AsSpan(0, Length);

    /// <summary>What was written, to be changed in place.</summary>
    public Span<byte> WrittenSpan => _bytes.AsSpan(0, Length);

    public void Clear()
    {
        Length = 0;
        if (_bytes.Length > retainedBytesMax)
        {
            _bytes = new byte[256];
        }
    }

    /// <summary>Shortens to a length that it had before.</summary>
    public void Truncate(int length) => Length = Math.Min(Length, length);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Write(byte value)
    {
        if (Length == _bytes.Length)
        {
            Grow(1);
        }
        _bytes[Length++] = value;
    }

    public void Write(ReadOnlySpan<byte> value)
    {
        var room = GetSpan(value.Length);
        if (value.Length < sizeof(ulong))
        {
            WriteShort(ref MemoryMarshal.GetReference(room), ref MemoryMarshal.GetReference(value), value.Length);
        }
        else
        {
            value.CopyTo(room);
        }
        Length += value.Length;
    }

    /// <summary>Writes a text as UTF-8.</summary>
    public void Write(ReadOnlySpan<char> value)
    {
        var room = GetSpan(value.Length * 3);
        Length += System.Text.Encoding.UTF8.GetBytes(value, room);
    }

    public void Write(long value)
    {
        var room = GetSpan(DecimalText.BytesMax);
        if ((ulong)value <= uint.MaxValue)
        {
            Length += DecimalText.Write(room, (uint)value);
            return;
        }
        value.TryFormat(room, out var written);
        Length += written;
    }

    /// <summary>Room for <paramref name="size"/> bytes; <see cref="Advance"/> tells how many were used.</summary>
    public Span<byte> GetSpan(int size)
    {
        if (_bytes.Length - Length < size)
        {
            Grow(size);
        }
        return _bytes.AsSpan(Length);
    }

    public void Advance(int count) => Length += count;

    public byte[] ToArray() => Written.ToArray();

    public override string ToString() => System.Text.Encoding.UTF8.GetString(Written);

    /// <summary>Copies less than eight bytes: what lies in the middle is copied twice, so that there is no
    /// loop.</summary>
    private static void WriteShort(ref byte room, ref byte value, int length)
    {
        if (length >= sizeof(uint))
        {
            var last = length - sizeof(uint);
            var tail = Unsafe.ReadUnaligned<uint>(ref Unsafe.Add(ref value, last));
            Unsafe.WriteUnaligned(ref room, Unsafe.ReadUnaligned<uint>(ref value));
            Unsafe.WriteUnaligned(ref Unsafe.Add(ref room, last), tail);
        }
        else if (length > 0)
        {
            Unsafe.Add(ref room, length / 2) = Unsafe.Add(ref value, length / 2);
            Unsafe.Add(ref room, length - 1) = Unsafe.Add(ref value, length - 1);
            room = value;
        }
    }

    private void Grow(int size) => Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, Length + size));
}
