using Lateen.Xds.Server;

namespace Lateen.Pilot.Serving;

/// <summary>
/// Two sets as one: what many groups share and what one group has for itself. The revision carries both, the shared one
/// in the upper half; each grows, so the whole does.
/// </summary>
internal sealed class CompositeResources(IXdsResources shared, IXdsResources own) : IXdsResources
{
    private const int OwnBits = 32;
    private const long OwnMask = (1L << OwnBits) - 1;

    public long Revision => (shared.Revision << OwnBits) | (own.Revision & OwnMask);

    public string Version => $"{shared.Version}.{own.Version}";

    public XdsResource? Find(string name) => own.Find(name) ?? shared.Find(name);

    public IReadOnlyList<XdsResource> GetAll() => [.. shared.GetAll(), .. own.GetAll()];

    public IReadOnlyList<string> GetNames() => [.. shared.GetNames(), .. own.GetNames()];

    public bool TryGetChanges(long sinceRevision, ICollection<string> names)
        => shared.TryGetChanges(sinceRevision >> OwnBits, names) && own.TryGetChanges(sinceRevision & OwnMask, names);

    public void Attach(IXdsObserver observer)
    {
        shared.Attach(observer);
        own.Attach(observer);
    }

    public void Detach(IXdsObserver observer)
    {
        shared.Detach(observer);
        own.Detach(observer);
    }
}
