namespace Lateen.Proxy.Config;

/// <summary>Finds where in a text the bytes at a place stand earlier: places whose first four bytes hash alike are
/// chained, the latest first.</summary>
internal sealed class RunTable
{
    private readonly byte[] _text;
    private readonly int _bits;
    private readonly int _candidatesMax;
    // Places plus one; zero: none.
    private readonly int[] _latest;
    private readonly int[] _earlier;

    /// <param name="text">What is looked through.</param>
    /// <param name="bitsMin">Of the table, at least.</param>
    /// <param name="bitsMax">At most.</param>
    /// <param name="candidatesMax">Places that are looked at for one run.</param>
    public RunTable(byte[] text, int bitsMin, int bitsMax, int candidatesMax)
    {
        _text = text;
        _candidatesMax = candidatesMax;
        _bits = Math.Clamp(32 - int.LeadingZeroCount(text.Length / 2), bitsMin, bitsMax);
        _latest = new int[1 << _bits];
        _earlier = new int[text.Length];
    }

    /// <summary>From now on runs may come from this place.</summary>
    public void Add(int at)
    {
        if (at + sizeof(uint) > _text.Length)
        {
            return;
        }
        ref var latest = ref _latest[Hash(at)];
        _earlier[at] = latest;
        latest = at + 1;
    }

    /// <summary>The longest run at an earlier place that has been added; zero bytes: none.</summary>
    public (int From, int Length) FindLongest(int at)
    {
        var (from, length) = (-1, 0);
        var here = _text.AsSpan(at);
        var place = _latest[Hash(at)];
        for (var i = 0; i < _candidatesMax && place > 0; i++, place = _earlier[place - 1])
        {
            var common = _text.AsSpan(place - 1).CommonPrefixLength(here);
            if (common > length)
            {
                (from, length) = (place - 1, common);
            }
        }
        return (from, length);
    }

    private int Hash(int at) => (int)((BitConverter.ToUInt32(_text, at) * 2654435761) >> (32 - _bits));
}
