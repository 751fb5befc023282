using System.Collections.Immutable;
using Envoy.Config.Listener.V3;
using Envoy.Extensions.Filters.Listener.LocalRatelimit.V3;
using Envoy.Extensions.Filters.Listener.TlsInspector.V3;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Lateen.Proxy.Config.Decode.Filters;
using Lateen.Proxy.Listeners;
using Lateen.Proxy.Stats;
using ProxyProto = Envoy.Extensions.Filters.Listener.ProxyProtocol.V3.ProxyProtocol;

namespace Lateen.Proxy.Config.Decode;

/// <summary>Listener filters.</summary>
internal static class ListenerFilterDecoder
{
    private const string Prefix = "envoy.extensions.filters.listener.";
    private const string TlvNamespace = "envoy.filters.listener.proxy_protocol";
    private const int HelloBytesMax = 64 * 1024;

    private static readonly string[] HttpInspectorStats =
        ["http10_found", "http11_found", "http2_found", "http_not_found", "read_error"];

    /// <summary>A listener that hands connections over by their original destination reads it even when no filter says
    /// so.</summary>
    public static ImmutableArray<ListenerFilterConfig> Decode(
        IReadOnlyList<ListenerFilter> filters, bool useOriginalDst, string path, DecodeContext context)
    {
        var result = ImmutableArray.CreateBuilder<ListenerFilterConfig>(filters.Count + 1);
        for (var i = 0; i < filters.Count; i++)
        {
            if (DecodeFilter(filters[i], $"{path}[{i}]", context) is { } filter)
            {
                result.Add(filter);
            }
        }
        if (useOriginalDst && !result.Any(filter => filter.Kind == ListenerFilterKind.OriginalDst))
        {
            result.Add(new ListenerFilterConfig
            {
                Name = "envoy.filters.listener.original_dst",
                Kind = ListenerFilterKind.OriginalDst,
                Stats = Scope("original_dst.", context),
            });
        }
        return result.ToImmutable();
    }

    private static ListenerFilterConfig? DecodeFilter(ListenerFilter filter, string path, DecodeContext context) =>
        filter.ConfigTypeCase == ListenerFilter.ConfigTypeOneofCase.ConfigDiscovery
            ? DecodeDiscovered(filter, path, context)
            : DecodeTyped(filter, path, context);

    private static ListenerFilterConfig? DecodeDiscovered(ListenerFilter filter, string path, DecodeContext context)
    {
        var disabled = DecodeDisabled(filter.FilterDisabled, $"{path}.filter_disabled", context);
        var slot = ExtensionDecoder.Decode(
            filter.Name, filter.ConfigDiscovery, "tcp_listener_filter", $"{path}.config_discovery", context,
            (config, inner) => DecodeTyped(
                new ListenerFilter { Name = filter.Name, TypedConfig = config }, filter.Name, inner));
        return slot is null ? null : new ListenerFilterConfig
        {
            Name = filter.Name,
            Kind = ListenerFilterKind.Discovered,
            DisabledPorts = disabled,
            Slot = slot,
            Stats = Scope("extension_config_discovery.", context),
        };
    }

    private static ListenerFilterConfig? DecodeTyped(ListenerFilter filter, string path, DecodeContext context)
    {
        var type = TypedConfigs.Open(filter.TypedConfig, out var bytes, out var fields);
        var disabled = DecodeDisabled(filter.FilterDisabled, $"{path}.filter_disabled", context);
        switch (type)
        {
            case Prefix + "original_dst.v3.OriginalDst":
                return Plain(ListenerFilterKind.OriginalDst, "original_dst.");
            case Prefix + "original_src.v3.OriginalSrc":
                var source = TypedConfigs.Read(
                    Envoy.Extensions.Filters.Listener.OriginalSrc.V3.OriginalSrc.Parser, bytes, fields);
                return new ListenerFilterConfig
                {
                    Name = filter.Name,
                    Kind = ListenerFilterKind.OriginalSrc,
                    DisabledPorts = disabled,
                    Mark = (int)source.Mark,
                    Stats = Scope("original_src.", context),
                };
            case Prefix + "http_inspector.v3.HttpInspector":
                var inspector = Plain(ListenerFilterKind.HttpInspector, "http_inspector.");
                foreach (var stat in HttpInspectorStats)
                {
                    inspector.Stats.GetOrAdd(stat);
                }
                return inspector;
            case Prefix + "tls_inspector.v3.TlsInspector":
                var tls = TypedConfigs.Read(TlsInspector.Parser, bytes, fields);
                return new ListenerFilterConfig
                {
                    Name = filter.Name,
                    Kind = ListenerFilterKind.TlsInspector,
                    DisabledPorts = disabled,
                    ClientHelloBytesMax = (int)Math.Min(tls.MaxClientHelloSize ?? HelloBytesMax, HelloBytesMax),
                    HasJa3 = tls.EnableJa3Fingerprinting ?? false,
                    HasJa4 = tls.EnableJa4Fingerprinting ?? false,
                    ClosesOnParsingErrors = tls.CloseConnectionOnClientHelloParsingErrors,
                    Stats = context.Stats.GetScope("tls_inspector.", TlsInspectorLayout),
                };
            case Prefix + "proxy_protocol.v3.ProxyProtocol":
                return DecodeProxyProtocol(
                    filter.Name, TypedConfigs.Read(ProxyProto.Parser, bytes, fields), disabled, context);
            case Prefix + "local_ratelimit.v3.LocalRateLimit":
                return DecodeLimit(filter.Name, bytes, fields, disabled, $"{path}.typed_config", context);
            default:
                TypedConfigs.ReportUnknown(filter.Name, filter.TypedConfig, path, context);
                return null;
        }

        ListenerFilterConfig Plain(ListenerFilterKind kind, string stats) => new()
        {
            Name = filter.Name,
            Kind = kind,
            DisabledPorts = disabled,
            Stats = Scope(stats, context),
        };
    }

    private static ListenerFilterConfig DecodeProxyProtocol(
        string name, ProxyProto proto, (int Start, int End)[] disabled, DecodeContext context)
    {
        if (proto.DisallowedVersions.Distinct().Count() > 1)
        {
            context.Error("disallowed_versions", "LISTENER",
                "The `disallowed_versions` config may not list all supported versions");
        }
        var prefix = proto.StatPrefix.Length > 0 ? $"proxy_proto.{proto.StatPrefix}." : "proxy_proto.";
        return new ListenerFilterConfig
        {
            Name = name,
            Kind = ListenerFilterKind.ProxyProtocol,
            DisabledPorts = disabled,
            AllowRequestsWithoutProxyProtocol = proto.AllowRequestsWithoutProxyProtocol,
            DisallowedVersions = proto.DisallowedVersions.Aggregate(0, (bits, version) => bits | (1 << (
                version == Envoy.Config.Core.V3.ProxyProtocolConfig.Types.Version.V2 ? 2 : 1))),
            TlvRules = TlvRules(proto),
            PassTlvs = TlsDecoder.TypesOf(proto.PassThroughTlvs),
            Stats = Scope(prefix, context),
        };
    }

    // Of two rules for a type the last one counts.
    private static Dictionary<byte, (string Namespace, string Key)> TlvRules(ProxyProto proto)
    {
        var rules = new Dictionary<byte, (string Namespace, string Key)>();
        foreach (var rule in proto.Rules.Where(rule => rule.OnTlvPresent is not null))
        {
            var space = rule.OnTlvPresent.MetadataNamespace;
            rules[(byte)rule.TlvType] = (space.Length > 0 ? space : TlvNamespace, rule.OnTlvPresent.Key);
        }

        return rules;
    }

    private static ListenerFilterConfig DecodeLimit(
        string name, ByteString bytes, Struct? fields, (int Start, int End)[] disabled, string path,
        DecodeContext context)
    {
        var limit = TypedConfigs.Read(LocalRateLimit.Parser, bytes, fields);
        if (limit.StatPrefix.Length == 0)
        {
            context.Error($"{path}.stat_prefix", "LISTENER_FILTERS", "value length must be at least 1 characters");
        }
        if (limit.TokenBucket is null)
        {
            context.Error($"{path}.token_bucket", "LISTENER_FILTERS", "value is required");
        }
        return new ListenerFilterConfig
        {
            Name = name,
            Kind = ListenerFilterKind.LocalRateLimit,
            DisabledPorts = disabled,
            Bucket = LocalRateLimitDecoder.Bucket(limit.TokenBucket, $"{path}.token_bucket", context),
            Enabled = ConnectionFilterDecoder.DecodeFlag(limit.RuntimeEnabled),
            Stats = Scope($"listener_local_ratelimit.{limit.StatPrefix}.", context),
        };
    }

    private static readonly StatLayout TlsInspectorLayout = StatLayout.Empty.With(
        "bytes_processed|h tls_found tls_not_found alpn_found alpn_not_found sni_found sni_not_found "
        + "client_hello_too_large");

    private static StatsScope Scope(string prefix, DecodeContext context) =>
        context.Stats.GetScope(prefix, StatLayout.Empty);

    private static (int Start, int End)[] DecodeDisabled(
        ListenerFilterChainMatchPredicate? predicate, string path, DecodeContext context)
    {
        switch (predicate?.RuleCase)
        {
            case null:
                return [];
            case ListenerFilterChainMatchPredicate.RuleOneofCase.AnyMatch:
                return [(0, 65536)];
            case ListenerFilterChainMatchPredicate.RuleOneofCase.DestinationPortRange:
                return [(predicate.DestinationPortRange.Start, predicate.DestinationPortRange.End)];
            case ListenerFilterChainMatchPredicate.RuleOneofCase.OrMatch:
                return [.. predicate.OrMatch.Rules.SelectMany(rule => DecodeDisabled(rule, path, context))];
            case ListenerFilterChainMatchPredicate.RuleOneofCase.NotMatch:
                return Complement(DecodeDisabled(predicate.NotMatch, path, context));
            default:
                // a and b = not (not a or not b)
                return Complement([.. predicate.AndMatch?.Rules.SelectMany(rule =>
                    Complement(DecodeDisabled(rule, path, context))) ?? []]);
        }
    }

    private static (int Start, int End)[] Complement((int Start, int End)[] ranges)
    {
        var result = new List<(int, int)>();
        var next = 0;
        foreach (var (start, end) in ranges.OrderBy(range => range.Start))
        {
            if (start > next)
            {
                result.Add((next, start));
            }
            next = Math.Max(next, end);
        }
        if (next < 65536)
        {
            result.Add((next, 65536));
        }
        return [.. result];
    }
}
