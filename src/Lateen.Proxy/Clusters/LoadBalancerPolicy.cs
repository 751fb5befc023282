namespace Lateen.Proxy.Clusters;

/// <summary>How a host is picked.</summary>
internal enum LoadBalancerPolicy : byte
{
    RoundRobin,
    LeastRequest,
    Random,
    RingHash,
    Maglev,

    /// <summary>By the cluster itself (original destination).</summary>
    ClusterProvided,
}
