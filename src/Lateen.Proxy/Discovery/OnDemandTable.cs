namespace Lateen.Proxy.Discovery;

/// <summary>
/// Resources that requests wait for: clusters and virtual hosts that nobody knew of before. What was asked for once
/// stays subscribed. Any thread may call.
/// </summary>
internal sealed class OnDemandTable
{
    /// <summary>Names kept at most; further ones are answered as if they did not exist.</summary>
    private const int NamesMax = 10_000;

    private readonly Lock _lock = new();
    private readonly Dictionary<(string TypeUrl, string Key), Entry> _entries = [];

    /// <summary>Raised when a name is asked for that was not before.</summary>
    public event Action? Asked;

    /// <summary>
    /// Asks for a resource; <paramref name="done"/> is called once, from any thread, when it is there or known not to
    /// be, perhaps within this call.
    /// </summary>
    /// <param name="typeUrl">The type.</param>
    /// <param name="name">The name.</param>
    /// <param name="source">Where it comes from.</param>
    /// <param name="statPrefix">Below which its subscription counts.</param>
    /// <param name="done">Called at the end.</param>
    /// <param name="isKept">False: others see to the subscription, and it may end.</param>
    public void Ask(
        string typeUrl, string name, DiscoverySource source, string statPrefix, Action done, bool isKept = true)
    {
        var isNew = false;
        lock (_lock)
        {
            var key = (typeUrl, source.Scope(name));
            if (!_entries.TryGetValue(key, out var entry) && _entries.Count < NamesMax)
            {
                entry = new Entry(new WantedResource(typeUrl, name, source, statPrefix), isKept);
                _entries.Add(key, entry);
                isNew = true;
            }
            if (entry is { IsAnswered: false })
            {
                entry.Waiting.Add(done);
                done = static () => { };
            }
        }
        done();
        if (isNew)
        {
            ThreadPool.QueueUserWorkItem(_ => Asked?.Invoke());
        }
    }

    /// <summary>A resource has come, or is known not to exist.</summary>
    public void Answer(string typeUrl, string key)
    {
        List<Action> waiting;
        lock (_lock)
        {
            if (!_entries.TryGetValue((typeUrl, key), out var entry))
            {
                return;
            }
            entry.IsAnswered = true;
            waiting = [.. entry.Waiting];
            entry.Waiting.Clear();
            if (!entry.IsKept)
            {
                _entries.Remove((typeUrl, key));
            }
        }
        foreach (var done in waiting)
        {
            done();
        }
    }

    /// <summary>A resource has gone: who needs it waits again.</summary>
    public void Forget(string typeUrl, string key)
    {
        lock (_lock)
        {
            if (_entries.TryGetValue((typeUrl, key), out var entry))
            {
                entry.IsAnswered = false;
            }
        }
    }

    /// <summary>What requests of a type wait for now.</summary>
    public IReadOnlyList<WantedResource> Unanswered(string typeUrl)
    {
        lock (_lock)
        {
            return _entries.Count == 0 ? [] : [.. _entries.Values
                .Where(entry => !entry.IsAnswered && entry.Resource.TypeUrl == typeUrl)
                .Select(entry => entry.Resource)];
        }
    }

    /// <summary>Adds all that was asked for.</summary>
    public void AddWanted(List<WantedResource> wanted)
    {
        lock (_lock)
        {
            wanted.AddRange(_entries.Values.Where(entry => entry.IsKept).Select(entry => entry.Resource));
        }
    }

    private sealed class Entry(WantedResource resource, bool isKept)
    {
        public bool IsKept { get; } = isKept;

        public WantedResource Resource { get; } = resource;

        public List<Action> Waiting { get; } = [];

        public bool IsAnswered { get; set; }
    }
}
