using Envoy.Extensions.Clusters.Dns.V3;
using Envoy.Extensions.Clusters.OriginalDst.V3;
using ClusterProto = Envoy.Config.Cluster.V3.Cluster;
using Family = Envoy.Config.Cluster.V3.Cluster.Types.DnsLookupFamily;
using Kind = Envoy.Config.Cluster.V3.Cluster.Types.DiscoveryType;
using NewFamily = Envoy.Extensions.Clusters.Common.Dns.V3.DnsLookupFamily;

namespace Lateen.Proxy.Config.Decode;

/// <summary>Cluster types that are extensions for what older fields say too: they become those fields.</summary>
internal static class CustomClusterTypes
{
    private const string Dns = "envoy.extensions.clusters.dns.v3.DnsCluster";
    private const string OriginalDst = "envoy.extensions.clusters.original_dst.v3.OriginalDstCluster";

    /// <summary>The cluster in the older form; itself when it has no such type.</summary>
    public static ClusterProto Expand(ClusterProto cluster)
    {
        if (cluster.ClusterDiscoveryTypeCase != ClusterProto.ClusterDiscoveryTypeOneofCase.ClusterType)
        {
            return cluster;
        }
        var name = cluster.ClusterType.Name;
        var type = TypedConfigs.Open(cluster.ClusterType.TypedConfig, out var bytes, out var fields);
        switch (type)
        {
            case Dns:
                return ExpandDns(cluster, name, TypedConfigs.Read(DnsCluster.Parser, bytes, fields));
            case OriginalDst:
                return ExpandOriginalDst(cluster, TypedConfigs.Read(OriginalDstCluster.Parser, bytes, fields));
            case "":
                return TypeOf(name) is { } old ? With(cluster, old) : cluster;
            default:
                return cluster;
        }
    }

    private static Kind? TypeOf(string name) => name switch
    {
        "envoy.cluster.static" => Kind.Static,
        "envoy.cluster.strict_dns" => Kind.StrictDns,
        "envoy.cluster.logical_dns" => Kind.LogicalDns,
        "envoy.cluster.eds" => Kind.Eds,
        "envoy.cluster.original_dst" => Kind.OriginalDst,
        _ => null,
    };

    private static ClusterProto With(ClusterProto cluster, Kind type)
    {
        var copy = cluster.Clone();
        copy.Type = type;
        return copy;
    }

    private static ClusterProto ExpandDns(ClusterProto cluster, string name, DnsCluster dns)
    {
        var copy = With(cluster, name switch
        {
            "envoy.cluster.strict_dns" => Kind.StrictDns,
            "envoy.cluster.logical_dns" => Kind.LogicalDns,
            _ => dns.AllAddressesInSingleEndpoint ? Kind.LogicalDns : Kind.StrictDns,
        });
        copy.DnsRefreshRate = dns.DnsRefreshRate;
        copy.DnsFailureRefreshRate = dns.DnsFailureRefreshRate is not { } failure ? null
            : new ClusterProto.Types.RefreshRate
            {
                BaseInterval = failure.BaseInterval,
                MaxInterval = failure.MaxInterval,
            };
        copy.RespectDnsTtl = dns.RespectDnsTtl;
        copy.DnsJitter = dns.DnsJitter;
        copy.TypedDnsResolverConfig = dns.TypedDnsResolverConfig ?? copy.TypedDnsResolverConfig;
        copy.DnsLookupFamily = dns.DnsLookupFamily switch
        {
            NewFamily.V4Only => Family.V4Only,
            NewFamily.V6Only => Family.V6Only,
            NewFamily.V4Preferred => Family.V4Preferred,
            NewFamily.All => Family.All,
            _ => Family.Auto,
        };
        return copy;
    }

    private static ClusterProto ExpandOriginalDst(ClusterProto cluster, OriginalDstCluster original)
    {
        var copy = With(cluster, Kind.OriginalDst);
        copy.OriginalDstLbConfig = new ClusterProto.Types.OriginalDstLbConfig
        {
            UseHttpHeader = original.UseHttpHeader,
            HttpHeaderName = original.HttpHeaderName,
            UpstreamPortOverride = original.UpstreamPortOverride,
            MetadataKey = original.MetadataKey,
        };
        return copy;
    }
}
