using Istio.Networking.V1Alpha3;
using ConsistentHash = Istio.Networking.V1Alpha3.LoadBalancerSettings.Types.ConsistentHashLB;
using HashPolicy = Envoy.Config.Route.V3.RouteAction.Types.HashPolicy;

namespace Lateen.Pilot.Routes;

/// <summary>What a request is hashed by, from the DestinationRule of its destination.</summary>
internal static class HashPolicies
{
    /// <summary>The consistent hashing that applies to a destination: subset before host, port before all
    /// ports.</summary>
    internal static ConsistentHash? Find(DestinationRule? rule, string subset, uint port)
    {
        if (rule is null)
        {
            return null;
        }
        var chosen = rule.Subsets.FirstOrDefault(candidate => candidate.Name == subset)?.TrafficPolicy;
        return OfPort(chosen, port) ?? chosen?.LoadBalancer?.ConsistentHash
            ?? OfPort(rule.TrafficPolicy, port) ?? rule.TrafficPolicy?.LoadBalancer?.ConsistentHash;
    }

    /// <summary>The route's hash policy, or null when the hash has no key that a route could supply.</summary>
    internal static HashPolicy? Translate(ConsistentHash? hash)
    {
        switch (hash?.HashKeyCase)
        {
            case ConsistentHash.HashKeyOneofCase.HttpHeaderName:
                return new HashPolicy { Header = new HashPolicy.Types.Header { HeaderName = hash.HttpHeaderName } };
            case ConsistentHash.HashKeyOneofCase.HttpCookie:
                return new HashPolicy { Cookie = Cookie(hash.HttpCookie) };
            case ConsistentHash.HashKeyOneofCase.UseSourceIp:
                return new HashPolicy
                {
                    ConnectionProperties =
                        new HashPolicy.Types.ConnectionProperties { SourceIp = hash.UseSourceIp },
                };
            case ConsistentHash.HashKeyOneofCase.HttpQueryParameterName:
                return new HashPolicy
                {
                    QueryParameter = new HashPolicy.Types.QueryParameter { Name = hash.HttpQueryParameterName },
                };
            default:
                return null;
        }
    }

    private static ConsistentHash? OfPort(TrafficPolicy? policy, uint port)
    {
        return policy?.PortLevelSettings.FirstOrDefault(setting => setting.Port?.Number == port && port != 0)
            ?.LoadBalancer?.ConsistentHash;
    }

    private static HashPolicy.Types.Cookie Cookie(ConsistentHash.Types.HTTPCookie cookie)
    {
        return new HashPolicy.Types.Cookie
        {
            Name = cookie.Name,
            Path = cookie.Path,
            Ttl = cookie.Ttl,
            Attributes =
            {
                cookie.Attributes.Select(attribute => new HashPolicy.Types.CookieAttribute
                {
                    Name = attribute.Name,
                    Value = attribute.Value,
                }),
            },
        };
    }
}
