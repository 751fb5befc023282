namespace Lateen.Xds.Client;

/// <summary>Tokens for requests: so many at once, then so many a second. Any thread may call.</summary>
internal sealed class RequestBudget(int tokensMax, double perSecond, TimeProvider clock)
{
    private readonly Lock _lock = new();
    private double _tokens = tokensMax;
    private long _filled = clock.GetTimestamp();

    /// <summary>No request can go now.</summary>
    internal bool IsEmpty
    {
        get
        {
            lock (_lock)
            {
                Fill();
                return tokensMax > 0 && _tokens < 1;
            }
        }
    }

    /// <summary>Takes a token; false with the wait until there is one.</summary>
    internal bool TryTake(out TimeSpan wait)
    {
        lock (_lock)
        {
            wait = default;
            Fill();
            if (tokensMax == 0)
            {
                return true;
            }

            if (_tokens < 1)
            {
                wait = TimeSpan.FromSeconds((1 - _tokens) / perSecond) + TimeSpan.FromMilliseconds(1);
                return false;
            }

            _tokens--;
            return true;
        }
    }

    private void Fill()
    {
        var now = clock.GetTimestamp();
        _tokens = Math.Min(tokensMax, _tokens + clock.GetElapsedTime(_filled, now).TotalSeconds * perSecond);
        _filled = now;
    }
}
