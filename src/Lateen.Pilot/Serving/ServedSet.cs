using Lateen.Pilot.Graph;
using Lateen.Xds.Server;

namespace Lateen.Pilot.Serving;

/// <summary>One part as it is served: the last result, and the set that streams read. Owned by the graph's
/// thread.</summary>
internal sealed class ServedSet : IDisposable
{
    private readonly ResourcePart _part;
    private readonly Observation _observation;
    private Dictionary<string, XdsResource> _current = [];
    private EquatableArray<XdsResource> _last;

    public ServedSet(ResourcePart part)
    {
        _part = part;
        Resources = new XdsResourceSet(part.TypeUrl);
        _observation = part.Observe();
        _observation.State = this;
    }

    public ResourcePart Part => _part;

    public XdsResourceSet Resources { get; }

    /// <summary>How many proxies have it.</summary>
    public int References { get; set; }

    /// <summary>What is missing, and why.</summary>
    public EquatableArray<string> Problems { get; private set; }

    /// <summary>Brings the set up to date within a push. Returns how many resources changed or went.</summary>
    public int Refresh(QueryContext context, XdsPush push)
    {
        var list = _part.Read(context);
        Problems = list.Problems;
        if (list.Resources.Items == _last.Items)
        {
            return 0;
        }
        _last = list.Resources;
        var upserts = new List<XdsResource>();
        var next = new Dictionary<string, XdsResource>(list.Resources.Count, StringComparer.Ordinal);
        foreach (var resource in list.Resources)
        {
            next[resource.Name] = resource;
            if (!_current.Remove(resource.Name, out var before) || before.Version != resource.Version)
            {
                upserts.Add(resource);
            }
        }
        List<string> removals = [.. _current.Keys];
        _current = next;
        if (upserts.Count > 0 || removals.Count > 0)
        {
            push.Add(Resources, upserts, removals);
        }
        return upserts.Count + removals.Count;
    }

    public void Dispose() => _observation.Dispose();
}
