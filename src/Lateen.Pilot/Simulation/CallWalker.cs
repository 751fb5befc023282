using Envoy.Config.Listener.V3;
using Envoy.Config.Route.V3;
using Envoy.Extensions.Filters.Network.HttpConnectionManager.V3;
using Envoy.Extensions.Filters.Network.TcpProxy.V3;
using Envoy.Extensions.TransportSockets.Tls.V3;
using Lateen.Pilot.Listeners;

namespace Lateen.Pilot.Simulation;

/// <summary>
/// Walks the configuration of one proxy as Envoy would for a described call: (1) listener, (2) listener filters,
/// (3) filter chain, (4) TLS, (5) virtual host and route or TCP proxy, (6) cluster.
/// </summary>
public sealed class CallWalker
{
    private readonly IReadOnlyList<Listener> _listeners;
    private readonly Dictionary<string, RouteConfiguration> _routes;
    private readonly HashSet<string>? _clusters;

    /// <summary>
    /// Takes the resources of one proxy; <paramref name="clusters"/> are the names that it has, null when that is not
    /// known (then none is told to be missing).
    /// </summary>
    public CallWalker(IReadOnlyList<Listener> listeners, IEnumerable<RouteConfiguration> routes,
        IEnumerable<string>? clusters)
    {
        _listeners = listeners;
        _routes = routes.ToDictionary(route => route.Name, StringComparer.Ordinal);
        _clusters = clusters is null ? null : new HashSet<string>(clusters, StringComparer.Ordinal);
    }

    /// <summary>What the call meets. Any number of threads may ask.</summary>
    public CallResult Walk(Call call)
    {
        // 1. Listener.
        if (ListenerSelector.Select(_listeners, call) is not { } listener)
        {
            return new CallResult { Error = CallError.NoListener };
        }
        var result = new CallResult { Listener = listener.Name };

        // 2. Listener filters and 3. filter chain.
        var (chain, error) = FilterChainSelector.Select(listener, Inspect(listener, call));
        if (chain is null)
        {
            return result with { Error = error };
        }
        result = result with { FilterChain = chain.Name };

        // 4. TLS.
        if (chain.TransportSocket is not null)
        {
            if (call.Tls == CallTls.Plaintext)
            {
                return result with { Error = CallError.Tls };
            }
            if (DemandsMtls(chain, call.MtlsSecretName) != (call.Tls == CallTls.Mtls))
            {
                return result with { Error = CallError.Mtls };
            }
        }

        // 5. The terminal filter.
        foreach (var filter in chain.Filters)
        {
            if (filter.TypedConfig?.TypeUrl == ConfigTypeUrls.HttpConnectionManager)
            {
                var manager = HttpConnectionManager.Parser.ParseFrom(filter.TypedConfig.Value);
                return WalkHttp(manager, chain.TransportSocket is not null, call, result);
            }
            if (filter.TypedConfig?.TypeUrl == ConfigTypeUrls.TcpProxy)
            {
                return WalkTcp(TcpProxy.Parser.ParseFrom(filter.TypedConfig.Value), result);
            }
        }
        return result;
    }

    private static FilterChainSelector.Connection Inspect(Listener listener, Call call)
    {
        var tls = call.Tls != CallTls.Plaintext;
        var seesTls = ListenerSelector.RunsFilter(listener, ListenerFilterNames.TlsInspector, call.Port);
        var alpn = seesTls && tls ? call.EffectiveAlpn : "";
        if (!tls && ListenerSelector.RunsFilter(listener, ListenerFilterNames.HttpInspector, call.Port))
        {
            alpn = call.Protocol switch
            {
                CallProtocol.Http => "http/1.1",
                CallProtocol.Http2 => "h2c",
                _ => "",
            };
        }
        return new FilterChainSelector.Connection(
            call.Address, call.Port, seesTls ? call.EffectiveSni : "", tls && seesTls, alpn);
    }

    private static bool DemandsMtls(FilterChain chain, string secretName)
    {
        if (chain.TransportSocket.TypedConfig?.TypeUrl != ConfigTypeUrls.DownstreamTlsContext)
        {
            return false;
        }
        var context = DownstreamTlsContext.Parser.ParseFrom(chain.TransportSocket.TypedConfig.Value);
        var secrets = context.CommonTlsContext?.TlsCertificateSdsSecretConfigs;
        return secrets is { Count: > 0 } && secrets[0].Name == secretName && context.RequireClientCertificate is true;
    }

    private CallResult WalkHttp(HttpConnectionManager manager, bool terminatesTls, Call call, CallResult result)
    {
        if ((call.Tls != CallTls.Plaintext && !terminatesTls) || call.Protocol == CallProtocol.Tcp)
        {
            return result with { Error = CallError.Protocol };
        }
        var configuration = manager.RouteConfig;
        if (configuration is null)
        {
            var name = manager.Rds?.RouteConfigName ?? "";
            result = result with { RouteConfig = name };
            configuration = _routes.GetValueOrDefault(name);
        }
        var host = configuration is null ? null : VirtualHostSelector.Select(configuration, call.Host);
        if (host is null)
        {
            return result with { Error = CallError.NoVirtualHost };
        }
        result = result with { VirtualHost = host.Name };
        if (host.RequireTls == VirtualHost.Types.TlsRequirementType.All && call.Tls == CallTls.Plaintext)
        {
            return result with { Error = CallError.TlsRedirect };
        }
        var index = RouteSelector.Select(host, call);
        return index < 0
            ? result with { Error = CallError.NoRoute }
            : Apply(host.Routes[index], result with { Route = host.Routes[index].Name, RouteIndex = index });
    }

    // 6. The cluster, or the answer that takes its place.
    private CallResult Apply(Route route, CallResult result)
    {
        switch (route.ActionCase)
        {
            case Route.ActionOneofCase.Redirect:
                return result with { Redirect = true };
            case Route.ActionOneofCase.DirectResponse:
                return result with { DirectResponse = route.DirectResponse.Status };
            case Route.ActionOneofCase.Route_
                when route.Route_.ClusterSpecifierCase == RouteAction.ClusterSpecifierOneofCase.WeightedClusters:
                return Split(result, [.. route.Route_.WeightedClusters.Clusters
                    .Select(cluster => new WeightedTarget(cluster.Name, cluster.Weight ?? 0))]);
            case Route.ActionOneofCase.Route_:
                return Single(result, route.Route_.Cluster);
            default:
                return result;
        }
    }

    private CallResult WalkTcp(TcpProxy proxy, CallResult result)
    {
        return proxy.ClusterSpecifierCase == TcpProxy.ClusterSpecifierOneofCase.WeightedClusters
            ? Split(result, [.. proxy.WeightedClusters.Clusters
                .Select(cluster => new WeightedTarget(cluster.Name, cluster.Weight))])
            : Single(result, proxy.Cluster);
    }

    private CallResult Single(CallResult result, string cluster)
    {
        return result with { Cluster = cluster, ClusterMissing = Missing([cluster]) };
    }

    private CallResult Split(CallResult result, IReadOnlyList<WeightedTarget> targets)
    {
        return result with
        {
            Weighted = targets,
            ClusterMissing = Missing(targets.Select(target => target.Cluster)),
        };
    }

    private IReadOnlyList<string> Missing(IEnumerable<string> names)
    {
        return _clusters is null ? [] : [.. names.Where(name => !_clusters.Contains(name))];
    }
}
