using Envoy.Config.Route.V3;
using Google.Protobuf.WellKnownTypes;
using Istio.Networking.V1Alpha3;
using Lateen.Pilot.Listeners;

namespace Lateen.Pilot.Routes;

/// <summary>The HTTP rules of a VirtualService as Envoy routes, for one proxy and port.</summary>
internal static class RouteTranslation
{
    internal const string DefaultRouteName = "default";

    /// <summary>Routes in order, ending with the first that takes everything. Empty when no rule applies
    /// here.</summary>
    internal static List<Route> Translate(VirtualServiceConfig config, RouteScope scope)
    {
        var routes = new List<Route>();
        foreach (var rule in config.Spec.Http)
        {
            if (rule.Match.Count == 0)
            {
                routes.Add(Translate(config, rule, null, scope));
                break;
            }
            foreach (var match in rule.Match)
            {
                if (!Applies(match, scope))
                {
                    continue;
                }
                var route = Translate(config, rule, match, scope);
                routes.Add(route);
                if (RouteMatches.IsCatchAll(route))
                {
                    return routes;
                }
            }
        }
        return routes;
    }

    /// <summary>The route of a service port without rules.</summary>
    internal static Route DefaultOutbound(string host, int port, DestinationRule? rule, HTTPRetry? defaultRetry)
    {
        var hash = HashPolicies.Find(rule, "", (uint)port);
        var action = new RouteAction
        {
            Cluster = ClusterNames.Outbound(port, "", host),
            RetryPolicy = RetryPolicies.Outbound(defaultRetry, consistentHash: false),
        };
        SetTimeout(action, null);
        if (HashPolicies.Translate(hash) is { } policy)
        {
            action.HashPolicy.Add(policy);
        }
        return Default(action, $"{host}:{port}/*");
    }

    /// <summary>A route that takes everything, with the name that Istio gives to its own.</summary>
    internal static Route Default(RouteAction action, string operation)
    {
        return new Route
        {
            Name = DefaultRouteName,
            Match = RouteMatches.Any(),
            Route_ = action,
            Decorator = new Decorator { Operation = operation },
        };
    }

    /// <summary>Port, gateways, labels and namespace are known already now, so that such conditions need no
    /// match.</summary>
    private static bool Applies(HTTPMatchRequest match, RouteScope scope)
    {
        if (match.Port != 0 && match.Port != (uint)scope.Port)
        {
            return false;
        }
        if (match.Gateways.Count > 0)
        {
            return match.Gateways.Contains(scope.Gateway);
        }
        return scope.Labels.Matches(match.SourceLabels)
            && (match.SourceNamespace.Length == 0 || match.SourceNamespace == scope.Namespace);
    }

    private static Route Translate(VirtualServiceConfig config, HTTPRoute rule, HTTPMatchRequest? match,
        RouteScope scope)
    {
        var headers = HeaderOperations.Of(rule.Headers);
        var route = new Route
        {
            Name = match is { Name.Length: > 0 } ? $"{rule.Name}.{match.Name}" : rule.Name,
            Match = RouteMatches.Translate(match),
            Metadata = ConfigMetadata.OfVirtualService(config),
            StatPrefix = match?.StatPrefix ?? "",
        };
        Add(route, headers);
        if (rule.Redirect is not null)
        {
            RouteAnswers.ApplyRedirect(route, rule.Redirect, scope);
        }
        else if (rule.DirectResponse is not null)
        {
            RouteAnswers.ApplyDirectResponse(route, rule.DirectResponse);
        }
        else
        {
            route.Route_ = RouteActions.Translate(route, rule, headers.Authority, scope);
        }
        route.Decorator = new Decorator { Operation = Operation(route, config, scope) };
        if (rule.Fault is not null && FaultConfigs.Translate(rule.Fault) is { } fault)
        {
            route.TypedPerFilterConfig[FilterNames.Fault] = Any.Pack(fault);
        }
        if (rule.CorsPolicy is not null)
        {
            route.TypedPerFilterConfig[FilterNames.Cors] = Any.Pack(CorsConfigs.Translate(rule.CorsPolicy));
        }
        return route;
    }

    /// <summary>Adds header operations to a route.</summary>
    internal static void Add(Route route, HeaderOperations headers)
    {
        route.RequestHeadersToAdd.Add(headers.RequestAdd);
        route.RequestHeadersToRemove.Add(headers.RequestRemove);
        route.ResponseHeadersToAdd.Add(headers.ResponseAdd);
        route.ResponseHeadersToRemove.Add(headers.ResponseRemove);
    }

    /// <summary>No timeout unless there is one; a gRPC deadline counts up to it.</summary>
    internal static void SetTimeout(RouteAction action, Duration? timeout)
    {
        action.Timeout = timeout ?? Durations.Zero();
#pragma warning disable CS0612 // Istio still sets the old field, because its successor behaves differently.
        action.MaxGrpcTimeout = action.Timeout.Clone();
#pragma warning restore CS0612
    }

    /// <summary>What traces call the route: the host of its only destination, else the VirtualService.</summary>
    private static string Operation(Route route, VirtualServiceConfig config, RouteScope scope)
    {
        var path = route.Match.PathSpecifierCase switch
        {
            RouteMatch.PathSpecifierOneofCase.Prefix => route.Match.Prefix + "*",
            RouteMatch.PathSpecifierOneofCase.Path => route.Match.Path,
            RouteMatch.PathSpecifierOneofCase.SafeRegex => route.Match.SafeRegex.Regex,
            _ => "/*",
        };
        var parts = route.Route_?.Cluster.Split('|') ?? [];
        return parts.Length == 4
            ? $"{parts[3]}:{parts[1]}{path}" : $"{config.Name}:{scope.Port}{path}";
    }
}
