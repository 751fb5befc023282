using Lateen.Proxy.Listeners;

namespace Lateen.Proxy.Config;

/// <summary>
/// Listeners that are out of force: what they wanted by discovery they want until their drain time is over. Under the
/// configuration's lock.
/// </summary>
internal sealed class ListenerDrains(TimeProvider clock, TimeSpan drainTime)
{
    /// <summary>Beyond them the oldest are given up early.</summary>
    private const int CountMax = 256;

    /// <summary>Timers and the clock may differ by so much.</summary>
    private static readonly TimeSpan Slack = TimeSpan.FromMilliseconds(50);

    private readonly List<(Listener Listener, ResourceVersion? Source, DateTimeOffset Until)> _entries = [];

    /// <summary>All that drain now.</summary>
    public IEnumerable<Listener> Listeners
    {
        get
        {
            DropOver();
            return _entries.Select(entry => entry.Listener);
        }
    }

    /// <summary>Those that drain as a whole, oldest first, with what they were made of.</summary>
    public IReadOnlyList<(Listener Listener, ResourceVersion Source)> Shown
    {
        get
        {
            DropOver();
            return [.. _entries.Where(entry => entry.Source is not null)
                .Select(entry => (entry.Listener, entry.Source!))];
        }
    }

    /// <summary>A listener drains.</summary>
    /// <param name="listener">The one that is out of force.</param>
    /// <param name="source">Null: only chains of it drain.</param>
    public void Add(Listener listener, ResourceVersion? source)
    {
        DropOver();
        if (_entries.Count == CountMax)
        {
            _entries.RemoveAt(0);
        }
        _entries.Add((listener, source, clock.GetUtcNow() + drainTime));
    }

    private void DropOver()
    {
        var now = clock.GetUtcNow() + Slack;
        _entries.RemoveAll(entry => entry.Until <= now);
    }
}
