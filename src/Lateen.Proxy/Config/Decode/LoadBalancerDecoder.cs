using Envoy.Config.Cluster.V3;
using Lateen.Proxy.Clusters;
using ClusterProto = Envoy.Config.Cluster.V3.Cluster;

namespace Lateen.Proxy.Config.Decode;

/// <summary>Load balancing policies of clusters, in the old fields and the new list.</summary>
internal static class LoadBalancerDecoder
{
    private const string Policies = "envoy.extensions.load_balancing_policies.";

    public static LoadBalancerConfig Decode(
        ClusterProto cluster, DiscoveryType type, string path, DecodeContext context)
    {
        var common = cluster.CommonLbConfig;
        var config = new LoadBalancerConfig
        {
            Policy = cluster.LbPolicy switch
            {
                ClusterProto.Types.LbPolicy.LeastRequest => LoadBalancerPolicy.LeastRequest,
                ClusterProto.Types.LbPolicy.RingHash => LoadBalancerPolicy.RingHash,
                ClusterProto.Types.LbPolicy.Random => LoadBalancerPolicy.Random,
                ClusterProto.Types.LbPolicy.Maglev => LoadBalancerPolicy.Maglev,
                ClusterProto.Types.LbPolicy.ClusterProvided => LoadBalancerPolicy.ClusterProvided,
                _ => LoadBalancerPolicy.RoundRobin,
            },
            ChoiceCount = (int)(cluster.LeastRequestLbConfig?.ChoiceCount ?? 2),
            ActiveRequestBias = cluster.LeastRequestLbConfig?.ActiveRequestBias?.DefaultValue ?? 1,
            MinimumRingSize = cluster.RingHashLbConfig?.MinimumRingSize ?? 1024,
            MaximumRingSize = cluster.RingHashLbConfig?.MaximumRingSize ?? 8 * 1024 * 1024,
            UseMurmurHash = cluster.RingHashLbConfig?.HashFunction
                == ClusterProto.Types.RingHashLbConfig.Types.HashFunction.MurmurHash2,
            TableSize = cluster.MaglevLbConfig?.TableSize ?? 65537,
            UseHostnameForHashing = common?.ConsistentHashingLbConfig?.UseHostnameForHashing ?? false,
            HealthyPanicThreshold = common?.HealthyPanicThreshold?.Value ?? 50,
            FailTrafficOnPanic = common?.ZoneAwareLbConfig?.FailTrafficOnPanic ?? false,
            LocalityWeighted = common?.LocalityWeightedLbConfig is not null,
        };
        if (cluster.LoadBalancingPolicy is { } policies)
        {
            config = DecodeList(policies, config, $"{path}.load_balancing_policy", context);
        }
        if (config.Policy == LoadBalancerPolicy.ClusterProvided && type != DiscoveryType.OriginalDst)
        {
            context.Error($"{path}.lb_policy", "CLUSTER", "CLUSTER_PROVIDED fits ORIGINAL_DST clusters only");
        }
        if (config.MinimumRingSize > config.MaximumRingSize)
        {
            context.Error($"{path}.ring_hash_lb_config", "CLUSTER",
                $"ring hash: minimum_ring_size ({config.MinimumRingSize}) > "
                + $"maximum_ring_size ({config.MaximumRingSize})");
        }
        return config;
    }

    /// <summary>Subsets by metadata; null when there are none.</summary>
    public static SubsetConfig? DecodeSubsets(ClusterProto cluster)
    {
        if (cluster.LbSubsetConfig is not { SubsetSelectors.Count: > 0 } subsets)
        {
            return null;
        }
        return new SubsetConfig(
            subsets.FallbackPolicy switch
            {
                ClusterProto.Types.LbSubsetConfig.Types.LbSubsetFallbackPolicy.AnyEndpoint =>
                    SubsetFallback.AnyEndpoint,
                ClusterProto.Types.LbSubsetConfig.Types.LbSubsetFallbackPolicy.DefaultSubset =>
                    SubsetFallback.DefaultSubset,
                _ => SubsetFallback.NoFallback,
            },
            SubsetCriteria.From(subsets.DefaultSubset),
            [.. subsets.SubsetSelectors.Select(selector => new SubsetSelector(
                [.. selector.Keys.Order(StringComparer.Ordinal)], (SubsetFallback)(int)selector.FallbackPolicy,
                [.. selector.FallbackKeysSubset.Order(StringComparer.Ordinal)]))]);
    }

    /// <summary>The first policy of the list that is known.</summary>
    private static LoadBalancerConfig DecodeList(
        LoadBalancingPolicy policies, LoadBalancerConfig config, string path, DecodeContext context)
    {
        foreach (var policy in policies.Policies)
        {
            var type = TypedConfigs.Open(policy.TypedExtensionConfig?.TypedConfig, out var bytes, out var fields);
            switch (type)
            {
                case Policies + "round_robin.v3.RoundRobin":
                    var roundRobin = TypedConfigs.Read(
                        Envoy.Extensions.LoadBalancingPolicies.RoundRobin.V3.RoundRobin.Parser, bytes, fields);
                    return config with
                    {
                        Policy = LoadBalancerPolicy.RoundRobin,
                        LocalityWeighted = roundRobin.LocalityLbConfig?.LocalityWeightedLbConfig is not null,
                    };
                case Policies + "least_request.v3.LeastRequest":
                    var least = TypedConfigs.Read(
                        Envoy.Extensions.LoadBalancingPolicies.LeastRequest.V3.LeastRequest.Parser, bytes, fields);
                    return config with
                    {
                        Policy = LoadBalancerPolicy.LeastRequest,
                        ChoiceCount = (int)(least.ChoiceCount ?? 2),
                        ActiveRequestBias = least.ActiveRequestBias?.DefaultValue ?? 1,
                        FullScan = least.SelectionMethod == Envoy.Extensions.LoadBalancingPolicies.LeastRequest.V3
                            .LeastRequest.Types.SelectionMethod.FullScan,
                        LocalityWeighted = least.LocalityLbConfig?.LocalityWeightedLbConfig is not null,
                    };
                case Policies + "random.v3.Random":
                    return config with { Policy = LoadBalancerPolicy.Random };
                case Policies + "ring_hash.v3.RingHash":
                    var ring = TypedConfigs.Read(
                        Envoy.Extensions.LoadBalancingPolicies.RingHash.V3.RingHash.Parser, bytes, fields);
                    return config with
                    {
                        Policy = LoadBalancerPolicy.RingHash,
                        MinimumRingSize = ring.MinimumRingSize ?? 1024,
                        MaximumRingSize = ring.MaximumRingSize ?? 8 * 1024 * 1024,
                        UseHostnameForHashing = ring.ConsistentHashingLbConfig?.UseHostnameForHashing ?? false,
                    };
                case Policies + "maglev.v3.Maglev":
                    var maglev = TypedConfigs.Read(
                        Envoy.Extensions.LoadBalancingPolicies.Maglev.V3.Maglev.Parser, bytes, fields);
                    return config with { Policy = LoadBalancerPolicy.Maglev, TableSize = maglev.TableSize ?? 65537 };
                case Policies + "cluster_provided.v3.ClusterProvided":
                    return config with { Policy = LoadBalancerPolicy.ClusterProvided };
            }
        }
        context.Error(path, "CLUSTER", "cluster: didn't find a registered load balancer factory",
            string.Join(", ", policies.Policies.Select(policy => policy.TypedExtensionConfig?.Name)));
        return config;
    }
}
