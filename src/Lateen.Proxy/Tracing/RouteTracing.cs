using Lateen.Proxy.Formatting;

namespace Lateen.Proxy.Tracing;

/// <summary>Tracing of a route, which wins over the connection manager's. Source: <c>route.v3.Tracing</c>.</summary>
internal sealed record RouteTracing(
    TraceSampling Sampling, CustomTag[] CustomTags, FormatString? Operation, FormatString? UpstreamOperation);
