using Envoy.Config.Core.V3;
using Envoy.Extensions.Filters.Network.HttpConnectionManager.V3;
using Envoy.Extensions.Http.HeaderFormatters.PreserveCase.V3;
using Envoy.Extensions.RequestId.Uuid.V3;
using Google.Protobuf.WellKnownTypes;
using Istio.Mesh.V1Alpha1;
using Lateen.Pilot.Model;
using Lateen.Pilot.Routes;
using Lateen.Pilot.Security;
using ForwardDetails = Envoy.Extensions.Filters.Network.HttpConnectionManager.V3.HttpConnectionManager.Types
    .ForwardClientCertDetails;
using Normalization = Istio.Mesh.V1Alpha1.MeshConfig.Types.ProxyPathNormalization.Types.NormalizationType;
using SlashAction = Envoy.Extensions.Filters.Network.HttpConnectionManager.V3.HttpConnectionManager.Types
    .PathWithEscapedSlashesAction;

namespace Lateen.Pilot.Listeners;

/// <summary>HTTP connection managers with Istio's settings and its filters in Istio's order.</summary>
internal static class HttpConnectionManagers
{
    /// <summary>Makes one.</summary>
    internal static HttpConnectionManager Build(TrafficContext context, HttpConnectionManagerOptions options)
    {
        var headers = context.Headers(options.Side);
        var manager = new HttpConnectionManager
        {
            StatPrefix = options.StatPrefix,
            StreamIdleTimeout = Durations.Zero(),
            UseRemoteAddress = options.Side == ListenerClass.Gateway,
            UpgradeConfigs = { new HttpConnectionManager.Types.UpgradeConfig { UpgradeType = "websocket" } },
            Proxy100Continue = true,
            Tracing = Tracing.Build(context),
            RequestIdExtension = new RequestIDExtension
            {
                TypedConfig = Any.Pack(new UuidRequestIdConfig { UseRequestIdForTraceSampling = true }),
            },
        };
        headers.Apply(manager);
        ApplyNormalization(manager, context.Mesh);
        ApplyProtocol(manager, context, options, headers);
        ApplyClientCertificate(manager, context, options.Side, headers);
        if (context.IdleTimeout is { } idle)
        {
            manager.CommonHttpProtocolOptions = new HttpProtocolOptions { IdleTimeout = idle };
        }
        if (options.RouteConfigName is { } name)
        {
            manager.Rds = new Rds { RouteConfigName = name, ConfigSource = ConfigSources.Ads(noTimeout: true) };
        }
        else
        {
            manager.RouteConfig = options.RouteConfig;
        }
        manager.AccessLog.Add(AccessLogs.ForTraffic(context.Mesh));
        manager.HttpFilters.Add(Filters(context, options, headers));
        return manager;
    }

    private static IEnumerable<HttpFilter> Filters(TrafficContext context, HttpConnectionManagerOptions options,
        ProxyHeaderSettings headers)
    {
        var inbound = options.Side == ListenerClass.SidecarInbound;
        if (context.Has(IstioFilters.PeerMetadata))
        {
            yield return inbound ? HttpFilters.PeerMetadataInbound
                : headers.PeerMetadataInMeshOnly ? HttpFilters.PeerMetadataOutboundInMesh
                : HttpFilters.PeerMetadataOutbound;
        }
        if (options.Side != ListenerClass.SidecarOutbound)
        {
            foreach (var filter in ExternalAuthorizationFilters.ForHttp(context))
            {
                yield return filter;
            }
            if (JwtFilters.ForHttp(context) is { } tokens)
            {
                yield return tokens;
            }
            foreach (var filter in AuthorizationFilters.ForHttp(context.Authorization, context.TrustDomains))
            {
                yield return filter;
            }
        }
        if (options.Protocol == Protocol.GrpcWeb)
        {
            yield return HttpFilters.GrpcWeb;
        }
        yield return HttpFilters.GrpcStats;
        if (!inbound && context.Has(IstioFilters.Alpn))
        {
            yield return HttpFilters.Alpn;
        }
        yield return HttpFilters.Fault;
        yield return HttpFilters.Cors;
        if (context.HasStats)
        {
            yield return options.Side == ListenerClass.SidecarOutbound
                ? HttpFilters.StatsOutbound : HttpFilters.StatsInbound;
        }
        if (options.DnsCache is not null)
        {
            yield return HttpFilters.DynamicForwardProxy(options.DnsCache);
        }
        yield return headers.SuppressDebugHeaders ? HttpFilters.RouterWithoutDebugHeaders : HttpFilters.Router;
    }

    private static void ApplyNormalization(HttpConnectionManager manager, MeshConfig mesh)
    {
        var normalization = mesh.PathNormalization?.Normalization ?? Normalization.Default;
        manager.NormalizePath = normalization != Normalization.None;
        manager.MergeSlashes = normalization is Normalization.MergeSlashes or Normalization.DecodeAndMergeSlashes;
        manager.PathWithEscapedSlashesAction = normalization == Normalization.DecodeAndMergeSlashes
            ? SlashAction.UnescapeAndForward : SlashAction.KeepUnchanged;
    }

    private static void ApplyProtocol(HttpConnectionManager manager, TrafficContext context,
        HttpConnectionManagerOptions options, ProxyHeaderSettings headers)
    {
        if (options.Side == ListenerClass.SidecarInbound && options.Protocol.IsHttp2())
        {
            manager.Http2ProtocolOptions = new Http2ProtocolOptions();
        }
        var http10 = context.Proxy.Settings.Http10 || context.AcceptHttp10;
        if (options.Side == ListenerClass.Gateway || http10 || options.AllowAbsoluteUrl || headers.PreserveCase)
        {
            manager.HttpProtocolOptions = new Http1ProtocolOptions { AcceptHttp10 = http10 };
        }
        if (options.AllowAbsoluteUrl)
        {
            manager.HttpProtocolOptions!.AllowAbsoluteUrl = true;
        }
        if (headers.PreserveCase)
        {
            manager.HttpProtocolOptions!.HeaderKeyFormat = new Http1ProtocolOptions.Types.HeaderKeyFormat
            {
                StatefulFormatter = new TypedExtensionConfig
                {
                    Name = "preserve_case",
                    TypedConfig = Any.Pack(new PreserveCaseFormatterConfig()),
                },
            };
        }
    }

    private static void ApplyClientCertificate(HttpConnectionManager manager, TrafficContext context,
        ListenerClass side, ProxyHeaderSettings headers)
    {
        if (side == ListenerClass.SidecarInbound)
        {
            var wanted = headers.CertDetails;
            manager.ForwardClientCertDetails = headers.ForwardClientCert;
            manager.SetCurrentClientCertDetails = new HttpConnectionManager.Types.SetCurrentClientCertDetails
            {
                Subject = wanted?.Subject ?? true,
                Uri = wanted?.Uri ?? true,
                Dns = wanted?.Dns ?? true,
                Cert = wanted?.Cert ?? false,
                Chain = wanted?.Chain ?? false,
            };
        }
        if (side != ListenerClass.Gateway)
        {
            return;
        }
        var topology = context.ProxyConfig?.GatewayTopology;
        manager.XffNumTrustedHops = topology?.NumTrustedProxies ?? 0;
        manager.ForwardClientCertDetails = ProxyHeaderSettings.Translate(
            topology?.ForwardClientCertDetails ?? ForwardClientCertDetails.Undefined, ForwardDetails.SanitizeSet);
        if (manager.ForwardClientCertDetails is ForwardDetails.AppendForward or ForwardDetails.SanitizeSet)
        {
            manager.SetCurrentClientCertDetails = new HttpConnectionManager.Types.SetCurrentClientCertDetails
            {
                Subject = true,
                Cert = true,
                Dns = true,
                Uri = true,
            };
        }
    }
}
