using Google.Protobuf.WellKnownTypes;
using Istio.Mesh.V1Alpha1;
using Istio.Networking.V1Alpha3;

namespace Lateen.Pilot.Model;

/// <summary>Istio's built-in mesh configuration (API document 6.1): no metrics provider, no access log.</summary>
public static class MeshDefaults
{
    /// <summary>Shared; never change it, make a clone.</summary>
    internal static MeshConfig MeshConfig { get; } = CreateMeshConfig();

    internal static MeshNetworks Networks { get; } = new();

    /// <summary>A new configuration with all defaults filled in, to lay a user's over.</summary>
    public static MeshConfig CreateMeshConfig()
    {
        return new MeshConfig
        {
            ProxyListenPort = 15001,
            ProxyInboundListenPort = 15006,
            ConnectTimeout = Duration.FromTimeSpan(TimeSpan.FromSeconds(10)),
            IngressClass = "istio",
            IngressService = "istio-ingressgateway",
            IngressControllerMode = MeshConfig.Types.IngressControllerMode.Strict,
            IngressSelector = "ingressgateway",
            EnableTracing = true,
            OutboundTrafficPolicy = new MeshConfig.Types.OutboundTrafficPolicy
            {
                Mode = Istio.Mesh.V1Alpha1.MeshConfig.Types.OutboundTrafficPolicy.Types.Mode.AllowAny,
            },
            InboundTrafficPolicy = new MeshConfig.Types.InboundTrafficPolicy(),
            EnableAutoMtls = true,
            TrustDomain = "cluster.local",
            DefaultServiceExportTo = { "*" },
            DefaultVirtualServiceExportTo = { "*" },
            DefaultDestinationRuleExportTo = { "*" },
            RootNamespace = "istio-system",
            LocalityLbSetting = new LocalityLoadBalancerSetting { Enabled = true },
            DnsRefreshRate = Duration.FromTimeSpan(TimeSpan.FromSeconds(60)),
            EnablePrometheusMerge = true,
            DefaultConfig = new ProxyConfig
            {
                ConfigPath = "./etc/istio/proxy",
                BinaryPath = "/usr/local/bin/envoy",
                ServiceCluster = "istio-proxy",
                DrainDuration = Duration.FromTimeSpan(TimeSpan.FromSeconds(45)),
                TerminationDrainDuration = Duration.FromTimeSpan(TimeSpan.FromSeconds(5)),
                DiscoveryAddress = "istiod.istio-system.svc:15012",
                ProxyAdminPort = 15000,
                ControlPlaneAuthPolicy = AuthenticationPolicy.MutualTls,
                StatNameLength = 189,
                StatusPort = 15020,
            },
        };
    }
}
