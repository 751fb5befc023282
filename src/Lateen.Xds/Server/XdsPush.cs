namespace Lateen.Xds.Server;

/// <summary>
/// One change of any number of resource sets, published together: a stream that wakes sees all of it. Not for several
/// threads at once.
/// </summary>
public sealed class XdsPush
{
    private readonly List<(XdsResourceSet Set, IReadOnlyCollection<XdsResource> Upserts,
        IReadOnlyCollection<string> Removals)>
        _changes = [];

    /// <summary>Adds changes of one set.</summary>
    public void Add(
        XdsResourceSet set, IReadOnlyCollection<XdsResource> upserts, IReadOnlyCollection<string>? removals = null) =>
        _changes.Add((set, upserts, removals ?? []));

    /// <summary>
    /// Makes the set hold exactly these resources: those that are missing are removed. Costs the size of the set.
    /// </summary>
    public void Replace(XdsResourceSet set, IReadOnlyCollection<XdsResource> resources)
    {
        var names = resources.Select(resource => resource.Name).ToHashSet(StringComparer.Ordinal);
        Add(set, resources, [.. set.GetAll().Select(resource => resource.Name).Where(name => !names.Contains(name))]);
    }

    /// <summary>Applies all changes and wakes the streams, each once. The push is empty afterwards.</summary>
    public void Publish()
    {
        // A stream may look at any moment: what others refer to comes first and goes last.
        foreach (var change in _changes.OrderBy(change => TypeUrls.PushOrder(change.Set.TypeUrl)))
        {
            change.Set.Upsert(change.Upserts);
        }

        foreach (var change in _changes.OrderByDescending(change => TypeUrls.PushOrder(change.Set.TypeUrl)))
        {
            change.Set.Remove(change.Removals);
        }

        var observers = new HashSet<IXdsObserver>();
        foreach (var change in _changes)
        {
            change.Set.AddObservers(observers);
        }

        _changes.Clear();
        foreach (var observer in observers)
        {
            observer.OnResourcesChanged();
        }
    }
}
