using Envoy.Config.Listener.V3;
using Envoy.Extensions.Filters.Network.MongoProxy.V3;
using Envoy.Extensions.Filters.Network.TcpProxy.V3;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Istio.Stats;
using HttpConnectionManager =
    Envoy.Extensions.Filters.Network.HttpConnectionManager.V3.HttpConnectionManager;

namespace Lateen.Pilot.Listeners;

/// <summary>Network filters whose configuration does not depend on the mesh, and the packing of those that
/// do.</summary>
internal static class NetworkFilters
{
    private const string MetadataExchangeType =
        "type.googleapis.com/envoy.tcp.metadataexchange.config.MetadataExchange";

    /// <summary>Exchanges metadata at the start of a connection. Shared: never change it.</summary>
    internal static Filter MetadataExchange { get; } = new()
    {
        Name = FilterNames.MetadataExchange,
        TypedConfig = TypedStructs.Of(
            MetadataExchangeType, """{"enable_discovery":true,"protocol":"istio-peer-exchange"}"""),
    };

    /// <summary>Istio's standard metrics. Shared: never change it.</summary>
    internal static Filter StatsOutbound { get; } = Pack(FilterNames.Stats, new PluginConfig());

    /// <summary>Istio's standard metrics where host names are not trusted. Shared: never change it.</summary>
    internal static Filter StatsInbound { get; } =
        Pack(FilterNames.Stats, new PluginConfig { DisableHostHeaderFallback = true });

    /// <summary>Packs a TCP proxy.</summary>
    internal static Filter TcpProxy(TcpProxy proxy)
    {
        return Pack(FilterNames.TcpProxy, proxy);
    }

    /// <summary>Reads MongoDB's protocol for statistics.</summary>
    internal static Filter MongoProxy(string statPrefix)
    {
        return Pack(FilterNames.MongoProxy, new MongoProxy { StatPrefix = statPrefix });
    }

    /// <summary>Packs an HTTP connection manager.</summary>
    internal static Filter HttpConnectionManager(HttpConnectionManager manager)
    {
        return Pack(FilterNames.HttpConnectionManager, manager);
    }

    private static Filter Pack(string name, IMessage config)
    {
        return new Filter { Name = name, TypedConfig = Any.Pack(config) };
    }
}
