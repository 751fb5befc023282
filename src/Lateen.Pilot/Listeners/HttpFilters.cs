using Envoy.Extensions.Common.DynamicForwardProxy.V3;
using Envoy.Extensions.Filters.Http.Cors.V3;
using Envoy.Extensions.Filters.Http.Fault.V3;
using Envoy.Extensions.Filters.Http.GrpcWeb.V3;
using Envoy.Extensions.Filters.Http.Router.V3;
using Envoy.Extensions.Filters.Network.HttpConnectionManager.V3;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Istio.Stats;
using AlpnFilter = Istio.Envoy.Config.Filter.Http.Alpn.V2Alpha1.FilterConfig;
using DynamicForwardProxyFilter = Envoy.Extensions.Filters.Http.DynamicForwardProxy.V3.FilterConfig;
using GrpcStatsFilter = Envoy.Extensions.Filters.Http.GrpcStats.V3.FilterConfig;

namespace Lateen.Pilot.Listeners;

/// <summary>HTTP filters whose configuration does not depend on the mesh. The instances are shared: never change
/// one.</summary>
internal static class HttpFilters
{
    private const string PeerMetadataType = "type.googleapis.com/io.istio.http.peer_metadata.Config";

    /// <summary>Reads the caller's metadata and answers with the own.</summary>
    internal static HttpFilter PeerMetadataInbound { get; } = PeerMetadata(
        """
        {"downstream_discovery":[{"istio_headers":{}},{"workload_discovery":{}}],
         "downstream_propagation":[{"istio_headers":{}}]}
        """);

    /// <summary>Sends the own metadata and reads the callee's.</summary>
    internal static HttpFilter PeerMetadataOutbound { get; } = PeerMetadata(
        """
        {"upstream_discovery":[{"istio_headers":{}},{"workload_discovery":{}}],
         "upstream_propagation":[{"istio_headers":{}}]}
        """);

    /// <summary>As <see cref="PeerMetadataOutbound"/>, with nothing sent to clusters outside the mesh.</summary>
    internal static HttpFilter PeerMetadataOutboundInMesh { get; } = PeerMetadata(
        """
        {"upstream_discovery":[{"istio_headers":{}},{"workload_discovery":{}}],
         "upstream_propagation":[{"istio_headers":{"skip_external_clusters":true}}]}
        """);

    /// <summary>Counts gRPC messages and keeps them for telemetry.</summary>
    internal static HttpFilter GrpcStats { get; } = Pack(FilterNames.GrpcStats,
        new GrpcStatsFilter { EmitFilterState = true, StatsForAllMethods = false });

    /// <summary>Looks up the host of each request.</summary>
    internal static HttpFilter DynamicForwardProxy(DnsCacheConfig cache)
        => Pack(FilterNames.DynamicForwardProxy, new DynamicForwardProxyFilter { DnsCacheConfig = cache });

    /// <summary>Translates gRPC-Web.</summary>
    internal static HttpFilter GrpcWeb { get; } = Pack(FilterNames.GrpcWeb, new GrpcWeb());

    /// <summary>Lets the callee's sidecar tell the protocol of a request from the ALPN value of its
    /// connection.</summary>
    internal static HttpFilter Alpn { get; } = Pack(FilterNames.Alpn, new AlpnFilter
    {
        AlpnOverride =
        {
            Override(AlpnFilter.Types.Protocol.Http10, "istio-http/1.0", "istio", "http/1.0"),
            Override(AlpnFilter.Types.Protocol.Http11, "istio-http/1.1", "istio", "http/1.1"),
            Override(AlpnFilter.Types.Protocol.Http2, "istio-h2", "istio", "h2"),
        },
    });

    /// <summary>Fault injection; routes carry the faults.</summary>
    internal static HttpFilter Fault { get; } = Pack(FilterNames.Fault, new HTTPFault());

    /// <summary>Cross-origin requests; routes carry the policies.</summary>
    internal static HttpFilter Cors { get; } = Pack(FilterNames.Cors, new Cors());

    /// <summary>The terminal filter.</summary>
    internal static HttpFilter Router { get; } = Pack(FilterNames.Router, new Router());

    /// <summary>The terminal filter, adding none of Envoy's own headers.</summary>
    internal static HttpFilter RouterWithoutDebugHeaders { get; } =
        Pack(FilterNames.Router, new Router { SuppressEnvoyHeaders = true });

    /// <summary>Istio's standard metrics.</summary>
    internal static HttpFilter StatsOutbound { get; } = Pack(FilterNames.Stats, new PluginConfig());

    /// <summary>Istio's standard metrics where the Host header is not trusted.</summary>
    internal static HttpFilter StatsInbound { get; } =
        Pack(FilterNames.Stats, new PluginConfig { DisableHostHeaderFallback = true });

    private static HttpFilter PeerMetadata(string json)
    {
        return new HttpFilter
        {
            Name = FilterNames.MetadataExchange,
            TypedConfig = TypedStructs.Of(PeerMetadataType, json),
        };
    }

    private static AlpnFilter.Types.AlpnOverride Override(AlpnFilter.Types.Protocol protocol, params string[] values)
    {
        return new AlpnFilter.Types.AlpnOverride { UpstreamProtocol = protocol, AlpnOverride_ = { values } };
    }

    private static HttpFilter Pack(string name, IMessage config)
    {
        return new HttpFilter { Name = name, TypedConfig = Any.Pack(config) };
    }
}
