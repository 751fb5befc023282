using Envoy.Config.Cluster.V3;
using Envoy.Config.Core.V3;
using Envoy.Extensions.Common.DynamicForwardProxy.V3;
using Istio.Mesh.V1Alpha1;
using Istio.Networking.V1Alpha3;
using Lateen.Pilot.Model;

namespace Lateen.Pilot.Clusters;

/// <summary>Clusters that every proxy has, for traffic that no service claims.</summary>
internal static class FixedClusters
{
    /// <summary>Source of connections to the own application: the capture rules let it pass.</summary>
    public const string LoopbackSourceV4 = "127.0.0.6";

    /// <summary>The same for IPv6.</summary>
    public const string LoopbackSourceV6 = "::6";

    private const uint DynamicHostsMax = 1024;

    public static Cluster BlackHole(MeshConfig mesh) => new()
    {
        Name = ClusterNames.BlackHole,
        AltStatName = $"{ClusterNames.BlackHole};",
        Type = Cluster.Types.DiscoveryType.Static,
        ConnectTimeout = mesh.ConnectTimeout,
    };

    public static Cluster Passthrough(MeshConfig mesh, bool metadataExchange, bool preserveHeaderCase)
    {
        var cluster = new Cluster
        {
            Name = ClusterNames.Passthrough,
            AltStatName = $"{ClusterNames.Passthrough};",
            Type = Cluster.Types.DiscoveryType.OriginalDst,
            LbPolicy = Cluster.Types.LbPolicy.ClusterProvided,
        };
        Finish(cluster, mesh, mesh.DefaultTrafficPolicy?.ConnectionPool, preserveHeaderCase);
        MetadataExchange.AddTo(cluster, metadataExchange);
        return cluster;
    }

    public static Cluster InboundPassthrough(MeshConfig mesh, IpFamilies families, bool preserveHeaderCase)
    {
        var cluster = Passthrough(mesh, metadataExchange: false, preserveHeaderCase);
        cluster.Name = ClusterNames.InboundPassthrough;
        cluster.UpstreamBindConfig = LoopbackSource(families, dualStack: true);
        return cluster;
    }

    public static Cluster AllowAnyDynamicDns(
        MeshConfig mesh, OutboundClient client, ClientTLSSettings? tls)
    {
        var isPlain = tls is null || tls.Mode == ClientTLSSettings.Types.TLSmode.Disable;
        var cluster = new Cluster
        {
            Name = ClusterNames.AllowAnyDynamicDns,
            AltStatName = $"{ClusterNames.AllowAnyDynamicDns};",
            LbPolicy = Cluster.Types.LbPolicy.ClusterProvided,
            ClusterType = DynamicForwardProxies.Create(AllowAnyCache(client.IpFamilies), isPlain),
        };
        Finish(cluster, mesh, null, client.PreserveHeaderCase);
        if (!isPlain)
        {
            var facts = new UpstreamTls.Facts([], "", true, MutualTlsMode.Unknown, false, false);
            new UpstreamTls(mesh, client).Apply(cluster, new HttpOptions(), tls, facts);
        }
        MetadataExchange.AddTo(cluster, client.MetadataExchange);
        return cluster;
    }

    /// <summary>The cache of that cluster, which the filter before it must name alike.</summary>
    public static DnsCacheConfig AllowAnyCache(IpFamilies families) => new()
    {
        Name = "allow_any" + DynamicForwardProxies.CacheSuffix,
        DnsLookupFamily = LookupFamily(families),
        MaxHosts = DynamicHostsMax,
    };

    public static BindConfig LoopbackSource(IpFamilies families, bool dualStack)
    {
        var config = new BindConfig
        {
            SourceAddress = new SocketAddress
            {
                Address = families.HasFlag(IpFamilies.V4) ? LoopbackSourceV4 : LoopbackSourceV6,
                PortValue = 0,
            },
        };
        if (dualStack && families == IpFamilies.Dual)
        {
            config.ExtraSourceAddresses.Add(new ExtraSourceAddress
            {
                Address = new SocketAddress { Address = LoopbackSourceV6, PortValue = 0 },
            });
        }
        return config;
    }

    public static Cluster.Types.DnsLookupFamily LookupFamily(IpFamilies families) => families switch
    {
        IpFamilies.V6 => Cluster.Types.DnsLookupFamily.V6Only,
        IpFamilies.Dual => Cluster.Types.DnsLookupFamily.All,
        _ => Cluster.Types.DnsLookupFamily.V4Only,
    };

    private static void Finish(
        Cluster cluster, MeshConfig mesh, ConnectionPoolSettings? pool, bool preserveHeaderCase)
    {
        var http = HttpOptions.ForPassthrough(preserveHeaderCase);
        ConnectionPools.Apply(cluster, http, mesh, pool ?? new ConnectionPoolSettings(), null);
        http.ApplyTo(cluster);
    }
}
