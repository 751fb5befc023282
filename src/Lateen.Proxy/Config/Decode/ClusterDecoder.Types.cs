using System.Collections.Immutable;
using Lateen.Proxy.Clusters;
using AggregateProto = Envoy.Extensions.Clusters.Aggregate.V3.ClusterConfig;
using ClusterProto = Envoy.Config.Cluster.V3.Cluster;
using ForwardProxyProto = Envoy.Extensions.Clusters.DynamicForwardProxy.V3.ClusterConfig;

namespace Lateen.Proxy.Config.Decode;

/// <content>Clusters that are made of other things, and what is not supported.</content>
internal static partial class ClusterDecoder
{
    private static ImmutableArray<ClusterSlot> MembersOf(ClusterProto cluster, string path, DecodeContext context)
    {
        var type = TypedConfigs.Open(cluster.ClusterType?.TypedConfig, out var bytes, out var fields);
        if (type != AggregateType)
        {
            return [];
        }
        var aggregate = TypedConfigs.Read(AggregateProto.Parser, bytes, fields);
        if (aggregate.Clusters.Count == 0)
        {
            context.Error($"{path}.cluster_type.typed_config.clusters", "CLUSTER",
                "value must contain at least 1 item(s)");
        }
        return [.. aggregate.Clusters.Select(context.Cluster)];
    }

    private static Dns.DnsCacheConfig? ForwardProxyOf(ClusterProto cluster, string path, DecodeContext context)
    {
        var type = TypedConfigs.Open(cluster.ClusterType?.TypedConfig, out var bytes, out var fields);
        if (type != ForwardProxyType)
        {
            return null;
        }
        var at = $"{path}.cluster_type.typed_config";
        var proxy = TypedConfigs.Read(ForwardProxyProto.Parser, bytes, fields);
        if (proxy.SubClustersConfig is not null)
        {
            context.Error($"{at}.sub_clusters_config", "CLUSTER", "sub-clusters are not supported",
                "use dns_cache_config");
            return null;
        }
        if (!proxy.AllowInsecureClusterOptions && cluster.TypedExtensionProtocolOptions.ContainsKey(HttpOptions))
        {
            var http = DecodeHttp(cluster, path, context);
            if (!http.AutoSni || !http.AutoSanValidation)
            {
                context.Error(at, "CLUSTER", "dynamic_forward_proxy cluster must have auto_sni and auto_san_validation "
                    + "true unless allow_insecure_cluster_options is set.");
            }
        }
        return DnsDecoder.Cache(proxy.DnsCacheConfig, $"{at}.dns_cache_config", context);
    }

    private static void RefuseUnsupported(ClusterProto cluster, string path, DecodeContext context)
    {
        const string Selector = "envoy.config.upstream.local_address_selector.v3.DefaultLocalAddressSelector";
        Refuse(cluster.UpstreamBindConfig?.LocalAddressSelector is { } selector
            && TypedConfigs.Open(selector.TypedConfig, out _, out _) != Selector,
            "upstream_bind_config.local_address_selector", "address selectors are not supported");
        Refuse(cluster.PreconnectPolicy?.PredictivePreconnectRatio > 1,
            "preconnect_policy.predictive_preconnect_ratio", "predictive preconnecting is not supported");
        if (cluster.PreconnectPolicy?.PerUpstreamPreconnectRatio is < 1 or > 3)
        {
            context.Error($"{path}.preconnect_policy.per_upstream_preconnect_ratio", "CLUSTER",
                "value must be inside range [1, 3]");
        }
        if (cluster.UpstreamConfig is { } upstream)
        {
            var type = TypedConfigs.Open(upstream.TypedConfig, out _, out _);
            if (!type.StartsWith("envoy.extensions.upstreams.http.", StringComparison.Ordinal))
            {
                TypedConfigs.ReportUnknown(upstream.Name, upstream.TypedConfig, $"{path}.upstream_config", context);
            }
        }

        void Refuse(bool isThere, string field, string message)
        {
            if (isThere)
            {
                context.Error($"{path}.{field}", "CLUSTER", message);
            }
        }
    }
}
