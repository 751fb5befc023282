using Envoy.Config.Cluster.V3;
using Envoy.Extensions.Clusters.DynamicForwardProxy.V3;
using Envoy.Extensions.Common.DynamicForwardProxy.V3;
using Google.Protobuf.WellKnownTypes;

namespace Lateen.Pilot.Clusters;

/// <summary>Clusters that look up the host of each request.</summary>
internal static class DynamicForwardProxies
{
    /// <summary>Suffix of the DNS cache's name after the host.</summary>
    public const string CacheSuffix = "_dfp_dns_cache";

    private const string Name = "envoy.clusters.dynamic_forward_proxy";

    public static Cluster.Types.CustomClusterType Create(DnsCacheConfig cache, bool allowInsecure = false) => new()
    {
        Name = Name,
        TypedConfig = Any.Pack(new ClusterConfig
        {
            DnsCacheConfig = cache,
            AllowInsecureClusterOptions = allowInsecure,
        }),
    };

    public static void AllowInsecure(Cluster cluster)
    {
        var config = cluster.ClusterType.TypedConfig.Unpack<ClusterConfig>();
        config.AllowInsecureClusterOptions = true;
        cluster.ClusterType.TypedConfig = Any.Pack(config);
    }
}
