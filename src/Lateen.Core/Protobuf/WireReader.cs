using System.Text;

namespace Lateen.Core.Protobuf;

/// <summary>Reads protobuf's wire format out of bytes that stay where they are.</summary>
internal ref struct WireReader(ReadOnlySpan<byte> bytes)
{
    public const int Varint = 0, Fixed64 = 1, Delimited = 2, Group = 3, Fixed32 = 5;
    private const int GroupEnd = 4, GroupDepthMax = 100;
    private ReadOnlySpan<byte> _rest = bytes;

    public readonly bool IsAtEnd => _rest.IsEmpty;

    /// <summary>Reads a field's number and wire type; false at the end.</summary>
    /// <exception cref="MalformedMessageException">The bytes are no message.</exception>
    public bool TryReadTag(out int number, out int wireType)
    {
        var isAtEnd = _rest.IsEmpty;
        var tag = isAtEnd ? 0 : ReadVarint();
        number = (int)(tag >> 3);
        wireType = (int)(tag & 7);
        return number > 0 || (isAtEnd ? false : throw Malformed());
    }

    public ulong ReadVarint()
    {
        ulong result = 0;
        for (var shift = 0; shift < 64; shift += 7)
        {
            if (_rest.IsEmpty)
            {
                break;
            }

            var b = _rest[0];
            _rest = _rest[1..];
            result |= (ulong)(b & 0x7F) << shift;
            if (b < 0x80)
            {
                return result;
            }
        }

        throw Malformed();
    }

    public int ReadInt() => (int)ReadVarint();

    public ReadOnlySpan<byte> ReadBytes() => Take(ReadVarint());

    public string ReadString() => Encoding.UTF8.GetString(ReadBytes());

    /// <summary>The bytes of a value whose tag was read: content of what is delimited, else the number's own
    /// bytes; empty for a group, which nothing in the API is.</summary>
    public ReadOnlySpan<byte> ReadValue(int wireType) => ReadValue(wireType, 0);

    private ReadOnlySpan<byte> ReadValue(int wireType, int depth)
    {
        switch (wireType)
        {
            case Varint:
                var start = _rest;
                ReadVarint();
                return start[..^_rest.Length];
            case Fixed64:
                return Take(8);
            case Fixed32:
                return Take(4);
            case Delimited:
                return ReadBytes();
            case Group when depth < GroupDepthMax:
                SkipGroup(depth);
                return default;
            default:
                throw Malformed();
        }
    }

    private void SkipGroup(int depth)
    {
        while (TryReadTag(out _, out var wireType))
        {
            if (wireType == GroupEnd)
            {
                return;
            }

            ReadValue(wireType, depth + 1);
        }

        throw Malformed();
    }

    private ReadOnlySpan<byte> Take(ulong length)
    {
        if (length > (ulong)_rest.Length)
        {
            throw Malformed();
        }

        var taken = _rest[..(int)length];
        _rest = _rest[(int)length..];
        return taken;
    }

    private static MalformedMessageException Malformed() => new();
}
