using System.Collections.Immutable;
using Envoy.Extensions.Upstreams.Http.V3;
using Google.Protobuf.WellKnownTypes;
using Lateen.Http.Http2;
using Lateen.Proxy.Clusters;
using Lateen.Proxy.Http;
using ClusterProto = Envoy.Config.Cluster.V3.Cluster;
using ThresholdsProto = Envoy.Config.Cluster.V3.CircuitBreakers.Types.Thresholds;

namespace Lateen.Proxy.Config.Decode;

/// <summary>Clusters.</summary>
internal static partial class ClusterDecoder
{
    private const string RedisOptions = "envoy.filters.network.redis_proxy";
    private const string HttpOptions = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions";
    private const string AggregateType = "envoy.extensions.clusters.aggregate.v3.ClusterConfig";
    private const string ForwardProxyType = "envoy.extensions.clusters.dynamic_forward_proxy.v3.ClusterConfig";

    public static ClusterConfig? Decode(ClusterProto cluster, bool viaApi, string path, DecodeContext context)
    {
        if (cluster.Name.Length == 0)
        {
            context.Error($"{path}.name", "CLUSTER", "a name is required");
        }
        if (cluster.ConnectTimeout is { } timeout && Durations.Nanos(timeout) <= 0)
        {
            context.Error($"{path}.connect_timeout", "CLUSTER", "value must be greater than 0s");
        }
        cluster = CustomClusterTypes.Expand(cluster);
        ClusterCheck.Check(cluster, path, context);
        // The slot's, so that the text is held once.
        var name = context.Resources.Clusters.Find(cluster.Name)?.Name ?? cluster.Name;
        context.StatsOwner =
            ("cluster.", Stats.StatNames.Sanitize(cluster.AltStatName.Length > 0 ? cluster.AltStatName : name));
        var type = TypeOf(cluster, path, context);
        var http = context.Share(DecodeHttp(cluster, path, context));
        RefuseUnsupported(cluster, path, context);
        var result = new ClusterConfig
        {
            Name = name,
            AltStatName = cluster.AltStatName,
            EdsServiceName = cluster.EdsClusterConfig?.ServiceName is { } service
                ? service == name ? name : service
                : "",
            EdsSource = cluster.EdsClusterConfig is { } eds && cluster.Type == ClusterProto.Types.DiscoveryType.Eds
                ? SourceDecoder.Decode(eds.EdsConfig, $"{path}.eds_cluster_config.eds_config", context)
                : null,
            TransportSocket = TlsDecoder.DecodeUpstream(
                cluster.TransportSocket, "default", null, $"{path}.transport_socket", context),
            TransportSocketMatches = DecodeMatches(cluster, path, context),
            Metadata = MatcherDecoder.DecodeMetadataMap(cluster.Metadata, context),
            Options = DecodeOptions(cluster, viaApi, type, http, path, context),
        };
        return context.Errors.Count == 0 ? result : null;
    }

    private static ClusterOptions DecodeOptions(
        ClusterProto cluster, bool viaApi, DiscoveryType type, UpstreamHttpOptions http, string path,
        DecodeContext context)
    {
        var balancer = context.Share(LoadBalancerDecoder.Decode(cluster, type, path, context));
        var options = new ClusterOptions
        {
            Type = type,
            ConnectTimeoutNanos = Durations.Nanos(cluster.ConnectTimeout, 5_000_000_000),
            ConnectionBufferBytesMax =
                (int)Math.Min(cluster.PerConnectionBufferLimitBytes ?? 1024 * 1024, int.MaxValue),
            Subsets = balancer.Subsets ?? SubsetDecoder.OfCluster(cluster),
            LoadBalancer = balancer,
            Http = http,
            TcpIdleTimeoutNanos = DecodeTcpIdle(cluster, path, context),
            DefaultLimits = context.Share(LimitsOf(cluster, Envoy.Config.Core.V3.RoutingPriority.Default)),
            HighLimits = context.Share(LimitsOf(cluster, Envoy.Config.Core.V3.RoutingPriority.High)),
            OutlierDetection = cluster.OutlierDetection is null ? null
                : context.Share(OutlierDecoder.Decode(cluster.OutlierDetection)),
            SourceAddress = cluster.UpstreamBindConfig?.SourceAddress is { } source
                ? AddressDecoder.Decode(
                    new Envoy.Config.Core.V3.Address { SocketAddress = source },
                        $"{path}.upstream_bind_config.source_address", context)
                : default,
            SourceFreebind = cluster.UpstreamBindConfig?.Freebind ?? false,
            TcpKeepalive = cluster.UpstreamConnectionOptions?.TcpKeepalive is { } keepalive
                ? ((int)(keepalive.KeepaliveProbes ?? 0), (int)(keepalive.KeepaliveTime ?? 0),
                    (int)(keepalive.KeepaliveInterval ?? 0))
                : null,
            OriginalDstHeader = cluster.OriginalDstLbConfig is { UseHttpHeader: true } original
                ? original.HttpHeaderName.Length > 0 ? original.HttpHeaderName : "x-envoy-original-dst-host"
                : "",
            UpstreamPortOverride = (int)(cluster.OriginalDstLbConfig?.UpstreamPortOverride ?? 0),
            CleanupIntervalNanos = Durations.Nanos(cluster.CleanupInterval, 5_000_000_000),
            CloseConnectionsOnHostHealthFailure = cluster.CloseConnectionsOnHostHealthFailure,
            ConnectionPoolPerDownstreamConnection = cluster.ConnectionPoolPerDownstreamConnection,
            AddedViaApi = viaApi,
            MetadataExchange = ExchangeOf(cluster, path, context),
            ReadsPeerMetadata = cluster.Filters.Any(filter =>
                TypedConfigs.Open(filter.TypedConfig, out _, out _) == Tcp.PeerMetadataNetworkConfig.UpstreamType),
        };
        return context.Share(WithHealth(options, cluster, path, context));
    }

    private static ClusterOptions WithHealth(
        ClusterOptions options, ClusterProto cluster, string path, DecodeContext context)
    {
        return options with
        {
            HealthCheck = HealthCheckDecoder.Decode(cluster, options.Http, path, context),
            Members = MembersOf(cluster, path, context),
            ForwardProxy = ForwardProxyOf(cluster, path, context),
            NameResolution = context.Share(DnsDecoder.OfCluster(cluster, path, context)),
            WaitForWarmOnInit = cluster.WaitForWarmOnInit ?? true,
            IgnoreHealthOnHostRemoval = cluster.IgnoreHealthOnHostRemoval,
            IgnoreNewHostsUntilFirstHealthCheck = cluster.CommonLbConfig?.IgnoreNewHostsUntilFirstHc ?? false,
            UpdateMergeWindowNanos = Durations.Positive(
                cluster.CommonLbConfig?.UpdateMergeWindow, $"{path}.common_lb_config.update_merge_window", context,
                1_000_000_000),
            CloseConnectionsOnHostSetChange = cluster.CommonLbConfig?.CloseConnectionsOnHostSetChange ?? false,
            PreconnectRatio = cluster.PreconnectPolicy?.PerUpstreamPreconnectRatio ?? 1,
            PredictivePreconnectRatio = cluster.PreconnectPolicy?.PredictivePreconnectRatio ?? 1,
            TrackTimeoutBudgets = cluster.TrackTimeoutBudgets || cluster.TrackClusterStats is { TimeoutBudgets: true },
            ReportedMetrics = cluster.LrsReportEndpointMetrics.Count == 0
                ? []
                : [.. cluster.LrsReportEndpointMetrics],
            TrackSizes = cluster.TrackClusterStats?.RequestResponseSizes ?? false,
            TrackEndpoints = cluster.TrackClusterStats?.PerEndpointStats ?? false,
            HostConnectionsMax = cluster.CircuitBreakers?.PerHostThresholds.FirstOrDefault(
                entry => entry.Priority == Envoy.Config.Core.V3.RoutingPriority.Default)?.MaxConnections ?? 0,
            OriginalDstMetadata = cluster.OriginalDstLbConfig?.MetadataKey is { } key
                ? (key.Key, [.. key.Path.Select(segment => segment.Key)])
                : null,
            Redis = cluster.TypedExtensionProtocolOptions.TryGetValue(RedisOptions, out var redis)
                ? RedisDecoder.DecodeCredentials(
                    Envoy.Extensions.Filters.Network.RedisProxy.V3.RedisProtocolOptions.Parser.ParseFrom(redis.Value),
                    $"{path}.typed_extension_protocol_options[{RedisOptions}]", context)
                : null,
            ExtraSourceAddresses = [.. cluster.UpstreamBindConfig?.ExtraSourceAddresses.Select((extra, i) =>
                AddressDecoder.Decode(
                    new Envoy.Config.Core.V3.Address { SocketAddress = extra.Address },
                    $"{path}.upstream_bind_config.extra_source_addresses[{i}]", context)) ?? []],
        };
    }

    /// <summary>The idle timeout of the TCP options; other protocol options than HTTP's are refused.</summary>
    private static long DecodeTcpIdle(ClusterProto cluster, string path, DecodeContext context)
    {
        var tcpIdle = 600_000_000_000L;
        foreach (var (key, any) in cluster.TypedExtensionProtocolOptions)
        {
            if (key == "envoy.extensions.upstreams.tcp.v3.TcpProtocolOptions")
            {
                tcpIdle = Durations.Positive(
                    Envoy.Extensions.Upstreams.Tcp.V3.TcpProtocolOptions.Parser.ParseFrom(any.Value).IdleTimeout,
                    $"{path}.typed_extension_protocol_options[{key}].idle_timeout", context, tcpIdle);
            }
            else if (key is not (HttpOptions or RedisOptions))
            {
                context.Error($"{path}.typed_extension_protocol_options[{key}]", "EXTENSION",
                    $"Didn't find a registered network or http filter or protocol options"
                    + $" implementation for name: '{key}'");
            }
        }
        return tcpIdle;
    }

    private static DiscoveryType TypeOf(ClusterProto cluster, string path, DecodeContext context)
    {
        if (cluster.ClusterDiscoveryTypeCase == ClusterProto.ClusterDiscoveryTypeOneofCase.ClusterType)
        {
            var custom = TypedConfigs.Open(cluster.ClusterType.TypedConfig, out _, out _);
            if (custom is not (AggregateType or ForwardProxyType))
            {
                TypedConfigs.ReportUnknown(
                    cluster.ClusterType.Name, cluster.ClusterType.TypedConfig, $"{path}.cluster_type", context);
            }
            else if (cluster.LoadBalancingPolicy is null
                && cluster.LbPolicy != ClusterProto.Types.LbPolicy.ClusterProvided)
            {
                context.Error($"{path}.lb_policy", "CLUSTER",
                    $"cluster: LB policy {cluster.LbPolicy} is not valid for Cluster type {cluster.ClusterType.Name}."
                    + " Only 'CLUSTER_PROVIDED' is allowed with this cluster type");
            }
            return DiscoveryType.Custom;
        }
        var type = cluster.Type switch
        {
            ClusterProto.Types.DiscoveryType.StrictDns => DiscoveryType.StrictDns,
            ClusterProto.Types.DiscoveryType.LogicalDns => DiscoveryType.LogicalDns,
            ClusterProto.Types.DiscoveryType.Eds => DiscoveryType.Eds,
            ClusterProto.Types.DiscoveryType.OriginalDst => DiscoveryType.OriginalDst,
            _ => DiscoveryType.Static,
        };
        if (type == DiscoveryType.OriginalDst && cluster.LoadAssignment is not null)
        {
            context.Error(
                $"{path}.load_assignment", "CLUSTER", "ORIGINAL_DST clusters must have no load assignment configured");
        }
        if (type == DiscoveryType.OriginalDst && cluster.LoadBalancingPolicy is null
            && cluster.LbPolicy != ClusterProto.Types.LbPolicy.ClusterProvided)
        {
            context.Error($"{path}.lb_policy", "CLUSTER",
                $"cluster: LB policy {cluster.LbPolicy} is not valid for Cluster type ORIGINAL_DST."
                + " Only 'CLUSTER_PROVIDED' is allowed");
        }
        SourceDecoder.RefuseLocator(
            cluster.EdsClusterConfig?.ServiceName ?? "", $"{path}.eds_cluster_config.service_name", context);
        if (type == DiscoveryType.Eds && cluster.EdsClusterConfig is null)
        {
            context.Error(
                $"{path}.eds_cluster_config", "CLUSTER", "cannot create an EDS cluster without an EDS config");
        }
        if (type == DiscoveryType.LogicalDns
            && (cluster.LoadAssignment?.Endpoints.Sum(e => e.LbEndpoints.Count) ?? 0) != 1)
        {
            context.Error($"{path}.load_assignment", "CLUSTER",
                "LOGICAL_DNS clusters must have a single locality_lb_endpoint and a single lb_endpoint");
        }
        return type;
    }

    /// <summary>The options of a cluster that has the older fields alone.</summary>
    private static UpstreamHttpOptions DecodeOldHttp(ClusterProto cluster)
    {
        return new UpstreamHttpOptions
        {
            AutoSni = cluster.UpstreamHttpProtocolOptions?.AutoSni
                ?? cluster.ClusterType?.TypedConfig?.TypeUrl.EndsWith(ForwardProxyType, StringComparison.Ordinal)
                ?? false,
            AutoSanValidation = cluster.UpstreamHttpProtocolOptions?.AutoSanValidation
                ?? cluster.ClusterType?.TypedConfig?.TypeUrl.EndsWith(ForwardProxyType, StringComparison.Ordinal)
                ?? false,
            Protocol = cluster.Http2ProtocolOptions is null ? UpstreamProtocol.Http1 : UpstreamProtocol.Http2,
            IdleTimeoutNanos = Durations.Nanos(cluster.CommonHttpProtocolOptions?.IdleTimeout, 3_600_000_000_000),
            MaxRequestsPerConnection = (int)(cluster.MaxRequestsPerConnection ?? 0),
            MaxConcurrentStreams = StreamsMax(cluster.Http2ProtocolOptions),
            Http2 = DecodeHttp2(cluster.Http2ProtocolOptions, cluster.CommonHttpProtocolOptions),
        };
    }

    private static UpstreamHttpOptions DecodeHttp(ClusterProto cluster, string path, DecodeContext context)
    {
        if (!cluster.TypedExtensionProtocolOptions.TryGetValue(HttpOptions, out var any))
        {
            return DecodeOldHttp(cluster);
        }
        var type = TypedConfigs.Open(any, out var bytes, out var fields);
        if (type != HttpOptions)
        {
            TypedConfigs.ReportUnknown(HttpOptions, any, path, context);
        }
        var options = TypedConfigs.Read(HttpProtocolOptions.Parser, bytes, fields);
        var common = options.CommonHttpProtocolOptions;
        var http1 = options.ExplicitHttpConfig?.HttpProtocolOptions
            ?? options.UseDownstreamProtocolConfig?.HttpProtocolOptions
            ?? options.AutoConfig?.HttpProtocolOptions;
        var http2 = options.ExplicitHttpConfig?.Http2ProtocolOptions
            ?? options.UseDownstreamProtocolConfig?.Http2ProtocolOptions
            ?? options.AutoConfig?.Http2ProtocolOptions;
        UpstreamHttpCheck.Check(options, $"{path}.typed_extension_protocol_options", context);
        Http2OptionsCheck.Check(http2, $"{path}.typed_extension_protocol_options.http2_protocol_options", context);
        if (options.ExplicitHttpConfig?.Http3ProtocolOptions is not null)
        {
            context.Error($"{path}.typed_extension_protocol_options", "CLUSTER", "HTTP/3 is not supported");
        }
        if (options.AutoConfig is not null && !IsAllTls(cluster))
        {
            context.Error(
                $"{path}.typed_extension_protocol_options", "CLUSTER",
                $"ALPN configured for cluster {cluster.Name} which has a non-ALPN transport socket",
                "auto_config needs a TLS transport socket");
        }
        return new UpstreamHttpOptions
        {
            Protocol = options.UpstreamProtocolOptionsCase switch
            {
                HttpProtocolOptions.UpstreamProtocolOptionsOneofCase.UseDownstreamProtocolConfig =>
                    UpstreamProtocol.UseDownstream,
                HttpProtocolOptions.UpstreamProtocolOptionsOneofCase.AutoConfig => UpstreamProtocol.Auto,
                _ => options.ExplicitHttpConfig?.Http2ProtocolOptions is not null
                    ? UpstreamProtocol.Http2
                    : UpstreamProtocol.Http1,
            },
            IdleTimeoutNanos = Durations.Nanos(common?.IdleTimeout, 3_600_000_000_000),
            MaxConnectionDurationNanos = Durations.Nanos(common?.MaxConnectionDuration),
            MaxStreamDurationNanos = Durations.Nanos(common?.MaxStreamDuration),
            MaxRequestsPerConnection = (int)(common?.MaxRequestsPerConnection ?? cluster.MaxRequestsPerConnection ?? 0),
            MaxHeadersCount = (int)(common?.MaxHeadersCount ?? 100),
            AutoSni = options.UpstreamHttpProtocolOptions?.AutoSni ?? false,
            AutoSniHeader = options.UpstreamHttpProtocolOptions is { OverrideAutoSniHeader: { Length: > 0 } header }
                && header is not (":authority" or "host") ? Lateen.Http.HeaderName.Create(header) : null,
            AutoSanValidation = options.UpstreamHttpProtocolOptions?.AutoSanValidation ?? false,
            HeaderKeyFormat = HcmDecoder.KeyFormat(http1?.HeaderKeyFormat),
            EnableTrailers = http1?.EnableTrailers ?? false,
            RetryPolicy = RetryDecoder.Decode(options.RetryPolicy, $"{path}.retry_policy", context),
            MirrorPolicies = ActionDecoder.DecodeMirrors(options.RequestMirrorPolicies, context),
            HashPolicies = ActionDecoder.DecodeHashes(options.HashPolicy, path, context),
            Filters = UpstreamFilterDecoder.Decode(
                options.HttpFilters, $"cluster.{Proxy.Stats.StatNames.Sanitize(cluster.Name)}.", false,
                $"{path}.typed_extension_protocol_options.http_filters", context),
            SendFullyQualifiedUrl = http1?.SendFullyQualifiedUrl ?? false,
            MaxConcurrentStreams = StreamsMax(http2),
            Http2 = DecodeHttp2(http2, common),
        };
    }

    private static bool IsAllTls(ClusterProto cluster) =>
        IsTls(cluster.TransportSocket) && cluster.TransportSocketMatches.All(match => IsTls(match.TransportSocket));

    private static bool IsTls(Envoy.Config.Core.V3.TransportSocket? socket) =>
        socket?.TypedConfig?.TypeUrl.EndsWith("UpstreamTlsContext", StringComparison.Ordinal) ?? false;

    private static int StreamsMax(Envoy.Config.Core.V3.Http2ProtocolOptions? options) =>
        (int)Math.Clamp(options?.MaxConcurrentStreams ?? 1024, 1, int.MaxValue);

    private static Http2Options DecodeHttp2(
        Envoy.Config.Core.V3.Http2ProtocolOptions? options, Envoy.Config.Core.V3.HttpProtocolOptions? common) =>
        Http2OptionsDecoder.Decode(
            options, Http2Limits.Default with { HeaderCountMax = (int)(common?.MaxHeadersCount ?? 100) });

    private static CircuitBreakerLimits LimitsOf(ClusterProto cluster, Envoy.Config.Core.V3.RoutingPriority priority)
    {
        var limits = cluster.CircuitBreakers?.Thresholds.FirstOrDefault(entry => entry.Priority == priority)
            ?? new ThresholdsProto();
        return new CircuitBreakerLimits
        {
            MaxConnections = limits.MaxConnections ?? 1024,
            MaxPendingRequests = limits.MaxPendingRequests ?? 1024,
            MaxRequests = limits.MaxRequests ?? 1024,
            MaxRetries = limits.MaxRetries ?? 3,
            MaxConnectionPools = limits.MaxConnectionPools ?? -1L,
            TrackRemaining = limits.TrackRemaining,
            RetryBudgetPercent = limits.RetryBudget is { } budget ? budget.BudgetPercent?.Value ?? 20 : -1,
            RetryBudgetMinConcurrency = (int)(limits.RetryBudget?.MinRetryConcurrency ?? 3),
        };
    }

    private static ImmutableArray<TransportSocketConfig> DecodeMatches(
        ClusterProto cluster, string path, DecodeContext context) =>
        [.. cluster.TransportSocketMatches.Select((match, i) => TlsDecoder.DecodeUpstream(
            match.TransportSocket, match.Name, match.Match is null ? null : context.Share(match.Match),
            $"{path}.transport_socket_matches[{i}].transport_socket", context))];

    /// <summary>What <c>istio.metadata_exchange</c> among the upstream network filters says; null when it is not
    /// there.</summary>
    private static Tcp.MetadataExchangeConfig? ExchangeOf(ClusterProto cluster, string path, DecodeContext context)
    {
        Tcp.MetadataExchangeConfig? exchange = null;
        for (var i = 0; i < cluster.Filters.Count; i++)
        {
            var filter = cluster.Filters[i];
            var type = TypedConfigs.Open(filter.TypedConfig, out _, out var fields);
            if (type == MetadataExchangeDecoder.Type)
            {
                exchange = context.ShareDecoded(filter, () => MetadataExchangeDecoder.Decode(
                    fields ?? new Struct(), filter.Name, $"{path}.filters[{i}].typed_config", context));
            }
            else if (type != Tcp.PeerMetadataNetworkConfig.UpstreamType)
            {
                TypedConfigs.ReportUnknown(filter.Name, filter.TypedConfig, $"{path}.filters[{i}]", context);
            }
        }
        return exchange;
    }
}
