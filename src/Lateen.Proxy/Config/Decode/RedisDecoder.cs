using System.Text;
using Envoy.Config.Core.V3;
using Envoy.Extensions.Filters.Network.RedisProxy.V3;
using Google.Protobuf.Collections;
using Lateen.Proxy.Formatting;
using Lateen.Proxy.Redis;
using FaultProto = Envoy.Extensions.Filters.Network.RedisProxy.V3.RedisProxy.Types.RedisFault;
using RouteProto = Envoy.Extensions.Filters.Network.RedisProxy.V3.RedisProxy.Types.PrefixRoutes.Types.Route;
using SettingsProto = Envoy.Extensions.Filters.Network.RedisProxy.V3.RedisProxy.Types.ConnPoolSettings;

namespace Lateen.Proxy.Config.Decode;

/// <summary>The network filter <c>redis_proxy</c>.</summary>
internal static class RedisDecoder
{
    private const string Code = "REDIS_PROXY";
    private const string KeyOperator = "%KEY%";
    private const int PrefixBytesMax = 1000;

    public static RedisProxyConfig? Decode(RedisProxy proxy, string name, string path, DecodeContext context)
    {
        if (proxy.StatPrefix.Length == 0)
        {
            context.Error($"{path}.stat_prefix", Code, "value length must be at least 1 characters");
        }
        if (proxy.PrefixRoutes is not { } prefixes || (prefixes.Routes.Count == 0 && prefixes.CatchAllRoute is null))
        {
            context.Error($"{path}.prefix_routes", Code, "cannot configure a redis-proxy without any upstream");
        }
        if (DecodeSettings(proxy.Settings, $"{path}.settings", context) is not { } settings)
        {
            return null;
        }
        var upstreams = new Dictionary<string, RedisUpstream>();
        RedisUpstream Upstream(string cluster, string at)
        {
            if (cluster.Length == 0)
            {
                context.Error($"{at}.cluster", Code, "value length must be at least 1 characters");
            }
            if (!upstreams.TryGetValue(cluster, out var upstream))
            {
                upstream = new RedisUpstream(context.Cluster(cluster), settings,
                    new RedisUpstreamStats(context.Stats, cluster), context.Stats.WorkerCount);
                upstreams.Add(cluster, upstream);
            }
            return upstream;
        }
        var passwords = new List<byte[]>();
        AddPassword(proxy.DownstreamAuthPassword, $"{path}.downstream_auth_password", passwords, context);
        foreach (var source in proxy.DownstreamAuthPasswords)
        {
            AddPassword(source, $"{path}.downstream_auth_passwords", passwords, context);
        }
        return new RedisProxyConfig
        {
            Name = name,
            Stats = new RedisStats(context.Stats, proxy.StatPrefix),
            LatencyInMicros = proxy.LatencyInMicros,
            Routes = DecodeRoutes(proxy.PrefixRoutes, $"{path}.prefix_routes", Upstream, context),
            Faults = DecodeFaults(proxy.Faults, $"{path}.faults", context),
            Passwords = [.. passwords],
            Username = DataSourceReader.Read(
                proxy.DownstreamAuthUsername, $"{path}.downstream_auth_username", context) ?? [],
        };
    }

    /// <summary>What connections to a cluster's hosts say who they are.</summary>
    public static RedisCredentials DecodeCredentials(
        RedisProtocolOptions options, string path, DecodeContext context) =>
        new(DataSourceReader.Read(options.AuthUsername, $"{path}.auth_username", context) ?? [],
            DataSourceReader.Read(options.AuthPassword, $"{path}.auth_password", context) ?? []);

    private static void AddPassword(DataSource? source, string path, List<byte[]> passwords, DecodeContext context)
    {
        if (DataSourceReader.Read(source, path, context) is { Length: > 0 } password)
        {
            passwords.Add(password);
        }
    }

    private static RedisSettings? DecodeSettings(SettingsProto? settings, string path, DecodeContext context)
    {
        if (settings?.OpTimeout is null)
        {
            context.Error(settings is null ? path : $"{path}.op_timeout", Code, "value is required");
            return null;
        }
        if (settings.DnsCacheConfig is not null)
        {
            context.Error($"{path}.dns_cache_config", Code, "names in redirections are not supported");
        }
        if (settings.ConnectionRateLimit is { ConnectionRateLimitPerSec: 0 })
        {
            context.Error($"{path}.connection_rate_limit.connection_rate_limit_per_sec", Code,
                "value must be greater than 0");
        }
        if (!Enum.IsDefined(settings.ReadPolicy))
        {
            context.Error($"{path}.read_policy", Code, "value must be one of the defined enum values");
        }
        return new RedisSettings
        {
            OpTimeoutNanos = Durations.Nanos(settings.OpTimeout),
            EnableHashtagging = settings.EnableHashtagging,
            EnableRedirection = settings.EnableRedirection,
            BufferBytesMax = (int)Math.Min(settings.MaxBufferSizeBeforeFlush, int.MaxValue),
            BufferFlushMillis = Durations.Nanos(settings.BufferFlushTimeout, 3_000_000) / 1_000_000,
            UnknownHostCountMax = (int)Math.Min(settings.MaxUpstreamUnknownConnections ?? 100, 10_000),
            EnableCommandStats = settings.EnableCommandStats,
            ReadsFromReplicas = settings.ReadPolicy != SettingsProto.Types.ReadPolicy.Master,
            ConnectionsPerSecondMax = settings.ConnectionRateLimit?.ConnectionRateLimitPerSec ?? 0,
        };
    }

    private static RedisRouteTable DecodeRoutes(
        RedisProxy.Types.PrefixRoutes? routes, string path, Func<string, string, RedisUpstream> upstream,
        DecodeContext context)
    {
        var decoded = new List<RedisRoute>();
        var seen = new HashSet<string>();
        for (var i = 0; i < (routes?.Routes.Count ?? 0); i++)
        {
            var route = routes!.Routes[i];
            decoded.Add(DecodeRoute(route, $"{path}.routes[{i}]", upstream, context));
            if (!seen.Add(routes.CaseInsensitive ? route.Prefix.ToLowerInvariant() : route.Prefix))
            {
                context.Error($"{path}.routes[{i}].prefix", Code, $"prefix `{route.Prefix}` already exists.");
            }
        }
        return new RedisRouteTable(decoded, routes?.CaseInsensitive ?? false, routes?.CatchAllRoute is { } rest
            ? DecodeRoute(rest, $"{path}.catch_all_route", upstream, context)
            : null);
    }

    private static RedisRoute DecodeRoute(
        RouteProto route, string path, Func<string, string, RedisUpstream> upstream, DecodeContext context)
    {
        var prefix = Encoding.UTF8.GetBytes(route.Prefix);
        if (prefix.Length > PrefixBytesMax)
        {
            context.Error($"{path}.prefix", Code, "value length must be at most 1000 bytes");
        }
        FormatString? format = null;
        if (route.KeyFormatter.Length > 0)
        {
            var text = route.KeyFormatter.Replace(KeyOperator, RedisRoute.KeyPlace, StringComparison.Ordinal);
            if (!FormatString.TryParse(text, out format, out var error))
            {
                context.Error($"{path}.key_formatter", Code, error);
            }
        }
        return new RedisRoute
        {
            Prefix = prefix,
            RemovePrefix = route.RemovePrefix,
            KeyFormat = format,
            Upstream = upstream(route.Cluster, path),
            ReadUpstream = route.ReadCommandPolicy is { } read
                ? upstream(read.Cluster, $"{path}.read_command_policy")
                : null,
            Mirrors =
            [
                .. route.RequestMirrorPolicy.Select((mirror, i) => new RedisMirror(
                    upstream(mirror.Cluster, $"{path}.request_mirror_policy[{i}]"),
                    mirror.RuntimeFraction is { } share ? MatcherDecoder.DecodeFraction(share) : null,
                    mirror.ExcludeReadCommands)),
            ],
        };
    }

    private static RedisFaults DecodeFaults(RepeatedField<FaultProto> faults, string path, DecodeContext context)
    {
        var decoded = new List<(RedisFault, string[])>();
        for (var i = 0; i < faults.Count; i++)
        {
            var fault = faults[i];
            if (fault.FaultEnabled is null)
            {
                context.Error($"{path}[{i}].fault_enabled", Code, "value is required");
                continue;
            }
            if (fault.FaultType == FaultProto.Types.RedisFaultType.Delay && fault.Delay is null)
            {
                context.Error($"{path}[{i}].delay", Code, "a delay fault needs a delay");
            }
            decoded.Add((
                new RedisFault(fault.FaultType == FaultProto.Types.RedisFaultType.Error,
                    MatcherDecoder.DecodeFraction(fault.FaultEnabled), Durations.Nanos(fault.Delay) / 1_000_000),
                [.. fault.Commands.Select(command => command.ToLowerInvariant())]));
        }
        return new RedisFaults(decoded);
    }
}
