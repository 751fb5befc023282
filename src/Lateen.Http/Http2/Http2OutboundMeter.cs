namespace Lateen.Http.Http2;

/// <summary>Counts frames that were written and have not left yet, by where in the output they end.</summary>
internal sealed class Http2OutboundMeter(int countMax)
{
    private long[] _ends = [];
    private int _first;

    internal int Count { get; private set; }

    /// <summary>A frame ends at <paramref name="end"/> and <paramref name="sent"/> bytes have left. False when there
    /// are too many.</summary>
    internal bool TryAdd(long end, long sent)
    {
        Drop(sent);
        if (Count > countMax)
        {
            return false;
        }

        if (Count == _ends.Length)
        {
            Grow();
        }

        _ends[(_first + Count) & (_ends.Length - 1)] = end;
        Count++;
        return Count <= countMax;
    }

    internal void Drop(long sent)
    {
        while (Count > 0 && _ends[_first] <= sent)
        {
            _first = (_first + 1) & (_ends.Length - 1);
            Count--;
        }
    }

    private void Grow()
    {
        var grown = new long[Math.Max(16, _ends.Length * 2)];
        for (var i = 0; i < Count; i++)
        {
            grown[i] = _ends[(_first + i) & (_ends.Length - 1)];
        }

        _ends = grown;
        _first = 0;
    }
}
