using Envoy.Config.Common.Matcher.V3;
using Lateen.Proxy.Filters;
using Lateen.Proxy.Tapping;
using ConfigProto = Envoy.Config.Tap.V3.TapConfig;
using Rule = Envoy.Config.Common.Matcher.V3.MatchPredicate.RuleOneofCase;
using TapProto = Envoy.Extensions.Filters.Http.Tap.V3.Tap;

namespace Lateen.Proxy.Config.Decode.Filters;

/// <summary>The HTTP filter <c>tap</c>.</summary>
internal static class TapDecoder
{
    private const string Code = "TAP";
    private const int BufferedBytesMax = 16 * 1024 * 1024;
    private const uint BufferedBytesDefault = 1024;

    public static HttpFilter? Filter(FilterSource source)
    {
        var tap = source.Read(TapProto.Parser);
        if (tap.CommonConfig?.StaticConfig is not { } config)
        {
            source.Error("common_config", tap.CommonConfig?.AdminConfig is null
                ? "value is required"
                : "admin_config is not supported");
            return null;
        }
        return DecodeConfig(config, $"{source.Path}.common_config.static_config", source.Context) is not { } decoded
            ? null
            : new TapFilter(source.Scope!)
            {
                Name = source.Name,
                Disabled = source.Disabled,
                Config = decoded,
                RecordsTimes = tap.RecordHeadersReceivedTime,
                RecordsConnection = tap.RecordDownstreamConnection,
            };
    }

    private static Tapping.TapConfig? DecodeConfig(ConfigProto config, string path, DecodeContext context)
    {
        if (config.OutputConfig?.Sinks is not [{ } sink])
        {
            context.Error($"{path}.output_config.sinks", Code, "value must contain exactly 1 item(s)");
            return null;
        }
        var at = $"{path}.output_config.sinks[0]";
        if (sink.FilePerTap is not { } file)
        {
            context.Error(at, Code, $"a sink of another kind than file_per_tap is not supported:"
                + $" {sink.OutputSinkTypeCase}");
            return null;
        }
        if (file.PathPrefix.Length == 0)
        {
            context.Error($"{at}.file_per_tap.path_prefix", Code, "value length must be at least 1 characters");
        }
        var match = config.Match is null ? null : DecodeMatch(config.Match, $"{path}.match", context);
        if (match is null)
        {
            context.Error($"{path}.match", Code, "Neither match nor match_config is set in TapConfig");
            return null;
        }
        return new Tapping.TapConfig
        {
            Match = match,
            Sink = new TapFileWriter(file.PathPrefix),
            Format = (TapFormat)(int)sink.Format,
            RequestBytesMax = Limit(config.OutputConfig.MaxBufferedRxBytes),
            ResponseBytesMax = Limit(config.OutputConfig.MaxBufferedTxBytes),
            IsStreaming = config.OutputConfig.Streaming,
            Enabled = config.TapEnabled is null ? null : MatcherDecoder.DecodeFraction(config.TapEnabled),
        };
    }

    private static int Limit(uint? bytes) => (int)Math.Min(bytes ?? BufferedBytesDefault, BufferedBytesMax);

    private static TapMatch? DecodeMatch(MatchPredicate match, string path, DecodeContext context)
    {
        switch (match.RuleCase)
        {
            case Rule.AnyMatch:
                return new TapMatch.Any();
            case Rule.NotMatch:
                return DecodeMatch(match.NotMatch, $"{path}.not_match", context) is { } inner
                    ? new TapMatch.Not(inner)
                    : null;
            case Rule.AndMatch:
            case Rule.OrMatch:
                return DecodeSet(match, path, context);
            case Rule.HttpRequestHeadersMatch:
                return Headers(TapPart.RequestHeaders, match.HttpRequestHeadersMatch, path, context);
            case Rule.HttpRequestTrailersMatch:
                return Headers(TapPart.RequestTrailers, match.HttpRequestTrailersMatch, path, context);
            case Rule.HttpResponseHeadersMatch:
                return Headers(TapPart.ResponseHeaders, match.HttpResponseHeadersMatch, path, context);
            case Rule.HttpResponseTrailersMatch:
                return Headers(TapPart.ResponseTrailers, match.HttpResponseTrailersMatch, path, context);
            case Rule.HttpRequestGenericBodyMatch:
                return Body(false, match.HttpRequestGenericBodyMatch, path, context);
            case Rule.HttpResponseGenericBodyMatch:
                return Body(true, match.HttpResponseGenericBodyMatch, path, context);
            default:
                context.Error(path, Code, "rule is required");
                return null;
        }
    }

    private static TapMatch.Set? DecodeSet(MatchPredicate match, string path, DecodeContext context)
    {
        var isAny = match.RuleCase == Rule.OrMatch;
        var set = isAny ? match.OrMatch : match.AndMatch;
        if (set.Rules.Count < 2)
        {
            context.Error($"{path}.{(isAny ? "or_match" : "and_match")}.rules", Code,
                "value must contain at least 2 item(s)");
            return null;
        }
        TapMatch?[] rules = [.. set.Rules.Select((rule, i) => DecodeMatch(rule, $"{path}.rules[{i}]", context))];
        return Array.Exists(rules, rule => rule is null) ? null : new TapMatch.Set(rules!, isAny);
    }

    private static TapMatch.Headers Headers(
        TapPart part, HttpHeadersMatch match, string path, DecodeContext context) =>
        new(part, MatcherDecoder.DecodeHeaders(match.Headers, $"{path}.headers", context));

    private static TapMatch.Body Body(
        bool isResponse, HttpGenericBodyMatch match, string path, DecodeContext context)
    {
        if (match.Patterns.Count == 0)
        {
            context.Error($"{path}.patterns", Code, "value must contain at least 1 item(s)");
        }
        return new TapMatch.Body(isResponse, (int)Math.Min(match.BytesLimit, BufferedBytesMax),
        [
            .. match.Patterns.Select(pattern => pattern.BinaryMatch.Length > 0
                ? pattern.BinaryMatch.ToByteArray()
                : System.Text.Encoding.UTF8.GetBytes(pattern.StringMatch)),
        ]);
    }
}
