namespace Lateen.Proxy.Filters;

/// <summary>Ways to learn of a peer, or to tell it of this workload.</summary>
internal enum PeerMethodKind
{
    /// <summary>The headers x-envoy-peer-metadata and x-envoy-peer-metadata-id.</summary>
    IstioHeaders,

    /// <summary>By the peer's address, among the workloads that the control plane tells.</summary>
    WorkloadDiscovery,

    /// <summary>The header <c>baggage</c>.</summary>
    Baggage,

    /// <summary>Filter state of the upstream connection.</summary>
    UpstreamFilterState,
}
