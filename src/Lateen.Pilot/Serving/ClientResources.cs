using Lateen.Pilot.Model;
using Lateen.Xds.Server;

namespace Lateen.Pilot.Serving;

/// <summary>Shared resources as one client gets them: templates are filled with its names when they are
/// asked for.</summary>
internal sealed class ClientResources(IXdsResources shared, ClientNames client) : IXdsResources
{
    public long Revision => shared.Revision;

    public string Version => shared.Version;

    public XdsResource? Find(string name) => shared.Find(name) is { } resource ? For(resource) : null;

    public IReadOnlyList<XdsResource> GetAll() => [.. shared.GetAll().Select(For)];

    public IReadOnlyList<string> GetNames() => shared.GetNames();

    public bool TryGetChanges(long sinceRevision, ICollection<string> names)
        => shared.TryGetChanges(sinceRevision, names);

    public void Attach(IXdsObserver observer) => shared.Attach(observer);

    public void Detach(IXdsObserver observer) => shared.Detach(observer);

    private XdsResource For(XdsResource resource)
        => resource is ClientTemplate template ? template.For(client) : resource;
}
