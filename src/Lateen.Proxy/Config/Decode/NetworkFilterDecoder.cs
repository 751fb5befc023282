using System.Collections.Immutable;
using Envoy.Config.Listener.V3;
using Envoy.Extensions.Filters.Network.TcpProxy.V3;
using Google.Protobuf.WellKnownTypes;
using Lateen.Proxy.Listeners;
using Lateen.Proxy.Tcp;
using HcmProto = Envoy.Extensions.Filters.Network.HttpConnectionManager.V3.HttpConnectionManager;
using NetworkRbac = Envoy.Extensions.Filters.Network.Rbac.V3.RBAC;

namespace Lateen.Proxy.Config.Decode;

/// <summary>Network filters.</summary>
internal static class NetworkFilterDecoder
{
    private const string Network = "envoy.extensions.filters.network.";

    public static ImmutableArray<NetworkFilterConfig> Decode(
        IReadOnlyList<Filter> filters, string path, DecodeContext context)
    {
        var result = ImmutableArray.CreateBuilder<NetworkFilterConfig>(filters.Count);
        for (var i = 0; i < filters.Count; i++)
        {
            if (DecodeFilter(filters[i], i == filters.Count - 1, $"{path}[{i}]", context) is { } filter)
            {
                result.Add(filter);
            }
        }
        for (var i = 0; i < result.Count; i++)
        {
            if (result[i] is not DiscoveredNetworkConfig && result[i].IsTerminal != (i == result.Count - 1)
                && result.Count == filters.Count)
            {
                context.Error($"{path}[{i}]", "NETWORK_FILTERS", result[i].IsTerminal
                    ? $"Error: terminal filter named {filters[i].Name} must be the last filter"
                        + " in a network filter chain."
                    : $"Error: non-terminal filter named {filters[i].Name} is the last filter"
                        + " in a network filter chain.");
            }
        }
        return result.ToImmutable();
    }

    private static NetworkFilterConfig? DecodeFilter(Filter filter, bool isLast, string path, DecodeContext context) =>
        filter.ConfigTypeCase == Filter.ConfigTypeOneofCase.ConfigDiscovery
            ? DecodeDiscovered(filter, isLast, $"{path}.config_discovery", context)
            : DecodeTyped(filter, path, context);

    private static DiscoveredNetworkConfig? DecodeDiscovered(
        Filter filter, bool isLast, string path, DecodeContext context)
    {
        var name = filter.Name;
        var slot = ExtensionDecoder.Decode(
            name, filter.ConfigDiscovery, "network_filter", path, context, (config, inner) =>
            {
                if (TypedConfigs.Open(config, out _, out _) == Network
                    + "http_connection_manager.v3.HttpConnectionManager")
                {
                    inner.Error(name, "NETWORK_FILTERS", "discovery of connection managers is not supported");
                    return null;
                }
                var built = DecodeTyped(new Filter { Name = name, TypedConfig = config }, name, inner);
                if (built is not null && built.IsTerminal != isLast)
                {
                    inner.Error(name, "NETWORK_FILTERS", isLast
                        ? $"Error: non-terminal filter named {name} is the last filter in a network filter chain."
                        : $"Error: terminal filter named {name} must be the last filter in a network filter chain.");
                }
                return built;
            });
        return slot is null ? null : new DiscoveredNetworkConfig { Name = name, Slot = slot };
    }

    private static NetworkFilterConfig? DecodeTyped(Filter filter, string path, DecodeContext context)
    {
        var name = filter.Name;
        var type = TypedConfigs.Open(filter.TypedConfig, out var bytes, out var fields);
        var at = $"{path}.typed_config";
        switch (type)
        {
            case Network + "http_connection_manager.v3.HttpConnectionManager":
                return HcmDecoder.Decode(TypedConfigs.Read(HcmProto.Parser, bytes, fields), name, at, context);
            case Network + "tcp_proxy.v3.TcpProxy":
                return TcpProxyDecoder.Decode(TypedConfigs.Read(TcpProxy.Parser, bytes, fields), name, at, context);
            case Network + "rbac.v3.RBAC":
                return RbacDecoder.DecodeNetwork(
                    TypedConfigs.Read(NetworkRbac.Parser, bytes, fields), name, at, context);
            case Network + "sni_cluster.v3.SniCluster":
                return new SniClusterConfig { Name = name };
            case Network + "direct_response.v3.Config":
                var direct = TypedConfigs.Read(
                    Envoy.Extensions.Filters.Network.DirectResponse.V3.Config.Parser, bytes, fields);
                return new DirectResponseConfig
                {
                    Name = name,
                    Response = DataSourceReader.Read(direct.Response, $"{at}.response", context) ?? [],
                };
            case Network + "echo.v3.Echo":
                return new DirectResponseConfig { Name = name, IsEcho = true };
            case Network + "redis_proxy.v3.RedisProxy":
                return RedisDecoder.Decode(
                    TypedConfigs.Read(Envoy.Extensions.Filters.Network.RedisProxy.V3.RedisProxy.Parser, bytes, fields),
                    name, at, context);
            case Network + "mongo_proxy.v3.MongoProxy":
                return ConnectionFilterDecoder.DecodeMongo(
                    TypedConfigs.Read(Envoy.Extensions.Filters.Network.MongoProxy.V3.MongoProxy.Parser, bytes, fields),
                    name, at, context);
            case "envoy.tcp.metadataexchange.config.MetadataExchange":
                return MetadataExchangeDecoder.Decode(fields ?? new Struct(), name, at, context);
            case PeerMetadataNetworkConfig.Type:
                return PeerMetadataDecoder.DecodeNetwork(fields ?? new Struct(), name, at, context);
            case "stats.PluginConfig":
                var metrics = HttpFilterDecoder.DecodeIstioStats(
                    TypedConfigs.Read(Istio.Stats.PluginConfig.Parser, bytes, fields), context);
                return new IstioTcpStatsConfig
                {
                    Name = name,
                    Metrics = metrics,
                    ReportingDurationNanos = metrics.Config.TcpReportingNanos,
                };
            default:
                if (ConnectionFilterDecoder.TryDecode(type, bytes, fields, name, at, context, out var found))
                {
                    return found;
                }
                TypedConfigs.ReportUnknown(name, filter.TypedConfig, path, context);
                return null;
        }
    }
}
