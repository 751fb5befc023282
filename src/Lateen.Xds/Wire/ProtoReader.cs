using System.Text;

namespace Lateen.Xds.Wire;

/// <summary>
/// Walks the fields of an encoded message without decoding it into objects, so that a response of many resources costs
/// its bytes and no more. Bad bytes end the walk with <see cref="IsBroken"/>.
/// </summary>
internal ref struct ProtoReader(ReadOnlySpan<byte> bytes)
{
    private const int Varint = 0;
    private const int Fixed64 = 1;
    private const int LengthDelimited = 2;
    private const int Fixed32 = 5;

    private readonly ReadOnlySpan<byte> _bytes = bytes;
    private int _position;

    /// <summary>Whether the bytes are no message.</summary>
    internal bool IsBroken { get; private set; }

    /// <summary>Number of the present field.</summary>
    internal int Field { get; private set; }

    /// <summary>Whether the present field has bytes: a string, bytes or a message.</summary>
    internal bool IsLengthDelimited { get; private set; }

    /// <summary>Where the present field's bytes are.</summary>
    internal Range Range { get; private set; }

    /// <summary>The present field's bytes.</summary>
    internal readonly ReadOnlySpan<byte> Bytes => _bytes[Range];

    /// <summary>The present field's bytes as text.</summary>
    internal readonly string Text => Encoding.UTF8.GetString(Bytes);

    /// <summary>Goes to the next field; false at the end or where the bytes are broken.</summary>
    internal bool MoveNext()
    {
        if (_position >= _bytes.Length || !TryReadVarint(out var tag))
        {
            return false;
        }

        Field = (int)(tag >> 3);
        IsLengthDelimited = false;
        Range = default;
        switch (tag & 7)
        {
            case Varint:
                return TryReadVarint(out _);
            case Fixed64:
                return TrySkip(8);
            case Fixed32:
                return TrySkip(4);
            case LengthDelimited when TryReadVarint(out var length):
                IsLengthDelimited = true;
                var start = _position;
                Range = start..(start + (int)Math.Min(length, int.MaxValue - (ulong)start));
                return TrySkip(length);
            default:
                IsBroken = true;
                return false;
        }
    }

    private bool TrySkip(ulong count)
    {
        if (count > (ulong)(_bytes.Length - _position))
        {
            IsBroken = true;
            return false;
        }

        _position += (int)count;
        return true;
    }

    private bool TryReadVarint(out ulong value)
    {
        value = 0;
        for (var shift = 0; shift < 64 && _position < _bytes.Length; shift += 7)
        {
            var b = _bytes[_position++];
            value |= (ulong)(b & 0x7F) << shift;
            if (b < 0x80)
            {
                return true;
            }
        }

        IsBroken = true;
        return false;
    }
}
