using System.Collections.Immutable;
using System.Text;
using Envoy.Extensions.Filters.Network.TcpProxy.V3;
using Google.Protobuf.WellKnownTypes;
using Lateen.Proxy.Clusters;
using Lateen.Proxy.Stats;
using Lateen.Proxy.Tcp;

namespace Lateen.Proxy.Config.Decode;

/// <summary>The network filter <c>tcp_proxy</c>.</summary>
internal static class TcpProxyDecoder
{
    public static TcpProxyConfig? Decode(TcpProxy proxy, string name, string path, DecodeContext context)
    {
        if (proxy.StatPrefix.Length == 0)
        {
            context.Error($"{path}.stat_prefix", "TCP_PROXY", "a stat_prefix is required");
        }
        if (proxy.HashPolicy.Count > 1)
        {
            context.Error($"{path}.hash_policy", "TCP_PROXY", "value must contain no more than 1 item(s)");
        }
        var clusters = DecodeClusters(proxy, path, context);
        if (clusters.Length == 0 || clusters.Sum(entry => entry.Weight) == 0)
        {
            context.Error(path, "TCP_PROXY", "a cluster, or weighted_clusters with weights, is required");
            return null;
        }
        var backoff = Durations.Nanos(proxy.BackoffOptions?.BaseInterval);
        if (proxy.BackoffOptions?.MaxInterval is { } most && Durations.Nanos(most) < backoff)
        {
            context.Error($"{path}.backoff_options", "TCP_PROXY",
                "max_backoff_interval must be greater or equal to base_backoff_interval");
        }
        if (proxy.AccessLogOptions is not null
            && (proxy.AccessLogFlushInterval is not null || proxy.FlushAccessLogOnConnected))
        {
            context.Error(path, "TCP_PROXY", "Only one of "
                + (proxy.AccessLogFlushInterval is null ? "flush_access_log_on_connected" : "access_log_flush_interval")
                + " or access_log_options can be specified.");
        }
        if (proxy.UpstreamConnectMode == UpstreamConnectMode.OnDownstreamData && proxy.MaxEarlyDataBytes is null)
        {
            context.Error($"{path}.max_early_data_bytes", "TCP_PROXY",
                "max_early_data_bytes must be set when upstream_connect_mode is ON_DOWNSTREAM_DATA");
        }
        return new TcpProxyConfig
        {
            Name = name,
            Stats = new TcpStats(context.Stats, proxy.StatPrefix),
            OnDemand = DecodeOnDemand(proxy, $"{path}.on_demand", context),
            Clusters = clusters,
            TotalWeight = (ulong)clusters.Sum(entry => entry.Weight),
            EarlyDataBytesMax = proxy.MaxEarlyDataBytes is { } early ? (int)Math.Min(early, int.MaxValue) : -1,
            ConnectsOnData = proxy.UpstreamConnectMode == UpstreamConnectMode.OnDownstreamData,
            Tlvs = DecodeTlvs(proxy, $"{path}.proxy_protocol_tlvs", context),
            TlvMerge = (TlvMergePolicy)(int)proxy.ProxyProtocolTlvMergePolicy,
            IdleTimeoutNanos = Durations.Positive(
                proxy.IdleTimeout, $"{path}.idle_timeout", context, 3_600_000_000_000),
            MaxConnectAttempts = (int)Math.Max(1, proxy.MaxConnectAttempts ?? 1),
            BackoffBaseNanos = backoff,
            BackoffMaxNanos = Durations.Nanos(proxy.BackoffOptions?.MaxInterval, backoff * 10),
            MaxDownstreamConnectionDurationNanos = Durations.Nanos(proxy.MaxDownstreamConnectionDuration),
            MaxDurationJitterPercent = proxy.MaxDownstreamConnectionDurationJitterPercentage?.Value ?? 0,
            HashSourceIp = proxy.HashPolicy.Any(policy => policy.SourceIp is not null),
            HashFilterState = proxy.HashPolicy.Select(policy => policy.FilterState?.Key).FirstOrDefault(),
            Tunneling = DecodeTunneling(proxy.TunnelingConfig, $"{path}.tunneling_config", context),
            AccessLogs = AccessLogDecoder.Decode(proxy.AccessLog, $"{path}.access_log", context),
            AccessLogFlushIntervalNanos = Durations.Nanos(
                proxy.AccessLogOptions?.AccessLogFlushInterval ?? proxy.AccessLogFlushInterval),
            FlushAccessLogOnConnected =
                proxy.AccessLogOptions?.FlushAccessLogOnConnected ?? proxy.FlushAccessLogOnConnected,
            FlushAccessLogOnStart = proxy.AccessLogOptions?.FlushAccessLogOnStart ?? false,
        };
    }

    private static TcpTlv[] DecodeTlvs(TcpProxy proxy, string path, DecodeContext context)
    {
        var tlvs = new List<TcpTlv>();
        foreach (var entry in proxy.ProxyProtocolTlvs)
        {
            if (entry.Value.IsEmpty == entry.FormatString is null || entry.Type > byte.MaxValue)
            {
                context.Error(path, "TCP_PROXY", entry.FormatString is null
                    ? "Invalid TLV configuration: either value or format_string must be set."
                    : "Invalid TLV configuration: only one of value or format_string may be set.");
                continue;
            }
            tlvs.Add(new TcpTlv((byte)entry.Type, entry.Value.ToByteArray(), entry.FormatString is null
                ? null : AccessLogDecoder.DecodeFormat(entry.FormatString, $"{path}.format_string", context)));
        }
        return [.. tlvs];
    }

    private static TcpOnDemand? DecodeOnDemand(TcpProxy proxy, string path, DecodeContext context)
    {
        if (proxy.OnDemand is not { OdcdsConfig: not null } onDemand)
        {
            return null;
        }
        if (onDemand.ResourcesLocator.Length > 0)
        {
            context.Error($"{path}.resources_locator", "TCP_PROXY", "names of the form xdstp:// are not supported");
        }
        return new TcpOnDemand(context.Stats, proxy.StatPrefix)
        {
            Table = context.Resources.OnDemand,
            Source = SourceDecoder.Decode(onDemand.OdcdsConfig, $"{path}.odcds_config", context),
            TimeoutNanos = Durations.Nanos(onDemand.Timeout, 60_000_000_000),
        };
    }

    private static ImmutableArray<TcpClusterEntry> DecodeClusters(TcpProxy proxy, string path, DecodeContext context)
    {
        var common = SubsetOf(proxy.MetadataMatch);
        switch (proxy.ClusterSpecifierCase)
        {
            case TcpProxy.ClusterSpecifierOneofCase.Cluster:
                return [new TcpClusterEntry(context.Cluster(proxy.Cluster), 1, SubsetCriteria.From(common))];
            case TcpProxy.ClusterSpecifierOneofCase.WeightedClusters:
                var clusters = proxy.WeightedClusters.Clusters;
                for (var i = 0; i < clusters.Count; i++)
                {
                    if (clusters[i].Weight == 0)
                    {
                        context.Error($"{path}.weighted_clusters.clusters[{i}].weight", "TCP_PROXY",
                            "value must be greater than or equal to 1");
                    }
                }
                return [.. clusters.Select(entry => new TcpClusterEntry(
                    context.Cluster(entry.Name), entry.Weight,
                    SubsetCriteria.From(common, SubsetOf(entry.MetadataMatch))))];
            default:
                return [];
        }
    }

    private static TunnelingConfig? DecodeTunneling(
        TcpProxy.Types.TunnelingConfig? tunneling, string path, DecodeContext context)
    {
        if (tunneling is null)
        {
            return null;
        }
        if (tunneling.Hostname.Length == 0)
        {
            context.Error($"{path}.hostname", "TCP_PROXY", "value length must be at least 1 characters");
        }
        if (tunneling.PostPath.Length > 0 && !tunneling.UsePost)
        {
            context.Error($"{path}.post_path", "TCP_PROXY", "Can't set a post path when POST method isn't used");
        }
        if (HeaderDecoder.Format(tunneling.Hostname, $"{path}.hostname", context) is not { } hostname)
        {
            return null;
        }
        return new TunnelingConfig
        {
            Hostname = hostname,
            UsePost = tunneling.UsePost,
            PostPath = tunneling.PostPath.Length > 0 ? Encoding.UTF8.GetBytes(tunneling.PostPath) : [(byte)'/'],
            Headers = HeaderDecoder.Decode(tunneling.HeadersToAdd, [], path, "headers", context),
            PropagateResponseHeaders = tunneling.PropagateResponseHeaders,
            PropagateResponseTrailers = tunneling.PropagateResponseTrailers,
            HasRequestId = tunneling.RequestIdExtension is not null,
        };
    }

    private static Struct? SubsetOf(Envoy.Config.Core.V3.Metadata? metadata) =>
        metadata?.FilterMetadata.GetValueOrDefault("envoy.lb");
}
