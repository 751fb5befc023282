using Envoy.Config.Route.V3;

namespace Lateen.Pilot.Security;

/// <summary>Istio's value forms on a request header.</summary>
internal static class HeaderMatchers
{
    /// <summary>The matcher; <c>*</c> asks only for presence.</summary>
    internal static HeaderMatcher Of(string name, string value, bool ignoreCase = false)
    {
        return value == "*"
            ? new HeaderMatcher { Name = name, PresentMatch = true }
            : new HeaderMatcher { Name = name, StringMatch = StringMatchers.Of(value, ignoreCase) };
    }
}
