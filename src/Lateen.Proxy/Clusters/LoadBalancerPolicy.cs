namespace Lateen.Proxy.Clusters;

/// <summary>How a host is picked.</summary>
internal enum LoadBalancerPolicy : byte
{
    RoundRobin,
    LeastRequest,
    Random,
    RingHash,
    Maglev,

    /// <summary>Always the first host that is available.</summary>
    PickFirst,

    /// <summary>Round robin by the weights that hosts report.</summary>
    ClientSideWeighted,

    /// <summary>By the cluster itself (original destination).</summary>
    ClusterProvided,
}
