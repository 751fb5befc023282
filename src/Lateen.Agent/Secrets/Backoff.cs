namespace Lateen.Agent.Secrets;

/// <summary>
/// Growing pauses between attempts: each up to half more or less than its bound, so that many agents do not come at
/// once.
/// </summary>
internal sealed class Backoff
{
    private const double Growth = 1.5;
    private readonly TimeSpan _first;
    private readonly TimeSpan _max;
    private readonly Random _random;
    private TimeSpan _next;

    public Backoff(TimeSpan first, TimeSpan max, Random random)
    {
        _first = first;
        _max = max;
        _random = random;
        _next = first;
    }

    public TimeSpan Next()
    {
        double spread;
        lock (_random)
        {
            spread = 0.5 + _random.NextDouble();
        }
        var pause = _next * spread;
        _next = _next * Growth < _max ? _next * Growth : _max;
        return pause;
    }

    public void Reset() => _next = _first;
}
