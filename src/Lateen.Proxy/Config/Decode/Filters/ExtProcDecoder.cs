using System.Text;
using Envoy.Extensions.Filters.Http.ExtProc.V3;
using Lateen.Http;
using Lateen.Proxy.ExtProc;
using Lateen.Proxy.Filters;
using Lateen.Proxy.Routing;
using RulesProto = Envoy.Config.Common.MutationRules.V3.HeaderMutationRules;

namespace Lateen.Proxy.Config.Decode.Filters;

/// <summary>The filter <c>ext_proc</c>.</summary>
internal static class ExtProcDecoder
{
    public static HttpFilter? Filter(FilterSource source)
    {
        var proto = source.Read(ExternalProcessor.Parser);
        if (proto.DisableClearRouteCache
            && proto.RouteCacheAction != ExternalProcessor.Types.RouteCacheAction.Default)
        {
            source.Error("route_cache_action",
                "disable_clear_route_cache and route_cache_action can not be set to none-default at the same time.");
        }
        var service = GrpcTargetDecoder.Decode(
            proto.GrpcService, null, $"{source.Path}.grpc_service", source.Context);
        if (service is null)
        {
            return null;
        }
        var prefix = proto.StatPrefix.Length > 0 ? $"ext_proc.{proto.StatPrefix}." : "ext_proc.";
        return new ExtProcFilter
        {
            Name = source.Name,
            Disabled = source.Disabled,
            Stats = new ExtProcStats(source.Scope!, prefix),
            Config = new ExtProcConfig
            {
                Service = service,
                FailureModeAllow = proto.FailureModeAllow,
                Modes = Modes(proto.ProcessingMode),
                MessageTimeoutNanos = Durations.Nanos(proto.MessageTimeout, 200_000_000),
                MessageTimeoutNanosMax = Durations.Nanos(proto.MaxMessageTimeout),
                Rules = Rules(proto.MutationRules, source),
                AllowedHeaders = proto.ForwardRules?.AllowedHeaders is { Patterns.Count: > 0 } allowed
                    ? Matchers(allowed, source) : null,
                DisallowedHeaders = Matchers(proto.ForwardRules?.DisallowedHeaders, source),
                AllowModeOverride = proto.AllowModeOverride,
                DisableImmediateResponse = proto.DisableImmediateResponse,
                IsObserver = proto.ObservabilityMode,
                RouteCache = proto.DisableClearRouteCache
                    ? RouteCacheAction.Retain : (RouteCacheAction)(int)proto.RouteCacheAction,
                ForwardedNamespaces = [.. proto.MetadataOptions?.ForwardingNamespaces?.Untyped ?? []],
                ReceivedNamespaces = [.. proto.MetadataOptions?.ReceivingNamespaces?.Untyped ?? []],
                RequestAttributes = Attributes(proto.RequestAttributes, "request_attributes", source),
                ResponseAttributes = Attributes(proto.ResponseAttributes, "response_attributes", source),
            },
        };
    }

    /// <summary>Attributes are expressions, named by their texts.</summary>
    private static ExtProcAttribute[] Attributes(IEnumerable<string> texts, string field, FilterSource source)
    {
        var result = new List<ExtProcAttribute>();
        foreach (var text in texts)
        {
            if (Cel.CelProgram.TryParse(text, out var program, out var error))
            {
                result.Add(new ExtProcAttribute(text, program!));
            }
            else
            {
                source.Error(field, $"Unable to parse descriptor expression: {error}");
            }
        }
        return [.. result];
    }

    public static object Route(FilterSource source)
    {
        var proto = source.Read(ExtProcPerRoute.Parser);
        if (proto.OverrideCase != ExtProcPerRoute.OverrideOneofCase.Overrides)
        {
            return PerFilterConfigs.Disabled;
        }
        var overrides = proto.Overrides;
        return new ExtProcRouteSettings(
            overrides.ProcessingMode is { } mode ? Modes(mode) : null,
            overrides.GrpcService is { } service
                ? GrpcTargetDecoder.Decode(service, null, $"{source.Path}.overrides.grpc_service", source.Context)
                : null,
            overrides.MetadataOptions?.ForwardingNamespaces is { } forwarding ? [.. forwarding.Untyped] : null,
            overrides.MetadataOptions?.ReceivingNamespaces is { } receiving ? [.. receiving.Untyped] : null,
            [.. overrides.GrpcInitialMetadata.Select(header =>
                (HeaderName.Create(header.Key), Encoding.UTF8.GetBytes(header.Value)))]);
    }

    private static ProcessingModes Modes(ProcessingMode? mode) => mode is null ? new ProcessingModes() : new(
        mode.RequestHeaderMode != ProcessingMode.Types.HeaderSendMode.Skip,
        mode.ResponseHeaderMode != ProcessingMode.Types.HeaderSendMode.Skip,
        (BodyMode)mode.RequestBodyMode, (BodyMode)mode.ResponseBodyMode,
        mode.RequestTrailerMode == ProcessingMode.Types.HeaderSendMode.Send,
        mode.ResponseTrailerMode == ProcessingMode.Types.HeaderSendMode.Send);

    private static ExtProc.HeaderMutationRules Rules(RulesProto? rules, FilterSource source) => new()
    {
        AllowAllRouting = rules?.AllowAllRouting ?? false,
        AllowEnvoy = rules?.AllowEnvoy ?? false,
        DisallowSystem = rules?.DisallowSystem ?? false,
        DisallowAll = rules?.DisallowAll ?? false,
        DisallowIsError = rules?.DisallowIsError ?? false,
        Allow = rules?.AllowExpression is { } allow
            ? source.Context.Regex(allow.Regex, $"{source.Path}.mutation_rules.allow_expression") : null,
        Disallow = rules?.DisallowExpression is { } disallow
            ? source.Context.Regex(disallow.Regex, $"{source.Path}.mutation_rules.disallow_expression") : null,
    };

    private static StringMatcher[] Matchers(Envoy.Type.Matcher.V3.ListStringMatcher? list, FilterSource source) =>
        [.. (list?.Patterns ?? []).Select(pattern =>
            MatcherDecoder.DecodeString(pattern, $"{source.Path}.forward_rules", source.Context)!)
            .Where(pattern => pattern is not null)];
}
