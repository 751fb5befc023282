using Lateen.Http;

namespace Lateen.Proxy.Filters;

/// <summary>Settings of <c>dynamic_forward_proxy</c> on a route.</summary>
/// <param name="HostRewrite">Replaces the host before it is looked up; empty: kept.</param>
/// <param name="HostHeader">Header whose value does so; null: none.</param>
internal sealed record ForwardProxyRouteSettings(byte[] HostRewrite, HeaderName? HostHeader);
