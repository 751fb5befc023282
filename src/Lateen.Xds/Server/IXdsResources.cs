namespace Lateen.Xds.Server;

/// <summary>
/// The resources of one type as a group of proxies sees them, shared by their streams. <see cref="XdsResourceSet"/>
/// holds them ready; an owner that makes them when first asked implements this itself. Any thread may call.
/// </summary>
public interface IXdsResources
{
    /// <summary>Grows with every change.</summary>
    long Revision { get; }

    /// <summary>Version text of the whole, for people and for state-of-the-world responses.</summary>
    string Version { get; }

    /// <summary>The resource of a name, or null where there is none.</summary>
    XdsResource? Find(string name);

    /// <summary>What a wildcard subscription gets: all resources.</summary>
    IReadOnlyList<XdsResource> GetAll();

    /// <summary>The names of all resources.</summary>
    IReadOnlyList<string> GetNames();

    /// <summary>
    /// Adds the names added, changed or removed after a revision; a name too many does no harm. False where that is not
    /// known any more; the stream then compares everything.
    /// </summary>
    bool TryGetChanges(long sinceRevision, ICollection<string> names);

    /// <summary>Starts telling an observer of changes.</summary>
    void Attach(IXdsObserver observer);

    /// <summary>Stops telling it.</summary>
    void Detach(IXdsObserver observer);
}
