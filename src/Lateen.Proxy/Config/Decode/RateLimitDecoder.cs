using System.Text;
using Lateen.Http;
using Lateen.Proxy.Addresses;
using Lateen.Proxy.Formatting;
using Lateen.Proxy.RateLimits;
using Lateen.Proxy.Routing;
using Lateen.Proxy.Streams;
using ActionProto = Envoy.Config.Route.V3.RateLimit.Types.Action;
using DescriptorExpression = Envoy.Extensions.RateLimitDescriptors.Expression.DescriptorExpression;
using MetadataProto = Envoy.Config.Route.V3.RateLimit.Types.Action.Types.MetaData;
using RateLimitProto = Envoy.Config.Route.V3.RateLimit;

namespace Lateen.Proxy.Config.Decode;

/// <summary>The rate limit policies of routes, virtual hosts and filters.</summary>
internal static class RateLimitDecoder
{
    private const string FormatFlag =
        "envoy.reloadable_features.enable_formatter_for_ratelimit_action_descriptor_value";

    /// <summary>
    /// The policies of a filter itself, which count hits but know neither stages nor, where
    /// <paramref name="allowLimit"/> is not set, limits.
    /// </summary>
    public static RateLimitPolicy[] DecodeOwn(
        IReadOnlyList<RateLimitProto> policies, bool allowLimit, string path, DecodeContext context)
    {
        for (var i = 0; i < policies.Count; i++)
        {
            var policy = policies[i];
            if (policy.Stage is not null || policy.DisableKey.Length > 0)
            {
                context.Error(
                    $"{path}[{i}]", "RATE_LIMIT", "'stage' field and 'disable_key' field are not supported");
            }
            if (policy.Limit is not null && !allowLimit)
            {
                context.Error($"{path}[{i}]", "RATE_LIMIT", "'limit' field is not supported");
            }
        }
        var result = Decode(policies, path, context);
        return result.Length != policies.Count
            ? result
            : [.. result.Select((made, i) => made with { Hits = Hits(policies[i].HitsAddend, path, context) })];
    }

    /// <summary>The policies of a route or a virtual host. As in Envoy, their <c>hits_addend</c> counts for
    /// nothing.</summary>
    public static RateLimitPolicy[] Decode(IEnumerable<RateLimitProto> policies, string path, DecodeContext context)
    {
        var index = 0;
        var result = new List<RateLimitPolicy>();
        foreach (var policy in policies)
        {
            var at = $"{path}[{index++}]";
            var actions = policy.Actions.Select((action, i) => Action(action, $"{at}.actions[{i}]", context)).ToArray();
            if (actions.Length == 0)
            {
                context.Error($"{at}.actions", "RATE_LIMIT", "at least one action is required");
            }
            else if (Array.TrueForAll(actions, action => action is not null))
            {
                result.Add(new RateLimitPolicy(policy.Stage ?? 0, policy.DisableKey, actions!)
                {
                    Limit = policy.Limit?.DynamicMetadata?.MetadataKey is { } key
                        ? (key.Key, [.. key.Path.Select(segment => segment.Key)]) : null,
                    OnStreamDone = policy.ApplyOnStreamDone,
                });
            }
        }
        // An empty list has an array of its own, which nobody would share.
        return result.Count == 0 ? [] : [.. result];
    }

    private static RateLimitAction? Action(ActionProto action, string path, DecodeContext context)
    {
        switch (action.ActionSpecifierCase)
        {
            case ActionProto.ActionSpecifierOneofCase.SourceCluster:
                return Fixed("source_cluster", context.Resources.NodeCluster);
            case ActionProto.ActionSpecifierOneofCase.DestinationCluster:
                return Entry("destination_cluster", static (_, info) => info.UpstreamClusterName);
            case ActionProto.ActionSpecifierOneofCase.RemoteAddress:
                return Entry("remote_address", static (_, info) => IpOf(info));
            case ActionProto.ActionSpecifierOneofCase.MaskedRemoteAddress:
                var (v4, v6) = (action.MaskedRemoteAddress.V4PrefixMaskLen ?? 32,
                    action.MaskedRemoteAddress.V6PrefixMaskLen ?? 128);
                return Entry("masked_remote_address", (_, info) => Masked(info, v4, v6));
            case ActionProto.ActionSpecifierOneofCase.GenericKey:
                var generic = action.GenericKey;
                return If(
                    Or(generic.DescriptorKey, "generic_key"), generic.DescriptorValue, generic.DefaultValue, null,
                    HasFormats, path, context);
            case ActionProto.ActionSpecifierOneofCase.RequestHeaders:
                var header = HeaderName.Create(action.RequestHeaders.HeaderName);
                return Entry(action.RequestHeaders.DescriptorKey, (request, _) => First(request, header),
                    action.RequestHeaders.SkipIfAbsent);
            case ActionProto.ActionSpecifierOneofCase.QueryParameters:
                var parameter = Encoding.UTF8.GetBytes(action.QueryParameters.QueryParameterName);
                return Entry(action.QueryParameters.DescriptorKey, (request, _) => Query(request, parameter),
                    action.QueryParameters.SkipIfAbsent);
            case ActionProto.ActionSpecifierOneofCase.HeaderValueMatch:
                var match = action.HeaderValueMatch;
                var headers = MatcherDecoder.DecodeHeaders(match.Headers, $"{path}.headers", context);
                return If(Or(match.DescriptorKey, "header_match"), match.DescriptorValue, match.DefaultValue,
                    (request, _) => HeaderMatcher.AllMatch(headers, request) == (match.ExpectMatch ?? true),
                    HasFormats, path, context);
            case ActionProto.ActionSpecifierOneofCase.RemoteAddressMatch:
                var address = action.RemoteAddressMatch;
                var ranges = AddressDecoder.DecodeRanges(
                    (address.AddressMatcher?.Ranges ?? []).Select(range => new Envoy.Config.Core.V3.CidrRange
                    {
                        AddressPrefix = range.AddressPrefix,
                        PrefixLen = range.PrefixLen,
                    }), $"{path}.address_matcher", context);
                var isInverted = address.AddressMatcher?.InvertMatch ?? false;
                return If(
                    Or(address.DescriptorKey, "remote_address_match"), address.DescriptorValue, address.DefaultValue,
                    (_, info) => Array.Exists(ranges, range => range.Contains(info.EffectiveRemoteAddress.Ip))
                        != isInverted,
                    true, path, context);
            case ActionProto.ActionSpecifierOneofCase.QueryParameterValueMatch:
                return QueryMatch(action.QueryParameterValueMatch, path, context);
            case ActionProto.ActionSpecifierOneofCase.Metadata:
                return Metadata(action.Metadata);
            case ActionProto.ActionSpecifierOneofCase.DynamicMetadata:
                var dynamic = action.DynamicMetadata;
                return FromMetadata(dynamic.DescriptorKey, dynamic.MetadataKey, dynamic.DefaultValue, false, false);
            case ActionProto.ActionSpecifierOneofCase.Extension:
                return Extension(action.Extension, path, context);
            default:
                context.Error(path, "RATE_LIMIT", $"rate limit action {action.ActionSpecifierCase} is not supported");
                return null;
        }
    }

    /// <summary>An entry whose value is that of an expression.</summary>
    private static RateLimitAction? Extension(
        Envoy.Config.Core.V3.TypedExtensionConfig extension, string path, DecodeContext context)
    {
        const string Type = "envoy.extensions.rate_limit_descriptors.expr.v3.Descriptor";
        if (TypedConfigs.Open(extension.TypedConfig, out var bytes, out var fields) != Type)
        {
            return FromInput(extension, path, context);
        }
        var proto = TypedConfigs.Read(DescriptorExpression.Parser, bytes, fields);
        var isText = proto.ExprSpecifierCase == DescriptorExpression.ExprSpecifierOneofCase.Text;
        if (!(isText
            ? Cel.CelProgram.TryParse(proto.Text, out var program, out var error)
            : Cel.CelProgram.TryRead(proto.Parsed, out program, out error)))
        {
            context.Error($"{path}.extension", "RATE_LIMIT", $"failed to create an expression: {error}");
            return null;
        }
        var (key, skip) = (proto.DescriptorKey, proto.SkipIfError);
        return (HeaderMap _, StreamInfo info, out RateLimitEntry entry) =>
        {
            entry = default;
            var text = new ByteBuffer();
            if (!program!.TryWrite(text, info, AccessLog.AccessLogType.NotSet))
            {
                return skip;
            }
            entry = new RateLimitEntry(key, Encoding.UTF8.GetString(text.Written));
            return true;
        };
    }

    /// <summary>An entry named after the extension, with the value of a matcher's input.</summary>
    private static RateLimitAction? FromInput(
        Envoy.Config.Core.V3.TypedExtensionConfig extension, string path, DecodeContext context)
    {
        if (MatchInputDecoder.Decode(extension.Name, extension.TypedConfig, path, context) is not { } input)
        {
            return null;
        }
        return Entry(extension.Name, (request, info) =>
        {
            var value = new ByteBuffer();
            return input(new Matching.MatchData(info, request, null), value) && value.Length > 0
                ? Encoding.UTF8.GetString(value.Written) : null;
        });
    }

    private static RateLimitAction? QueryMatch(
        ActionProto.Types.QueryParameterValueMatch match, string path, DecodeContext context)
    {
        var parameters = match.QueryParameters
            .Select((query, i) => MatcherDecoder.DecodeQuery(query, $"{path}.query_parameters[{i}]", context))
            .Where(query => query is not null).ToArray();
        return If(Or(match.DescriptorKey, "query_match"), match.DescriptorValue, match.DefaultValue,
            (request, _) =>
            {
                var whole = request.Get(HeaderId.Path);
                var all = true;
                foreach (var parameter in parameters)
                {
                    all &= parameter!.IsMatch(whole);
                }
                return all == (match.ExpectMatch ?? true);
            },
            HasFormats, path, context);
    }

    private static RateLimitAction Metadata(MetadataProto metadata) => FromMetadata(
        metadata.DescriptorKey, metadata.MetadataKey, metadata.DefaultValue, metadata.SkipIfAbsent,
        metadata.Source == MetadataProto.Types.Source.RouteEntry);

    private static RateLimitAction FromMetadata(
        string key, Envoy.Type.Metadata.V3.MetadataKey? where, string fallback, bool skip, bool ofRoute)
    {
        var space = where?.Key ?? "";
        var path = where?.Path.Select(segment => segment.Key).ToArray() ?? [];
        return Entry(key, (_, info) =>
        {
            var value = ofRoute
                ? MetadataValues.Get(info.Route?.Metadata?.GetValueOrDefault(space), path)
                : MetadataValues.Unwrap(info.Metadata?.GetPath(space, path));
            return value is string { Length: > 0 } text ? text : fallback.Length > 0 ? fallback : null;
        }, skip);
    }

    private static RateLimitAction Fixed(string key, string value) =>
        (HeaderMap _, StreamInfo _, out RateLimitEntry entry) =>
        {
            entry = new RateLimitEntry(key, value);
            return true;
        };

    /// <summary>An entry whose value may have command operators; without a value the descriptor is
    /// dropped.</summary>
    private static RateLimitAction? If(
        string key, string value, string fallback, Func<HeaderMap, StreamInfo, bool>? matches, bool hasFormats,
        string path, DecodeContext context)
    {
        FormatString? format = null;
        if (hasFormats && (format = HeaderDecoder.Format(value, $"{path}.descriptor_value", context)) is null)
        {
            return null;
        }
        var isFixed = format is null || format.Literal is not null;
        return (HeaderMap request, StreamInfo info, out RateLimitEntry entry) =>
        {
            entry = default;
            if (matches is not null && !matches(request, info))
            {
                return false;
            }
            var text = isFixed ? value : Write(format!, info);
            entry = new RateLimitEntry(key, text.Length > 0 ? text : fallback);
            return entry.Value.Length > 0;
        };
    }

    private static string Write(FormatString format, StreamInfo info)
    {
        var text = new ByteBuffer();
        format.Write(text, info, new FormatContext(AccessLog.AccessLogType.NotSet, 0, default), default);
        return Encoding.UTF8.GetString(text.Written);
    }

    private static HitsAddend? Hits(RateLimitProto.Types.HitsAddend? hits, string path, DecodeContext context)
    {
        if (hits is null)
        {
            return null;
        }
        if ((hits.Format.Length > 0) == (hits.Number is not null))
        {
            context.Error(path, "RATE_LIMIT", "hits_addend must contain either a format or a number");
            return null;
        }
        if (hits.Format.Length == 0)
        {
            return new HitsAddend(hits.Number!.Value, null);
        }
        var format = HeaderDecoder.Format(hits.Format, $"{path}.hits_addend.format", context);
        if (format is not null && format.SingleOperator is null && format.Literal is null)
        {
            context.Error(path, "RATE_LIMIT", "hits_addend format must contain exactly one substitution");
        }
        return format is null ? null : new HitsAddend(1, format);
    }

    /// <summary>Command operators in descriptor values are off until the runtime switches them on.</summary>
    private static bool HasFormats => RuntimeSettings.Current.GetFlag(FormatFlag, false);

    private static RateLimitAction Entry(string key, Func<HeaderMap, StreamInfo, string?> get, bool skip = false) =>
        (HeaderMap request, StreamInfo info, out RateLimitEntry entry) =>
        {
            var value = get(request, info);
            entry = value is null ? default : new RateLimitEntry(key, value);
            return value is not null || skip;
        };

    private static string? First(HeaderMap request, HeaderName name) =>
        request.TryGet(name, out var value) ? Encoding.UTF8.GetString(value) : null;

    private static string? Query(HeaderMap request, byte[] name) =>
        QueryString.TryGet(request.Get(HeaderId.Path), name, out var value)
            ? Uri.UnescapeDataString(Encoding.UTF8.GetString(value)) : null;

    private static string? IpOf(StreamInfo info)
    {
        var ip = info.EffectiveRemoteAddress.Ip;
        return ip.IsEmpty ? null : ip.ToString();
    }

    private static string? Masked(StreamInfo info, uint v4, uint v6)
    {
        var ip = info.EffectiveRemoteAddress.Ip;
        return ip.IsEmpty ? null : new CidrRange(ip, (int)(ip.IsV6 ? v6 : v4)).ToString();
    }

    private static string Or(string text, string otherwise) => text.Length > 0 ? text : otherwise;
}
