using Envoy.Config.Tap.V3;
using Envoy.Extensions.Common.Tap.V3;
using Google.Protobuf;
using Lateen.Proxy.Admin;
using Lateen.Proxy.Filters;
using Lateen.Proxy.Tapping;
using ConfigProto = Envoy.Config.Tap.V3.TapConfig;
using HttpGenericBodyMatch = Envoy.Config.Common.Matcher.V3.HttpGenericBodyMatch;
using HttpHeadersMatch = Envoy.Config.Common.Matcher.V3.HttpHeadersMatch;
using MatchPredicate = Envoy.Config.Common.Matcher.V3.MatchPredicate;
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
        return Slot(tap.CommonConfig, $"{source.Path}.common_config", source.Context) is not { } slot
            ? null
            : new TapFilter(source.Scope!)
            {
                Name = source.Name,
                Disabled = source.Disabled,
                Slot = slot,
                RecordsTimes = tap.RecordHeadersReceivedTime,
                RecordsConnection = tap.RecordDownstreamConnection,
                RecordsUpstream = tap.RecordUpstreamConnection,
            };
    }

    /// <summary>What is tapped; null with an error noted when it cannot be.</summary>
    public static TapSlot? Slot(CommonExtensionConfig? common, string path, DecodeContext context)
    {
        if (common?.AdminConfig is { } admin)
        {
            return context.Resources.Taps.Register(admin.ConfigId);
        }
        if (common?.StaticConfig is not { } config)
        {
            context.Error(path, Code, "value is required");
            return null;
        }
        return DecodeConfig(config, $"{path}.static_config", context, null) is { } decoded
            ? new TapSlot(decoded)
            : null;
    }

    /// <summary>Null with an error noted when it cannot be done.</summary>
    /// <param name="config">What to tap.</param>
    /// <param name="path">Where it stands.</param>
    /// <param name="context">For errors.</param>
    /// <param name="stream">The answer of the admin port that it came by; null: it did not.</param>
    public static Tapping.TapConfig? DecodeConfig(
        ConfigProto config, string path, DecodeContext context, AdminStream? stream)
    {
        if (config.OutputConfig?.Sinks is not [{ } sink])
        {
            context.Error($"{path}.output_config.sinks", Code, "value must contain exactly 1 item(s)");
            return null;
        }
        var errors = context.Errors.Count;
        var rule = config.Match ?? (config.MatchConfig is { } old
            ? MatchPredicate.Parser.ParseFrom(old.ToByteString())
            : null);
        if (rule is null)
        {
            context.Error($"{path}.match", Code, "Neither match nor match_config is set in TapConfig");
            return null;
        }
        var match = DecodeMatch(rule, $"{path}.match", context);
        var output = DecodeSink(sink, $"{path}.output_config.sinks[0]", context, stream);
        return match is null || output is null || context.Errors.Count > errors ? null : new Tapping.TapConfig
        {
            Match = match,
            Sink = output,
            Format = (TapFormat)(int)sink.Format,
            RequestBytesMax = Limit(config.OutputConfig.MaxBufferedRxBytes),
            ResponseBytesMax = Limit(config.OutputConfig.MaxBufferedTxBytes),
            StreamedBytesMin = (int)Math.Min(config.OutputConfig.MinStreamedSentBytes ?? 0, BufferedBytesMax),
            IsStreaming = config.OutputConfig.Streaming,
            Enabled = config.TapEnabled is null ? null : MatcherDecoder.DecodeFraction(config.TapEnabled),
        };
    }

    private static TapSink? DecodeSink(OutputSink sink, string path, DecodeContext context, AdminStream? stream)
    {
        var isJson = sink.Format is OutputSink.Types.Format.JsonBodyAsBytes
            or OutputSink.Types.Format.JsonBodyAsString;
        switch (sink.OutputSinkTypeCase)
        {
            case OutputSink.OutputSinkTypeOneofCase.FilePerTap:
                return new TapFileWriter(sink.FilePerTap.PathPrefix);
            case OutputSink.OutputSinkTypeOneofCase.StreamingAdmin when stream is not null && isJson:
                return new TapAdminSink(stream);
            case OutputSink.OutputSinkTypeOneofCase.BufferedAdmin when stream is not null
                && (isJson || sink.Format == OutputSink.Types.Format.ProtoBinaryLengthDelimited):
                return new TapBufferSink(
                    stream, sink.BufferedAdmin.MaxTraces,
                    TimeSpan.FromMicroseconds(Durations.Nanos(sink.BufferedAdmin.Timeout) / 1000),
                    context.Resources.Clock);
            case OutputSink.OutputSinkTypeOneofCase.StreamingAdmin when stream is not null:
                context.Error(path, Code, "streaming admin output only supports JSON formats");
                return null;
            case OutputSink.OutputSinkTypeOneofCase.BufferedAdmin when stream is not null:
                context.Error(
                    path, Code, "buffered admin output only supports JSON or length delimited proto binary formats");
                return null;
            case OutputSink.OutputSinkTypeOneofCase.CustomSink:
                TypedConfigs.ReportUnknown(sink.CustomSink.Name, sink.CustomSink.TypedConfig, path, context);
                return null;
            case OutputSink.OutputSinkTypeOneofCase.StreamingGrpc:
                context.Error($"{path}.streaming_grpc", Code, "a streaming_grpc sink is not supported");
                return null;
            default:
                context.Error(path, Code, $"Output sink type {sink.OutputSinkTypeCase} requires that the admin output"
                    + " will be configured via admin");
                return null;
        }
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
