using Envoy.Config.Cluster.V3;
using Lateen.Proxy.Clusters;
using ClusterProto = Envoy.Config.Cluster.V3.Cluster;
using Common = Envoy.Extensions.LoadBalancingPolicies.Common.V3;
using OverrideProto = Envoy.Extensions.LoadBalancingPolicies.OverrideHost.V3.OverrideHost;
using ReportedProto =
    Envoy.Extensions.LoadBalancingPolicies.ClientSideWeightedRoundRobin.V3.ClientSideWeightedRoundRobin;
using SubsetProto = Envoy.Extensions.LoadBalancingPolicies.Subset.V3.Subset;

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
            HashBalanceFactor = (int)(common?.ConsistentHashingLbConfig?.HashBalanceFactor ?? 0),
            OverrideHostStatuses = common?.OverrideHostStatus is { } statuses
                ? statuses.Statuses.Aggregate(0, (mask, status) => mask | (1 << (int)status))
                : LoadBalancerConfig.DefaultOverrideStatuses,
            ZoneAware = common?.ZoneAwareLbConfig is { } zones
                ? new ZoneAwareConfig(zones.RoutingEnabled?.Value ?? 100, zones.MinClusterSize ?? 6, 0)
                : null,
        };
        config = WithSlowStart(config, cluster.LbPolicy == ClusterProto.Types.LbPolicy.LeastRequest
            ? cluster.LeastRequestLbConfig?.SlowStartConfig
            : cluster.RoundRobinLbConfig?.SlowStartConfig);
        if (cluster.LoadBalancingPolicy is { } policies)
        {
            config = DecodeList(policies, config, $"{path}.load_balancing_policy", context);
        }
        Validate(config, cluster, type, path, context);
        return config;
    }

    private static void Validate(
        LoadBalancerConfig config, ClusterProto cluster, DiscoveryType type, string path, DecodeContext context)
    {
        if (config.Policy == LoadBalancerPolicy.ClusterProvided
            && type is not (DiscoveryType.OriginalDst or DiscoveryType.Custom))
        {
            context.Error($"{path}.lb_policy", "CLUSTER", "CLUSTER_PROVIDED fits ORIGINAL_DST clusters only");
        }
        if (config.Policy == LoadBalancerPolicy.Maglev && !IsPrime(config.TableSize))
        {
            context.Error($"{path}.maglev_lb_config.table_size", "CLUSTER",
                "The table size of maglev must be prime number");
        }
        if (cluster.LeastRequestLbConfig?.ChoiceCount < 2)
        {
            context.Error($"{path}.least_request_lb_config.choice_count", "CLUSTER",
                "value must be greater than or equal to 2");
        }
        if (cluster.CommonLbConfig?.ConsistentHashingLbConfig?.HashBalanceFactor < 100)
        {
            context.Error($"{path}.common_lb_config.consistent_hashing_lb_config.hash_balance_factor", "CLUSTER",
                "value must be greater than or equal to 100");
        }
        if (Math.Max(config.MinimumRingSize, config.MaximumRingSize) > 8388608)
        {
            context.Error($"{path}.ring_hash_lb_config", "CLUSTER", "value must be less than or equal to 8388608");
        }
        if (config.TableSize > 5000011)
        {
            context.Error($"{path}.maglev_lb_config.table_size", "CLUSTER",
                "value must be less than or equal to 5000011");
        }
        if (config.MinimumRingSize > config.MaximumRingSize)
        {
            context.Error($"{path}.ring_hash_lb_config", "CLUSTER",
                $"ring hash: minimum_ring_size ({config.MinimumRingSize}) > "
                + $"maximum_ring_size ({config.MaximumRingSize})");
        }
    }

    private static bool IsPrime(ulong number)
    {
        if (number < 2)
        {
            return false;
        }
        for (ulong i = 2; i * i <= number; i++)
        {
            if (number % i == 0)
            {
                return false;
            }
        }
        return true;
    }

    private static LoadBalancerConfig WithSlowStart(
        LoadBalancerConfig config, ClusterProto.Types.SlowStartConfig? slowStart) => slowStart is null
        ? config
        : config with
        {
            SlowStartWindowNanos = Durations.Nanos(slowStart.SlowStartWindow),
            SlowStartAggression = slowStart.Aggression?.DefaultValue ?? 1,
            SlowStartMinWeight = (slowStart.MinWeightPercent?.Value ?? 10) / 100,
        };

    private static LoadBalancerConfig With(
        LoadBalancerConfig config, Common.SlowStartConfig? slowStart, Common.LocalityLbConfig? locality)
    {
        if (slowStart is not null)
        {
            config = config with
            {
                SlowStartWindowNanos = Durations.Nanos(slowStart.SlowStartWindow),
                SlowStartAggression = slowStart.Aggression?.DefaultValue ?? 1,
                SlowStartMinWeight = (slowStart.MinWeightPercent?.Value ?? 10) / 100,
            };
        }
        var zones = locality?.ZoneAwareLbConfig;
        return config with
        {
            LocalityWeighted = locality?.LocalityWeightedLbConfig is not null,
            ZoneAware = zones is null ? null
                : new ZoneAwareConfig(zones.RoutingEnabled?.Value ?? 100, zones.MinClusterSize ?? 6, 0),
            FailTrafficOnPanic = zones?.FailTrafficOnPanic ?? false,
        };
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
                    var roundRobin = TypedConfigs.ReadUnchecked(
                        Envoy.Extensions.LoadBalancingPolicies.RoundRobin.V3.RoundRobin.Parser, bytes, fields);
                    return With(
                        config with { Policy = LoadBalancerPolicy.RoundRobin }, roundRobin.SlowStartConfig,
                        roundRobin.LocalityLbConfig);
                case Policies + "least_request.v3.LeastRequest":
                    var least = TypedConfigs.ReadUnchecked(
                        Envoy.Extensions.LoadBalancingPolicies.LeastRequest.V3.LeastRequest.Parser, bytes, fields);
                    return With(LeastRequest(config, least), least.SlowStartConfig, least.LocalityLbConfig);
                case Policies + "random.v3.Random":
                    var random = TypedConfigs.ReadUnchecked(
                        Envoy.Extensions.LoadBalancingPolicies.Random.V3.Random.Parser, bytes, fields);
                    return With(config with { Policy = LoadBalancerPolicy.Random }, null, random.LocalityLbConfig);
                case Policies + "pick_first.v3.PickFirst":
                    var first = TypedConfigs.ReadUnchecked(
                        Envoy.Extensions.LoadBalancingPolicies.PickFirst.V3.PickFirst.Parser, bytes, fields);
                    return config with
                    {
                        Policy = LoadBalancerPolicy.PickFirst,
                        ShuffleAddressList = first.ShuffleAddressList,
                    };
                case Policies + "wrr_locality.v3.WrrLocality":
                    var locality = TypedConfigs.ReadUnchecked(
                        Envoy.Extensions.LoadBalancingPolicies.WrrLocality.V3.WrrLocality.Parser, bytes, fields);
                    return WithinLocalities(locality, config, path, context);
                case Policies + "override_host.v3.OverrideHost":
                    return OverrideHostDecoder.Decode(TypedConfigs.ReadUnchecked(
                        OverrideProto.Parser, bytes, fields), DecodeList, config, path, context);
                case Policies + "subset.v3.Subset":
                    return SubsetDecoder.Decode(TypedConfigs.ReadUnchecked(
                        SubsetProto.Parser, bytes, fields), DecodeList, config, path, context);
                case Policies + "client_side_weighted_round_robin.v3.ClientSideWeightedRoundRobin":
                    return Reported(config, TypedConfigs.ReadUnchecked(
                        ReportedProto.Parser, bytes, fields), path, context);
                case Policies + "ring_hash.v3.RingHash":
                    return RingHash(config, TypedConfigs.ReadUnchecked(
                        Envoy.Extensions.LoadBalancingPolicies.RingHash.V3.RingHash.Parser, bytes, fields));
                case Policies + "maglev.v3.Maglev":
                    var maglev = TypedConfigs.ReadUnchecked(
                        Envoy.Extensions.LoadBalancingPolicies.Maglev.V3.Maglev.Parser, bytes, fields);
                    return config with
                    {
                        Policy = LoadBalancerPolicy.Maglev,
                        TableSize = maglev.TableSize ?? 65537,
                        UseHostnameForHashing = maglev.ConsistentHashingLbConfig?.UseHostnameForHashing ?? false,
                        HashBalanceFactor = (int)(maglev.ConsistentHashingLbConfig?.HashBalanceFactor ?? 0),
                        LocalityWeighted = maglev.LocalityWeightedLbConfig is not null,
                    };
                case Policies + "cluster_provided.v3.ClusterProvided":
                    return config with { Policy = LoadBalancerPolicy.ClusterProvided };
            }
        }
        context.Error(path, "CLUSTER", "cluster: didn't find a registered load balancer factory",
            string.Join(", ", policies.Policies.Select(policy => policy.TypedExtensionConfig?.Name)));
        return config;
    }

    private static LoadBalancerConfig WithinLocalities(
        Envoy.Extensions.LoadBalancingPolicies.WrrLocality.V3.WrrLocality locality, LoadBalancerConfig config,
        string path, DecodeContext context)
    {
        var picking = DecodeList(
            locality.EndpointPickingPolicy ?? new LoadBalancingPolicy(), config,
            $"{path}.typed_config.endpoint_picking_policy", context);
        if (picking.Policy != LoadBalancerPolicy.ClientSideWeighted)
        {
            context.Error(path, "CLUSTER", "Currently WrrLocalityLoadBalancer only supports "
                + "ClientSideWeightedRoundRobinLoadBalancer as its endpoint picking policy.");
        }
        return picking with { LocalityWeighted = true };
    }

    private static LoadBalancerConfig LeastRequest(
        LoadBalancerConfig config, Envoy.Extensions.LoadBalancingPolicies.LeastRequest.V3.LeastRequest least) =>
        config with
        {
            Policy = LoadBalancerPolicy.LeastRequest,
            ChoiceCount = (int)Math.Clamp(least.ChoiceCount ?? 2, 1, int.MaxValue),
            ActiveRequestBias = least.ActiveRequestBias?.DefaultValue ?? 1,
            FullScan = least.SelectionMethod == Envoy.Extensions.LoadBalancingPolicies.LeastRequest.V3
                .LeastRequest.Types.SelectionMethod.FullScan,
        };

    private static LoadBalancerConfig RingHash(
        LoadBalancerConfig config, Envoy.Extensions.LoadBalancingPolicies.RingHash.V3.RingHash ring) => config with
        {
            Policy = LoadBalancerPolicy.RingHash,
            MinimumRingSize = ring.MinimumRingSize ?? 1024,
            MaximumRingSize = ring.MaximumRingSize ?? 8 * 1024 * 1024,
            UseMurmurHash = ring.HashFunction == Envoy.Extensions.LoadBalancingPolicies.RingHash.V3.RingHash.Types
                .HashFunction.MurmurHash2,
            UseHostnameForHashing = ring.ConsistentHashingLbConfig?.UseHostnameForHashing ?? false,
            HashBalanceFactor = (int)(ring.ConsistentHashingLbConfig?.HashBalanceFactor ?? 0),
            LocalityWeighted = ring.LocalityWeightedLbConfig is not null,
        };

    private static LoadBalancerConfig Reported(
        LoadBalancerConfig config, ReportedProto proto, string path, DecodeContext context)
    {
        if (proto.EnableOobLoadReport == true)
        {
            context.Error(path, "CLUSTER", "load reports out of band are not supported");
        }
        return config with
        {
            Policy = LoadBalancerPolicy.ClientSideWeighted,
            ReportedWeights = new ReportedWeightConfig
            {
                BlackoutNanos = Durations.Nanos(proto.BlackoutPeriod, 10_000_000_000),
                ExpirationNanos = Durations.Nanos(proto.WeightExpirationPeriod, 180_000_000_000),
                UpdatePeriodNanos = Durations.Nanos(proto.WeightUpdatePeriod, 1_000_000_000),
                ErrorUtilizationPenalty = proto.ErrorUtilizationPenalty ?? 1,
            },
        };
    }
}
