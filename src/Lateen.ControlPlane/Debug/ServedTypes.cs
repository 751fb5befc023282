using Google.Protobuf.Reflection;

namespace Lateen.ControlPlane.Debug;

/// <summary>The messages that served configuration may hold in an <c>Any</c>, for writing as JSON.</summary>
internal static class ServedTypes
{
    public static TypeRegistry Registry { get; } = TypeRegistry.FromMessages(
        Envoy.Admin.V3.ClustersConfigDump.Descriptor,
        Envoy.Admin.V3.EndpointsConfigDump.Descriptor,
        Envoy.Admin.V3.ListenersConfigDump.Descriptor,
        Envoy.Admin.V3.RoutesConfigDump.Descriptor,
        Envoy.Admin.V3.SecretsConfigDump.Descriptor,
        Envoy.Config.Cluster.V3.Cluster.Descriptor,
        Envoy.Config.Endpoint.V3.ClusterLoadAssignment.Descriptor,
        Envoy.Config.Listener.V3.Listener.Descriptor,
        Envoy.Config.Route.V3.RouteConfiguration.Descriptor,
        Envoy.Extensions.Clusters.DynamicForwardProxy.V3.ClusterConfig.Descriptor,
        Envoy.Extensions.Filters.Network.HttpConnectionManager.V3.HttpConnectionManager.Descriptor,
        Envoy.Extensions.Filters.Network.TcpProxy.V3.TcpProxy.Descriptor,
        Envoy.Extensions.Network.DnsResolver.Cares.V3.CaresDnsResolverConfig.Descriptor,
        Envoy.Extensions.TransportSockets.ProxyProtocol.V3.ProxyProtocolUpstreamTransport.Descriptor,
        Envoy.Extensions.TransportSockets.RawBuffer.V3.RawBuffer.Descriptor,
        Envoy.Extensions.TransportSockets.Tls.V3.DownstreamTlsContext.Descriptor,
        Envoy.Extensions.TransportSockets.Tls.V3.UpstreamTlsContext.Descriptor,
        Envoy.Extensions.Upstreams.Http.V3.HttpProtocolOptions.Descriptor,
        Udpa.Type.V1.TypedStruct.Descriptor);
}
