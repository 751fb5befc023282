namespace Lateen.Proxy.Pacing;

/// <summary>Requests and successes of one worker over the last seconds, in slots of a second.</summary>
internal sealed class AdmissionWindow(int seconds)
{
    private readonly Queue<(long Second, int Total, int Good)> _slots = new();
    private (long Second, int Total, int Good) _current;
    private int _total;
    private int _good;

    public int Total => _total;

    public int Good => _good;

    public void Record(bool isGood, long nowNanos)
    {
        Forget(nowNanos);
        _current.Total++;
        _current.Good += isGood ? 1 : 0;
        _total++;
        _good += isGood ? 1 : 0;
    }

    /// <summary>Drops what is older than the window.</summary>
    public void Forget(long nowNanos)
    {
        var second = nowNanos / 1_000_000_000;
        if (_current.Second != second)
        {
            if (_current.Total > 0)
            {
                _slots.Enqueue(_current);
            }
            _current = (second, 0, 0);
        }
        while (_slots.TryPeek(out var oldest) && second - oldest.Second >= seconds)
        {
            _slots.Dequeue();
            _total -= oldest.Total;
            _good -= oldest.Good;
        }
    }

    /// <summary>The share of requests to be refused.</summary>
    public double RejectionShare(double threshold, double aggression, double shareMax)
    {
        var share = (_total - (_good / threshold)) / (_total + 1);
        if (share <= 0)
        {
            return 0;
        }
        return Math.Min(aggression == 1 ? share : Math.Pow(share, 1 / aggression), shareMax);
    }
}
