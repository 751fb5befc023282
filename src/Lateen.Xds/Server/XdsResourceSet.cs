using System.Globalization;

namespace Lateen.Xds.Server;

/// <summary>
/// Resources held ready, with a bounded log of what changed lately, so that a stream that keeps up pays for changes
/// only. Changed through <see cref="XdsPush"/>.
/// </summary>
public sealed class XdsResourceSet(string typeUrl) : IXdsResources
{
    /// <summary>Names that the log remembers at least; a stream further behind compares everything.</summary>
    private const int LogNamesMax = 4096;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, XdsResource> _resources = new(StringComparer.Ordinal);
    private readonly HashSet<IXdsObserver> _observers = [];
    private readonly List<(long Revision, string Name)> _log = [];
    private long _logStart;
    private long _revision;

    /// <summary>Type of the resources.</summary>
    public string TypeUrl { get; } = typeUrl;

    /// <inheritdoc/>
    public long Revision => Volatile.Read(ref _revision);

    /// <inheritdoc/>
    public string Version => Revision.ToString(CultureInfo.InvariantCulture);

    /// <summary>How many resources.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _resources.Count;
            }
        }
    }

    /// <inheritdoc/>
    public XdsResource? Find(string name)
    {
        lock (_lock)
        {
            return _resources.GetValueOrDefault(name);
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<XdsResource> GetAll()
    {
        lock (_lock)
        {
            return [.. _resources.Values];
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<string> GetNames()
    {
        lock (_lock)
        {
            return [.. _resources.Keys];
        }
    }

    /// <inheritdoc/>
    public bool TryGetChanges(long sinceRevision, ICollection<string> names)
    {
        lock (_lock)
        {
            if (sinceRevision < _logStart)
            {
                return false;
            }

            for (var i = _log.Count - 1; i >= 0 && _log[i].Revision > sinceRevision; i--)
            {
                names.Add(_log[i].Name);
            }

            return true;
        }
    }

    /// <inheritdoc/>
    public void Attach(IXdsObserver observer)
    {
        lock (_lock)
        {
            _observers.Add(observer);
        }
    }

    /// <inheritdoc/>
    public void Detach(IXdsObserver observer)
    {
        lock (_lock)
        {
            _observers.Remove(observer);
        }
    }

    /// <summary>Puts resources in; those of an equal version are no change. Tells nobody yet.</summary>
    internal void Upsert(IEnumerable<XdsResource> resources)
    {
        lock (_lock)
        {
            var revision = _revision + 1;
            foreach (var resource in resources)
            {
                if (_resources.TryGetValue(resource.Name, out var old) && old.Version == resource.Version)
                {
                    continue;
                }

                _resources[resource.Name] = resource;
                Log(revision, resource.Name);
            }
        }
    }

    /// <summary>Takes resources out. Tells nobody yet.</summary>
    internal void Remove(IEnumerable<string> names)
    {
        lock (_lock)
        {
            var revision = _revision + 1;
            foreach (var name in names)
            {
                if (_resources.Remove(name))
                {
                    Log(revision, name);
                }
            }
        }
    }

    internal void AddObservers(HashSet<IXdsObserver> observers)
    {
        lock (_lock)
        {
            observers.UnionWith(_observers);
        }
    }

    private void Log(long revision, string name)
    {
        Volatile.Write(ref _revision, revision);
        _log.Add((revision, name));
        if (_log.Count > 2 * LogNamesMax)
        {
            // All entries of a revision count as lost with its first one.
            _logStart = _log[LogNamesMax - 1].Revision;
            _log.RemoveRange(0, LogNamesMax);
        }
    }
}
