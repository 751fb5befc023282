using System.Text;
using Envoy.Config.Core.V3;
using Envoy.Extensions.Filters.Network.ConnectionLimit.V3;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Lateen.Proxy.Config.Decode.Filters;
using Lateen.Proxy.Filters;
using Lateen.Proxy.Formatting;
using Lateen.Proxy.Listeners;
using Lateen.Proxy.Network;
using Lateen.Proxy.Routing;
using Lateen.Proxy.Stats;
using ExtAuthzProto = Envoy.Extensions.Filters.Network.ExtAuthz.V3.ExtAuthz;
using LimitProto = Envoy.Extensions.Filters.Network.LocalRatelimit.V3.LocalRateLimit;
using RateLimitProto = Envoy.Extensions.Filters.Network.Ratelimit.V3.RateLimit;
using SniForwardProto = Envoy.Extensions.Filters.Network.SniDynamicForwardProxy.V3.FilterConfig;
using StateProto = Envoy.Extensions.Filters.Network.SetFilterState.V3.Config;

namespace Lateen.Proxy.Config.Decode;

/// <summary>Network filters that admit, refuse or mark connections.</summary>
internal static class ConnectionFilterDecoder
{
    private const string Network = "envoy.extensions.filters.network.";

    /// <summary>False when the type is none of them; a filter that is wrong is null with errors noted.</summary>
    public static bool TryDecode(
        string type, ByteString bytes, Struct? fields, string name, string path, DecodeContext context,
        out NetworkFilterConfig? filter)
    {
        switch (type)
        {
            case Network + "connection_limit.v3.ConnectionLimit":
                filter = DecodeLimit(TypedConfigs.Read(ConnectionLimit.Parser, bytes, fields), name, path, context);
                return true;
            case Network + "local_ratelimit.v3.LocalRateLimit":
                filter = DecodeBucket(TypedConfigs.Read(LimitProto.Parser, bytes, fields), name, path, context);
                return true;
            case Network + "set_filter_state.v3.Config":
                var state = TypedConfigs.Read(StateProto.Parser, bytes, fields);
                filter = new SetFilterStateConfig
                {
                    Name = name,
                    Entries = DecodeState(state.OnNewConnection, $"{path}.on_new_connection", context),
                    AtHandshake = DecodeState(
                        state.OnDownstreamTlsHandshake, $"{path}.on_downstream_tls_handshake", context),
                    AtData = DecodeState(state.OnDownstreamData, $"{path}.on_downstream_data", context),
                };
                return true;
            case Network + "sni_dynamic_forward_proxy.v3.FilterConfig":
                filter = DecodeForward(TypedConfigs.Read(SniForwardProto.Parser, bytes, fields), name, path, context);
                return true;
            case Network + "ext_authz.v3.ExtAuthz":
                filter = DecodeAuthz(TypedConfigs.Read(ExtAuthzProto.Parser, bytes, fields), name, path, context);
                return true;
            case Network + "ratelimit.v3.RateLimit":
                filter = DecodeRateLimit(TypedConfigs.Read(RateLimitProto.Parser, bytes, fields), name, path, context);
                return true;
            default:
                filter = null;
                return false;
        }
    }

    /// <summary>A switch; on when it is not given.</summary>
    public static RuntimeFlag DecodeFlag(RuntimeFeatureFlag? flag) =>
        flag is null ? RuntimeFlag.On : new RuntimeFlag(flag.DefaultValue ?? true, flag.RuntimeKey);

    public static Mongo.MongoProxyConfig DecodeMongo(
        Envoy.Extensions.Filters.Network.MongoProxy.V3.MongoProxy mongo, string name, string path,
        DecodeContext context)
    {
        RequirePrefix(mongo.StatPrefix, path, context);
        var scope = Scope($"mongo.{mongo.StatPrefix}.", context);
        return new Mongo.MongoProxyConfig(scope)
        {
            Name = name,
            EmitsMetadata = mongo.EmitDynamicMetadata,
            Log = mongo.AccessLog.Length > 0 ? context.LogFile(mongo.AccessLog, $"{path}.access_log") : null,
            DelayNanos = Durations.Nanos(mongo.Delay?.FixedDelay),
            DelayShare = MatcherDecoder.DecodePercent(mongo.Delay?.Percentage) with
            {
                RuntimeKey = "mongo.fault.fixed_delay.percent",
            },
            Commands = mongo.Commands.Count > 0 ? [.. mongo.Commands] : ["delete", "insert", "update"],
        };
    }

    private static ConnectionLimitConfig DecodeLimit(
        ConnectionLimit limit, string name, string path, DecodeContext context)
    {
        RequirePrefix(limit.StatPrefix, path, context);
        if (limit.MaxConnections is null or 0)
        {
            context.Error($"{path}.max_connections", "CONNECTION_LIMIT", "value must be greater than or equal to 1");
        }
        return new ConnectionLimitConfig(Scope($"connection_limit.{limit.StatPrefix}.", context))
        {
            Name = name,
            ConnectionCountMax = (long)(limit.MaxConnections ?? 1),
            DelayNanos = Durations.Positive(limit.Delay, $"{path}.delay", context),
            Enabled = DecodeFlag(limit.RuntimeEnabled),
        };
    }

    private static LocalRateLimitNetworkConfig? DecodeBucket(
        LimitProto limit, string name, string path, DecodeContext context)
    {
        RequirePrefix(limit.StatPrefix, path, context);
        if (LocalRateLimitDecoder.Bucket(limit.TokenBucket, $"{path}.token_bucket", context) is not { } bucket)
        {
            context.Error($"{path}.token_bucket", "RATE_LIMIT", "value is required");
            return null;
        }
        if (limit.ShareKey.Length > 0)
        {
            bucket = context.Resources.SharedBuckets.GetOrAdd(
                $"{limit.ShareKey} {limit.TokenBucket.ToByteString().ToBase64()}", bucket);
        }
        return new LocalRateLimitNetworkConfig(Scope($"local_rate_limit.{limit.StatPrefix}.", context))
        {
            Name = name,
            Bucket = bucket,
            Enabled = DecodeFlag(limit.RuntimeEnabled),
        };
    }

    private static Tcp.SniForwardProxyConfig? DecodeForward(
        SniForwardProto config, string name, string path, DecodeContext context)
    {
        if (DnsDecoder.Cache(config.DnsCacheConfig, $"{path}.dns_cache_config", context) is not { } cache)
        {
            return null;
        }
        if (context.Resources.DnsCaches.GetOrAdd(cache) is not { } shared)
        {
            context.Error($"{path}.dns_cache_config", "DNS_CACHE",
                $"config specified DNS cache '{cache.Name}' with different settings");
            return null;
        }
        return new Tcp.SniForwardProxyConfig
        {
            Name = name,
            Cache = shared,
            Port = config.PortValue is > 0 and <= ushort.MaxValue ? (int)config.PortValue : 443,
        };
    }

    private static FilterStateEntry[] DecodeState(
        IEnumerable<Envoy.Extensions.Filters.Common.SetFilterState.V3.FilterStateValue> values, string path,
        DecodeContext context)
    {
        var entries = new List<FilterStateEntry>();
        foreach (var value in values)
        {
            if (AccessLogDecoder.DecodeFormat(value.FormatString, $"{path}.format_string", context) is { } format)
            {
                var factory = value.FactoryKey.Length > 0 ? value.FactoryKey : value.ObjectKey;
                if (!FilterStateFactories.Contains(factory))
                {
                    context.Error(path, "FILTER_STATE", $"'{factory}' does not have an object factory");
                }
                entries.Add(new FilterStateEntry(
                    value.ObjectKey, factory, format, value.SkipIfEmpty,
                    (Streams.FilterStateSharing)(int)value.SharedWithUpstream));
            }
        }
        return [.. entries];
    }

    private static ExtAuthzNetworkConfig? DecodeAuthz(
        ExtAuthzProto authz, string name, string path, DecodeContext context)
    {
        RequirePrefix(authz.StatPrefix, path, context);
        if (authz.TransportApiVersion == Envoy.Config.Core.V3.ApiVersion.V2)
        {
            context.Error($"{path}.transport_api_version", "EXT_AUTHZ",
                "The v2 xDS major version has been removed and is no longer supported.");
        }
        if (ServiceOf(authz.GrpcService, $"{path}.grpc_service", context) is not { } service)
        {
            return null;
        }
        return new ExtAuthzNetworkConfig
        {
            Name = name,
            Cluster = context.Cluster(service.Cluster),
            Authority = service.Authority,
            TimeoutNanos = Durations.Positive(
                authz.GrpcService.Timeout, $"{path}.grpc_service.timeout", context, 200_000_000),
            Stats = new NetworkServiceStats(Scope($"ext_authz.{authz.StatPrefix}.", context), "denied"),
            FailureModeAllow = authz.FailureModeAllow,
            IncludePeerCertificate = authz.IncludePeerCertificate,
            IncludeTlsSession = authz.IncludeTlsSession,
            EnabledMetadata = authz.FilterEnabledMetadata is null ? null
                : MatcherDecoder.DecodeMetadata(
                    authz.FilterEnabledMetadata, $"{path}.filter_enabled_metadata", context),
        };
    }

    private static RateLimitNetworkConfig? DecodeRateLimit(
        RateLimitProto limit, string name, string path, DecodeContext context)
    {
        RequirePrefix(limit.StatPrefix, path, context);
        var proto = limit.RateLimitService?.GrpcService;
        if (ServiceOf(proto, $"{path}.rate_limit_service.grpc_service", context) is not { } service)
        {
            return null;
        }
        if (limit.Domain.Length == 0 || limit.Descriptors.Count == 0)
        {
            context.Error(path, "RATE_LIMIT", "a domain and descriptors are required");
        }
        var descriptors = limit.Descriptors.Select(descriptor => descriptor.Entries.Select(entry => (
            entry.Key, Value: HeaderDecoder.Format(entry.Value, $"{path}.descriptors", context))).ToArray()).ToArray();
        if (descriptors.Any(entries => entries.Any(entry => entry.Value is null)))
        {
            return null;
        }
        return new RateLimitNetworkConfig
        {
            Name = name,
            Cluster = context.Cluster(service.Cluster),
            Authority = service.Authority,
            Domain = limit.Domain,
            Descriptors = [.. descriptors.Select(entries =>
                entries.Select(entry => (entry.Key, (FormatString)entry.Value!)).ToArray())],
            TimeoutNanos = Durations.Nanos(limit.Timeout, 20_000_000),
            FailureModeDeny = limit.FailureModeDeny,
            Stats = new NetworkServiceStats(Scope($"ratelimit.{limit.StatPrefix}.", context), "over_limit"),
        };
    }

    private static (string Cluster, byte[] Authority)? ServiceOf(
        GrpcService? service, string path, DecodeContext context)
    {
        if (service?.EnvoyGrpc is not { ClusterName.Length: > 0 } grpc)
        {
            context.Error(path, "GRPC", "envoy_grpc with a cluster_name is required");
            return null;
        }
        var authority = grpc.Authority.Length > 0 ? grpc.Authority : grpc.ClusterName;
        return (grpc.ClusterName, Encoding.UTF8.GetBytes(authority));
    }

    private static StatsScope Scope(string prefix, DecodeContext context) =>
        context.Stats.GetScope(prefix, StatLayout.Empty);

    private static void RequirePrefix(string prefix, string path, DecodeContext context)
    {
        if (prefix.Length == 0)
        {
            context.Error($"{path}.stat_prefix", "NETWORK_FILTERS", "value length must be at least 1 characters");
        }
    }
}
