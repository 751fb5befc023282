using Lateen.Proxy.Stats;

namespace Lateen.Proxy.Routing;

/// <summary>Requests that statistics tell apart within a virtual host. Source:
/// <c>route.v3.VirtualCluster</c>.</summary>
internal sealed record VirtualCluster(string Name, HeaderMatcher[] Headers, RequestStats Stats);
