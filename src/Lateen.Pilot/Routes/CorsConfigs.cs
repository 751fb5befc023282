using Envoy.Type.Matcher.V3;
using EnvoyCorsPolicy = Envoy.Extensions.Filters.Http.Cors.V3.CorsPolicy;
using IstioCorsPolicy = Istio.Networking.V1Alpha3.CorsPolicy;

namespace Lateen.Pilot.Routes;

/// <summary>Istio's CORS policy as the per-route configuration of Envoy's CORS filter.</summary>
internal static class CorsConfigs
{
    private const uint Always = 100;

    /// <summary>Translates. Preflights that match no origin go to the application unless told otherwise.</summary>
    internal static EnvoyCorsPolicy Translate(IstioCorsPolicy policy)
    {
        var result = new EnvoyCorsPolicy
        {
            FilterEnabled = Percentages.Runtime(Percentages.Of(Always)),
            ForwardNotMatchingPreflights =
                policy.UnmatchedPreflights != IstioCorsPolicy.Types.UnmatchedPreflights.Ignore,
            AllowCredentials = policy.AllowCredentials,
            AllowHeaders = string.Join(',', policy.AllowHeaders),
            AllowMethods = string.Join(',', policy.AllowMethods),
            ExposeHeaders = string.Join(',', policy.ExposeHeaders),
            MaxAge = policy.MaxAge is null ? "" : $"{policy.MaxAge.Seconds}",
        };
        if (policy.AllowOrigins.Count > 0)
        {
            result.AllowOriginStringMatch.Add(policy.AllowOrigins.Select(RouteMatches.Text).OfType<StringMatcher>());
        }
        else
        {
#pragma warning disable CS0612 // The old exact list is still accepted.
            result.AllowOriginStringMatch.Add(
                policy.AllowOrigin.Select(origin => new StringMatcher { Exact = origin }));
#pragma warning restore CS0612
        }
        return result;
    }
}
