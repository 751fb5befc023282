using Google.Protobuf.Reflection;

namespace Lateen.Pilot.Simulation;

/// <summary>The messages that generated configuration may hold in an <c>Any</c>.</summary>
public static class GeneratedTypes
{
    /// <summary>For writing as JSON.</summary>
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
        Envoy.Extensions.AccessLoggers.File.V3.FileAccessLog.Descriptor,
        Envoy.Extensions.Clusters.DynamicForwardProxy.V3.ClusterConfig.Descriptor,
        Envoy.Extensions.Filters.Http.Cors.V3.Cors.Descriptor,
        Envoy.Extensions.Filters.Http.Cors.V3.CorsPolicy.Descriptor,
        Envoy.Extensions.Filters.Http.DynamicForwardProxy.V3.FilterConfig.Descriptor,
        Envoy.Extensions.Filters.Http.ExtAuthz.V3.ExtAuthz.Descriptor,
        Envoy.Extensions.Filters.Http.Fault.V3.HTTPFault.Descriptor,
        Envoy.Extensions.Filters.Http.GrpcStats.V3.FilterConfig.Descriptor,
        Envoy.Extensions.Filters.Http.GrpcWeb.V3.GrpcWeb.Descriptor,
        Envoy.Extensions.Filters.Http.JwtAuthn.V3.JwtAuthentication.Descriptor,
        Envoy.Extensions.Filters.Http.Rbac.V3.RBAC.Descriptor,
        Envoy.Extensions.Filters.Http.Router.V3.Router.Descriptor,
        Envoy.Extensions.Filters.Listener.HttpInspector.V3.HttpInspector.Descriptor,
        Envoy.Extensions.Filters.Listener.OriginalDst.V3.OriginalDst.Descriptor,
        Envoy.Extensions.Filters.Listener.OriginalSrc.V3.OriginalSrc.Descriptor,
        Envoy.Extensions.Filters.Listener.ProxyProtocol.V3.ProxyProtocol.Descriptor,
        Envoy.Extensions.Filters.Listener.TlsInspector.V3.TlsInspector.Descriptor,
        Envoy.Extensions.Filters.Network.ExtAuthz.V3.ExtAuthz.Descriptor,
        Envoy.Extensions.Filters.Network.HttpConnectionManager.V3.HttpConnectionManager.Descriptor,
        Envoy.Extensions.Filters.Network.MongoProxy.V3.MongoProxy.Descriptor,
        Envoy.Extensions.Filters.Network.Rbac.V3.RBAC.Descriptor,
        Envoy.Extensions.Filters.Network.TcpProxy.V3.TcpProxy.Descriptor,
        Envoy.Extensions.Http.HeaderFormatters.PreserveCase.V3.PreserveCaseFormatterConfig.Descriptor,
        Envoy.Extensions.Network.DnsResolver.Cares.V3.CaresDnsResolverConfig.Descriptor,
        Envoy.Extensions.Path.Match.UriTemplate.V3.UriTemplateMatchConfig.Descriptor,
        Envoy.Extensions.RequestId.Uuid.V3.UuidRequestIdConfig.Descriptor,
        Envoy.Extensions.Retry.Host.PreviousHosts.V3.PreviousHostsPredicate.Descriptor,
        Envoy.Extensions.Retry.Priority.PreviousPriorities.V3.PreviousPrioritiesConfig.Descriptor,
        Envoy.Extensions.TransportSockets.ProxyProtocol.V3.ProxyProtocolUpstreamTransport.Descriptor,
        Envoy.Extensions.TransportSockets.RawBuffer.V3.RawBuffer.Descriptor,
        Envoy.Extensions.TransportSockets.Tls.V3.DownstreamTlsContext.Descriptor,
        Envoy.Extensions.TransportSockets.Tls.V3.UpstreamTlsContext.Descriptor,
        Envoy.Extensions.Upstreams.Http.V3.HttpProtocolOptions.Descriptor,
        Istio.Envoy.Config.Filter.Http.Alpn.V2Alpha1.FilterConfig.Descriptor,
        Istio.Stats.PluginConfig.Descriptor,
        Udpa.Type.V1.TypedStruct.Descriptor);
}
