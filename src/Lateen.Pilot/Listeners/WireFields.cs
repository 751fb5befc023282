namespace Lateen.Pilot.Listeners;

/// <summary>
/// The length-delimited fields of an encoded message that we made ourselves, with their places; others are passed over.
/// </summary>
internal ref struct WireFields(ReadOnlySpan<byte> body, int start, int end)
{
    private const int VarintType = 0;
    private const int Fixed64Type = 1;
    private const int LengthType = 2;

    private readonly ReadOnlySpan<byte> _body = body;
    private int _at = start;

    /// <summary>The field that was found last.</summary>
    public Field Current { get; private set; }

    /// <summary>For loops.</summary>
    public readonly WireFields GetEnumerator() => this;

    /// <summary>Looks for the next one.</summary>
    public bool MoveNext()
    {
        while (_at < end)
        {
            var tag = (int)ReadVarint();
            switch (tag & 7)
            {
                case VarintType:
                    ReadVarint();
                    break;
                case Fixed64Type:
                    _at += sizeof(ulong);
                    break;
                case LengthType:
                    var lengthAt = _at;
                    var length = (int)ReadVarint();
                    Current = new Field(tag >> 3, lengthAt, _at, _at + length);
                    _at += length;
                    return true;
                default:
                    _at += sizeof(uint);
                    break;
            }
        }
        return false;
    }

    private ulong ReadVarint()
    {
        var value = 0UL;
        for (var shift = 0; ; shift += 7)
        {
            var next = _body[_at++];
            value |= (ulong)(next & 0x7f) << shift;
            if (next < 0x80)
            {
                return value;
            }
        }
    }

    /// <summary>A field and where it stands.</summary>
    /// <param name="Number">Its number.</param>
    /// <param name="LengthAt">Where its length begins.</param>
    /// <param name="Start">Where its content begins.</param>
    /// <param name="End">Where its content ends.</param>
    public readonly record struct Field(int Number, int LengthAt, int Start, int End);
}
