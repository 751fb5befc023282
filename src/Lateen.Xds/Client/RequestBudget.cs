namespace Lateen.Xds.Client;

/// <summary>Tokens for requests: so many at once, then so many a second.</summary>
internal sealed class RequestBudget(int tokensMax, double perSecond, TimeProvider clock)
{
    private double _tokens = tokensMax;
    private long _filled = clock.GetTimestamp();

    /// <summary>Takes a token; false with the wait until there is one.</summary>
    internal bool TryTake(out TimeSpan wait)
    {
        wait = default;
        if (tokensMax == 0)
        {
            return true;
        }

        var now = clock.GetTimestamp();
        _tokens = Math.Min(tokensMax, _tokens + clock.GetElapsedTime(_filled, now).TotalSeconds * perSecond);
        _filled = now;
        if (_tokens < 1)
        {
            wait = TimeSpan.FromSeconds((1 - _tokens) / perSecond) + TimeSpan.FromMilliseconds(1);
            return false;
        }

        _tokens--;
        return true;
    }
}
