namespace Lateen.Proxy.Clusters;

/// <summary>Where a cluster gets its hosts that has none of its own: other clusters, or addresses on demand.</summary>
internal interface IHostProvider
{
    /// <summary>Hosts made so far, for showing them.</summary>
    IEnumerable<Host> Hosts { get; }

    /// <summary>A host for a request; null: none. Thread: the worker itself.</summary>
    Host? Pick(int worker, LoadBalancerContext context);
}
