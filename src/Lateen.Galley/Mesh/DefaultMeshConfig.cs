using Google.Protobuf.WellKnownTypes;
using Istio.Mesh.V1Alpha1;
using Istio.Networking.V1Alpha3;

namespace Lateen.Galley;

/// <summary>The configuration of a mesh that says nothing about itself.</summary>
public static class DefaultMeshConfig
{
    /// <summary>A new message with Istio's defaults.</summary>
    public static MeshConfig Create() => new()
    {
        ProxyListenPort = 15001,
        ProxyInboundListenPort = 15006,
        ConnectTimeout = Seconds(10),
        HboneIdleTimeout = Seconds(3600),
        ProtocolDetectionTimeout = Seconds(0),
        IngressClass = "istio",
        IngressService = "istio-ingressgateway",
        IngressControllerMode = MeshConfig.Types.IngressControllerMode.Strict,
        IngressSelector = "ingressgateway",
        EnableTracing = true,
        AccessLogEncoding = MeshConfig.Types.AccessLogEncoding.Text,
        DefaultConfig = CreateProxyConfig(),
        OutboundTrafficPolicy = new MeshConfig.Types.OutboundTrafficPolicy
        {
            Mode = MeshConfig.Types.OutboundTrafficPolicy.Types.Mode.AllowAny,
        },
        InboundTrafficPolicy = new MeshConfig.Types.InboundTrafficPolicy(),
        EnableAutoMtls = true,
        TrustDomain = "cluster.local",
        DefaultServiceExportTo = { "*" },
        DefaultVirtualServiceExportTo = { "*" },
        DefaultDestinationRuleExportTo = { "*" },
        RootNamespace = "istio-system",
        LocalityLbSetting = new LocalityLoadBalancerSetting { Enabled = true },
        DnsRefreshRate = Seconds(60),
        EnablePrometheusMerge = true,
        DefaultProviders = new MeshConfig.Types.DefaultProviders(),
        ExtensionProviders =
        {
            new MeshConfig.Types.ExtensionProvider { Name = "prometheus", Prometheus = new() },
            new MeshConfig.Types.ExtensionProvider { Name = "stackdriver", Stackdriver = new() },
            new MeshConfig.Types.ExtensionProvider
            {
                Name = "envoy",
                EnvoyFileAccessLog = new() { Path = "/dev/stdout" },
            },
        },
    };

    /// <summary>A new message with the defaults of one proxy.</summary>
    public static ProxyConfig CreateProxyConfig() => new()
    {
        ConfigPath = "./etc/istio/proxy",
        BinaryPath = "/usr/local/bin/envoy",
        ServiceCluster = "istio-proxy",
        DrainDuration = Seconds(45),
        TerminationDrainDuration = Seconds(5),
        DiscoveryAddress = "istiod.istio-system.svc:15012",
        ProxyAdminPort = 15000,
        ControlPlaneAuthPolicy = AuthenticationPolicy.MutualTls,
        StatNameLength = 189,
        StatusPort = 15020,
        FileFlushInterval = Seconds(1),
        FileFlushMinSizeKb = 64,
        StatsCompression = true,
    };

    private static Duration Seconds(long seconds) => new() { Seconds = seconds };
}
