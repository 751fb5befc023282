using Lateen.Proxy.Stats;

namespace Lateen.Proxy.Routing;

/// <summary>Requests that statistics tell apart within a virtual host. Source:
/// <c>route.v3.VirtualCluster</c>. The catch-all counts what no other does and is not named in logs.</summary>
internal sealed record VirtualCluster(
    string Name, HeaderMatcher[] Headers, RequestStats Stats, bool IsCatchAll = false);
