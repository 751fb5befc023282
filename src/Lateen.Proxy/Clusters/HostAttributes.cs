using Google.Protobuf.WellKnownTypes;

namespace Lateen.Proxy.Clusters;

/// <summary>What an assignment says of a host besides its address.</summary>
internal sealed record HostAttributes
{
    public Locality Locality { get; init; } = Locality.None;

    public int Priority { get; init; }

    public uint Weight { get; init; } = 1;

    /// <summary>Weight of the whole locality; zero when not given.</summary>
    public uint LocalityWeight { get; init; }

    /// <summary>Metadata <c>envoy.transport_socket_match</c>, of the endpoint over that of its locality.</summary>
    public Struct? TransportSocketMatch { get; init; }

    /// <summary>All metadata of the endpoint by namespace; null when none.</summary>
    public IReadOnlyDictionary<string, Struct>? Metadata { get; init; }

    /// <summary>Metadata <c>envoy.lb</c> / <c>canary</c>.</summary>
    public bool Canary { get; init; }

    /// <summary>Metadata <c>istio</c> / <c>workload</c>: <c>workload;namespace;name;revision;cluster</c>; empty when
    /// none.</summary>
    public string IstioWorkload { get; init; } = "";

    /// <summary>Metadata <c>envoy.lb</c> / <c>hash_key</c>; empty when none.</summary>
    public string HashKey { get; init; } = "";

    /// <summary>Extensions of the PROXY protocol's header to this host; they count before the cluster's.</summary>
    public (byte Type, byte[] Value)[] ProxyTlvs { get; init; } = [];

    public HealthFlags EdsHealth { get; init; }

    public HostHealthCheck HealthCheck { get; init; } = HostHealthCheck.Default;

    /// <summary>Other addresses of the same endpoint, for happy eyeballs.</summary>
    public Addresses.Address[] AdditionalAddresses { get; init; } = [];
}
