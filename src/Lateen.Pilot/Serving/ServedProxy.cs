using System.Collections.Frozen;
using Lateen.Pilot.Graph;
using Lateen.Pilot.Model;
using Lateen.Xds.Server;

namespace Lateen.Pilot.Serving;

/// <summary>One connected proxy. Owned by the graph's thread, but for <see cref="Resources"/>, which any thread
/// reads.</summary>
public sealed class ServedProxy
{
    private FrozenDictionary<string, IXdsResources> _resources = FrozenDictionary<string, IXdsResources>.Empty;

    internal ServedProxy(Proxy proxy, Action<string> onMoved, Observation observation)
    {
        Proxy = proxy;
        OnMoved = onMoved;
        Observation = observation;
    }

    /// <summary>As its node described it.</summary>
    public Proxy Proxy { get; }

    /// <summary>The group that it is in.</summary>
    public ProxyGroup Group => Parts.Group;

    /// <summary>The resources by type.</summary>
    public FrozenDictionary<string, IXdsResources> Resources => Volatile.Read(ref _resources);

    /// <summary>What is left out of its configuration, and why.</summary>
    public IEnumerable<string> Problems => Sets.SelectMany(s => s.Problems).Distinct();

    internal ServedParts Parts { get; set; } = null!;

    internal List<ServedSet> Sets { get; } = [];

    internal Action<string> OnMoved { get; }

    internal Observation Observation { get; }

    internal void Publish(FrozenDictionary<string, IXdsResources> resources)
        => Volatile.Write(ref _resources, resources);
}
