using Lateen.Proxy.Discovery;

namespace Lateen.Proxy.Filters;

/// <summary>Where unknown clusters are asked for.</summary>
/// <param name="Source">The source.</param>
/// <param name="TimeoutNanos">How long a request waits; default 5 s.</param>
internal sealed record OnDemandClusters(DiscoverySource Source, long TimeoutNanos);
