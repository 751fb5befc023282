using Envoy.Config.Route.V3;
using Envoy.Type.Matcher.V3;
using Istio.Networking.V1Alpha3;
using ClusterWeight = Envoy.Config.Route.V3.WeightedCluster.Types.ClusterWeight;
using MirrorPolicy = Envoy.Config.Route.V3.RouteAction.Types.RequestMirrorPolicy;

namespace Lateen.Pilot.Routes;

/// <summary>Where a rule sends a request, and what it changes on the way.</summary>
internal static class RouteActions
{
    private const uint AllRequests = 100;

    /// <summary>The action of a rule. Headers of an only destination go to the route itself.</summary>
    internal static RouteAction Translate(Route route, HTTPRoute rule, string authority, RouteScope scope)
    {
        var action = new RouteAction();
        RouteTranslation.SetTimeout(action, rule.Timeout);
        if (rule.Rewrite is not null)
        {
            ApplyRewrite(action, rule.Rewrite);
            authority = rule.Rewrite.Authority.Length > 0 ? rule.Rewrite.Authority : authority;
        }
        if (authority.Length > 0)
        {
            action.HostRewriteLiteral = authority;
        }
        AddMirrors(action, rule, scope);
        var hashed = rule.Route.Count == 1
            ? ApplyDestination(route, action, rule.Route[0], scope) : ApplyWeights(action, rule, scope);
        action.RetryPolicy = RetryPolicies.Outbound(rule.Retries ?? scope.DefaultRetry, hashed);
        return action;
    }

    private static void ApplyRewrite(RouteAction action, HTTPRewrite rewrite)
    {
        if (rewrite.UriRegexRewrite is { } regex)
        {
            action.RegexRewrite = new RegexMatchAndSubstitute
            {
                Pattern = new RegexMatcher { Regex = regex.Match },
                Substitution = regex.Rewrite,
            };
        }
        else if (rewrite.Uri.Length > 0)
        {
            action.PrefixRewrite = rewrite.Uri;
        }
    }

    /// <summary>Returns whether the destination is chosen by consistent hashing.</summary>
    private static bool ApplyDestination(Route route, RouteAction action, HTTPRouteDestination target,
        RouteScope scope)
    {
        action.Cluster = Cluster(target.Destination, scope);
        var headers = HeaderOperations.Of(target.Headers);
        RouteTranslation.Add(route, headers);
        if (headers.Authority.Length > 0 && action.HostRewriteLiteral.Length == 0)
        {
            action.HostRewriteLiteral = headers.Authority;
        }
        return AddHash(action, target.Destination, scope);
    }

    private static bool ApplyWeights(RouteAction action, HTTPRoute rule, RouteScope scope)
    {
        action.WeightedClusters = new WeightedCluster();
        foreach (var target in rule.Route.Where(target => target.Weight > 0))
        {
            var headers = HeaderOperations.Of(target.Headers);
            var weight = new ClusterWeight
            {
                Name = Cluster(target.Destination, scope),
                Weight = (uint)target.Weight,
                RequestHeadersToAdd = { headers.RequestAdd },
                RequestHeadersToRemove = { headers.RequestRemove },
                ResponseHeadersToAdd = { headers.ResponseAdd },
                ResponseHeadersToRemove = { headers.ResponseRemove },
            };
            if (headers.Authority.Length > 0)
            {
                weight.HostRewriteLiteral = headers.Authority;
            }
            action.WeightedClusters.Clusters.Add(weight);
            AddHash(action, target.Destination, scope);
        }
        return false;
    }

    private static bool AddHash(RouteAction action, Destination? destination, RouteScope scope)
    {
        if (destination is null)
        {
            return false;
        }
        var hash = HashPolicies.Find(
            scope.FindRule(destination.Host), destination.Subset, destination.Port?.Number ?? 0);
        if (HashPolicies.Translate(hash) is { } policy)
        {
            action.HashPolicy.Add(policy);
        }
        return hash is not null;
    }

    private static void AddMirrors(RouteAction action, HTTPRoute rule, RouteScope scope)
    {
        if (rule.Mirror is not null)
        {
#pragma warning disable CS0612 // The old integer share is still accepted.
            var old = rule.MirrorPercent;
#pragma warning restore CS0612
            AddMirror(action, rule.Mirror, rule.MirrorPercentage, old, scope);
        }
        foreach (var mirror in rule.Mirrors.Where(mirror => mirror.Destination is not null))
        {
            AddMirror(action, mirror.Destination, mirror.Percentage, null, scope);
        }
    }

    private static void AddMirror(RouteAction action, Destination target, Percent? share, uint? percent,
        RouteScope scope)
    {
        if (share is { Value: <= 0 } || (share is null && percent is 0))
        {
            return;
        }
        var fraction = share is null ? Percentages.Of(percent ?? AllRequests) : Percentages.Of(share);
        action.RequestMirrorPolicies.Add(new MirrorPolicy
        {
            Cluster = Cluster(target, scope),
            RuntimeFraction = Percentages.Runtime(fraction),
            TraceSampled = false,
            DisableShadowHostSuffixAppend = true,
        });
    }

    private static string Cluster(Destination? destination, RouteScope scope)
    {
        return ClusterNames.OfDestination(
            destination, destination is null ? null : scope.FindService(destination.Host), scope.Port);
    }
}
