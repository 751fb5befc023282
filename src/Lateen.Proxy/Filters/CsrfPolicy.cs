using Lateen.Proxy.Routing;

namespace Lateen.Proxy.Filters;

/// <summary>Which origins may change something. Source: <c>csrf.v3.CsrfPolicy</c>.</summary>
internal sealed record CsrfPolicy(
    FractionalPercent Enabled, FractionalPercent Shadow, StringMatcher[] AdditionalOrigins);
