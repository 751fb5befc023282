namespace Lateen.Xds.Client;

/// <summary>Waits between attempts: exponential with full jitter, as Envoy's streams do.</summary>
internal sealed class ReconnectBackoff(TimeSpan first, TimeSpan max, Random random)
{
    private readonly TimeSpan _first = first;
    private TimeSpan _bound = first;

    /// <summary>The next wait.</summary>
    internal TimeSpan Next()
    {
        var wait = _bound * random.NextDouble();
        _bound = _bound * 2 < max ? _bound * 2 : max;
        return wait;
    }

    /// <summary>A stream delivered something: the next failure starts small again.</summary>
    internal void Reset() => _bound = _first;
}
