using Lateen.Proxy.Addresses;
using Address = Envoy.Config.Core.V3.SocketAddress;
using ClusterProto = Envoy.Config.Cluster.V3.Cluster;
using KindProto = Envoy.Config.Cluster.V3.Cluster.Types.DiscoveryType;
using ThresholdsProto = Envoy.Config.Cluster.V3.CircuitBreakers.Types.Thresholds;

namespace Lateen.Proxy.Config.Decode;

/// <summary>What fields of a cluster may not say together.</summary>
internal static class ClusterCheck
{
    public static void Check(ClusterProto cluster, string path, DecodeContext context)
    {
        var text = Policy(cluster) ?? Kind(cluster) ?? Outliers(cluster) ?? Breakers(cluster)
            ?? Sources(cluster) ?? Sockets(cluster) ?? Drops(cluster) ?? Checks(cluster);
        if (text is not null)
        {
            context.Error(path, "CLUSTER", text);
        }
        if (cluster.LbSubsetConfig is { } subsets)
        {
            SubsetDecoder.Check(subsets, $"{path}.lb_subset_config", context);
        }
    }

    private static string? Policy(ClusterProto cluster)
    {
        if (cluster.LoadBalancingPolicy is null)
        {
            return cluster.LbPolicy switch
            {
                ClusterProto.Types.LbPolicy.LoadBalancingPolicyConfig =>
                    "cluster: field load_balancing_policy need to be set",
                ClusterProto.Types.LbPolicy.ClusterProvided when cluster.LbSubsetConfig?.SubsetSelectors.Count > 0 =>
                    "cluster: LB policy CLUSTER_PROVIDED cannot be combined with lb_subset_config",
                _ => null,
            };
        }
        return cluster.LbSubsetConfig is not null
                ? "cluster: load_balancing_policy cannot be combined with lb_subset_config"
            : cluster.CommonLbConfig is { } common && (common.ZoneAwareLbConfig is not null
                || common.LocalityWeightedLbConfig is not null || common.ConsistentHashingLbConfig is not null)
                ? "cluster: load_balancing_policy cannot be combined with partial fields (zone_aware_lb_config, "
                    + "locality_weighted_lb_config, consistent_hashing_lb_config) of common_lb_config"
            : null;
    }

    private static string? Kind(ClusterProto cluster)
    {
        var isEds = cluster.ClusterDiscoveryTypeCase == ClusterProto.ClusterDiscoveryTypeOneofCase.Type
            && cluster.Type == KindProto.Eds;
        if (cluster.EdsClusterConfig is not null && !isEds)
        {
            return "eds_cluster_config set in a non-EDS cluster";
        }
        if (cluster.DnsFailureRefreshRate is { MaxInterval: not null } failure
            && Durations.Nanos(failure.MaxInterval) < Durations.Nanos(failure.BaseInterval))
        {
            return "dns_failure_refresh_rate must have max_interval greater than or equal to the base_interval";
        }
        if (cluster.OriginalDstLbConfig is { UseHttpHeader: false, HttpHeaderName: { Length: > 0 } header })
        {
            return $"ORIGINAL_DST cluster: invalid config http_header_name={header} and use_http_header is false."
                + " Set use_http_header to true if http_header_name is desired.";
        }
        var isDns = cluster.Type is KindProto.StrictDns or KindProto.LogicalDns;
        foreach (var locality in isEds ? [] : cluster.LoadAssignment?.Endpoints ?? [])
        {
            if (locality.LedsClusterLocalityConfig is not null)
            {
                return "LEDS is only supported when EDS is used."
                    + $" {(isDns ? "DNS" : "Static")} cluster {cluster.Name} cannot use LEDS.";
            }
            if (isDns && locality.LbEndpoints.Any(
                entry => entry.Endpoint?.Address?.SocketAddress?.ResolverName.Length > 0))
            {
                return $"{(cluster.Type == KindProto.StrictDns ? "STRICT_DNS" : "LOGICAL_DNS")} clusters must NOT have"
                    + " a custom resolver name set";
            }
        }
        return null;
    }

    private static string? Outliers(ClusterProto cluster)
    {
        if (cluster.OutlierDetection is not { } outlier)
        {
            return null;
        }
        return outlier.Monitors.Count > 0
                ? $"Didn't find a registered implementation for '{outlier.Monitors[0].Name}' with type URL:"
                    + $" '{outlier.Monitors[0].TypedConfig?.TypeUrl}'"
            : outlier.MaxEjectionTime is { } most && outlier.BaseEjectionTime is { } least
                && Durations.Nanos(most) < Durations.Nanos(least)
                ? "outlier detector's max_ejection_time cannot be smaller than base_ejection_time"
            : null;
    }

    private static string? Breakers(ClusterProto cluster)
    {
        foreach (var limits in cluster.CircuitBreakers?.PerHostThresholds ?? [])
        {
            var allowed = new ThresholdsProto { Priority = limits.Priority, MaxConnections = limits.MaxConnections };
            if (!limits.Equals(allowed))
            {
                return "Unsupported field in per_host_thresholds";
            }
        }
        return null;
    }

    /// <summary>One more source address, of the other IP version.</summary>
    private static string? Sources(ClusterProto cluster)
    {
        if (cluster.UpstreamBindConfig is not { } bind)
        {
            return null;
        }
        var extra = bind.ExtraSourceAddresses.Count + bind.AdditionalSourceAddresses.Count;
        if (extra == 0)
        {
            return null;
        }
        if (bind.ExtraSourceAddresses.Count > 0 && bind.AdditionalSourceAddresses.Count > 0)
        {
            return "Can't specify both `extra_source_addresses` and `additional_source_addresses` in the Cluster"
                + $" {cluster.Name}'s upstream binding config";
        }
        if (bind.SourceAddress is null)
        {
            return $"Cluster {cluster.Name}'s upstream binding config has extra/additional source addresses but no"
                + " source_address. Extra/additional addresses cannot be specified if source_address is not set.";
        }
        if (extra > 1)
        {
            return $"Cluster {cluster.Name}'s upstream binding config has more than one extra/additional source"
                + " addresses. Only one extra/additional source can be supported in BindConfig's extra_source_addresses"
                + "/additional_source_addresses field";
        }
        var other = bind.ExtraSourceAddresses.Count > 0
            ? bind.ExtraSourceAddresses[0].Address : bind.AdditionalSourceAddresses[0];
        return IsV6(bind.SourceAddress) == IsV6(other)
            ? $"Cluster {cluster.Name}'s upstream binding config has two same IP version source addresses. Only two"
                + " different IP version source addresses can be supported in BindConfig's source_address and"
                + " extra_source_addresses/additional_source_addresses fields"
            : null;
    }

    private static bool IsV6(Address? address) =>
        address is not null && IpAddress.TryParse(address.Address.AsSpan(), out var ip) && ip.IsV6;

    private static string? Sockets(ClusterProto cluster) =>
        cluster.TransportSocketMatches.Any(match => match.TransportSocket is null)
            ? "Didn't find a registered implementation for '' with type URL: ''" : null;

    private static string? Drops(ClusterProto cluster)
    {
        var drops = cluster.LoadAssignment?.Policy?.DropOverloads;
        if (drops is not { Count: > 0 })
        {
            return null;
        }
        if (drops.Count > 1)
        {
            return $"Cluster drop_overloads config has {drops.Count} categories. Envoy only support one.";
        }
        var share = MatcherDecoder.DecodePercent(drops[0].DropPercentage);
        return share.Numerator > share.Denominator
            ? $"Cluster drop_overloads config is invalid. drop_ratio={(double)share.Numerator / share.Denominator}"
                + $"(Numerator {share.Numerator} / Denominator {share.Denominator}). The valid range is 0~1."
            : null;
    }

    private static string? Checks(ClusterProto cluster)
    {
        if (cluster.HealthChecks is not [{ HttpHealthCheck: { Send: not null } http }, ..])
        {
            return null;
        }
        return http.Method is Envoy.Config.Core.V3.RequestMethod.Post or Envoy.Config.Core.V3.RequestMethod.Put
            or Envoy.Config.Core.V3.RequestMethod.Patch or Envoy.Config.Core.V3.RequestMethod.Options
            ? null
            : "HTTP health check cannot specify a request payload with method "
                + $"'{(http.Method == 0 ? "GET" : http.Method.ToString().ToUpperInvariant())}'."
                + " Only methods that support a request body (POST, PUT, PATCH, OPTIONS) can be used with payload.";
    }
}
