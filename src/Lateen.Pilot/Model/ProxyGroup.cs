using Lateen.Pilot.Graph;

namespace Lateen.Pilot.Model;

/// <summary>
/// Everything that generators may know of a proxy. Proxies with equal groups get the same bytes, so only what has
/// effect is in here: of the labels, for instance, those that some selector of the mesh looks at.
/// </summary>
public sealed record ProxyGroup
{
    /// <summary>Sidecar or gateway.</summary>
    public required ProxyType Type { get; init; }

    /// <summary>Namespace whose configuration applies.</summary>
    public required string Namespace { get; init; }

    /// <summary>What it sees of the mesh.</summary>
    public required ScopeKey Scope { get; init; }

    /// <summary>Search domain: <c>namespace.svc.cluster.local</c>.</summary>
    public string DnsDomain { get; init; } = "";

    /// <summary>Labels that a selector looks at.</summary>
    public Labels Labels { get; init; } = Labels.Empty;

    /// <summary>Those of them that decide what it sends, and where to.</summary>
    public Labels ClientLabels { get; init; } = Labels.Empty;

    /// <summary>Name of its canonical service; stands in its traces. Empty when no label tells.</summary>
    public string CanonicalService { get; init; } = "";

    /// <summary>Revision of its canonical service; stands in its traces. Empty when no label tells.</summary>
    public string CanonicalRevision { get; init; } = "";

    /// <summary>Service ports that its workload serves, oldest service first.</summary>
    public EquatableArray<ServiceInstance> Instances { get; init; }

    /// <summary>Families of its addresses.</summary>
    public IpFamilies IpFamilies { get; init; } = IpFamilies.V4;

    /// <summary>Its own addresses, when a headless service names them or a Sidecar declares its ports; else
    /// empty.</summary>
    public EquatableArray<string> Addresses { get; init; }

    /// <summary>Its network.</summary>
    public string Network { get; init; } = "";

    /// <summary>Its cluster.</summary>
    public string ClusterId { get; init; } = "";

    /// <summary>Where it runs.</summary>
    public Locality Locality { get; init; } = Locality.None;

    /// <summary>Its node; empty unless some service is distributed by node.</summary>
    public string NodeName { get; init; } = "";

    /// <summary>Its account; matters to gateways' secrets.</summary>
    public string ServiceAccount { get; init; } = "";

    /// <summary>A gateway that proved who it is: it may read the secrets of its namespace.</summary>
    public bool MayReadSecrets { get; init; }

    /// <summary>What else of the metadata has effect.</summary>
    public ProxySettings Settings { get; init; } = ProxySettings.Default;

    /// <summary>
    /// The group as a client only. What a proxy sends depends neither on what it serves nor, but for a few names, on
    /// its namespace: outbound listeners and routes are generated for this key, and clients of all namespaces share
    /// them. Their <see cref="ClientNames"/> are put in when they are sent.
    /// </summary>
    /// <param name="keepNamespace">Some rule treats calls from this namespace apart.</param>
    public ProxyGroup AsClient(bool keepNamespace)
    {
        return Type == ProxyType.Router ? this : this with
        {
            Namespace = keepNamespace ? Namespace : "",
            DnsDomain = ClientNames.DomainSuffix(DnsDomain),
            Labels = ClientLabels,
            Instances = [],
            ServiceAccount = "",
            CanonicalService = "",
            CanonicalRevision = "",
            Network = "",
            Locality = Locality.None,
            NodeName = "",
        };
    }

    /// <summary>Names a group in messages.</summary>
    public override string ToString() => $"{Type}/{Namespace}/{Labels}/{Scope}";
}
