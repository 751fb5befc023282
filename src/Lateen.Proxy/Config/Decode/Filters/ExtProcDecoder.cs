using System.Text;
using Envoy.Extensions.Filters.Http.ExtProc.V3;
using Lateen.Http;
using Lateen.Proxy.ExtProc;
using Lateen.Proxy.Filters;
using Lateen.Proxy.Routing;

namespace Lateen.Proxy.Config.Decode.Filters;

/// <summary>The filter <c>ext_proc</c>.</summary>
internal static class ExtProcDecoder
{
    private const ProcessingMode.Types.BodySendMode BodyNone = ProcessingMode.Types.BodySendMode.None;

    public static HttpFilter? Filter(FilterSource source)
    {
        var proto = source.Read(ExternalProcessor.Parser);
        if (proto.DisableClearRouteCache
            && proto.RouteCacheAction != ExternalProcessor.Types.RouteCacheAction.Default)
        {
            source.Error("route_cache_action",
                "disable_clear_route_cache and route_cache_action can not be set to none-default at the same time.");
        }
        if ((proto.GrpcService is null) == (proto.HttpService is null))
        {
            source.Error("", "One and only one of grpc_service or http_service must be configured");
            return null;
        }
        var service = proto.GrpcService is null ? null : GrpcTargetDecoder.Decode(
            proto.GrpcService, null, $"{source.Path}.grpc_service", source.Context);
        var http = proto.HttpService is null ? null : Http(proto.HttpService, source);
        if (service is null && http is null)
        {
            return null;
        }
        RefuseUnsupported(proto, source);
        CheckModes(proto, source);
        var prefix = proto.StatPrefix.Length > 0 ? $"ext_proc.{proto.StatPrefix}." : "ext_proc.";
        return new ExtProcFilter
        {
            Name = source.Name,
            Disabled = source.Disabled,
            Stats = new ExtProcStats(source.Scope!, prefix),
            Config = new ExtProcConfig
            {
                Service = service,
                Http = http,
                FailureModeAllow = proto.FailureModeAllow,
                Modes = Modes(proto.ProcessingMode),
                MessageTimeoutNanos = Durations.Nanos(proto.MessageTimeout, 200_000_000),
                MessageTimeoutNanosMax = Durations.Nanos(proto.MaxMessageTimeout),
                Rules = MutationRulesDecoder.Decode(
                    proto.MutationRules, $"{source.Path}.mutation_rules", source.Context),
                AllowedHeaders = proto.ForwardRules?.AllowedHeaders is { Patterns.Count: > 0 } allowed
                    ? Matchers(allowed, source) : null,
                DisallowedHeaders = Matchers(proto.ForwardRules?.DisallowedHeaders, source),
                AllowModeOverride = proto.AllowModeOverride,
                AllowedOverrides = [.. proto.AllowedOverrideModes],
                SendsBodyEarly = proto.SendBodyWithoutWaitingForHeaderResponse,
                AllowsContentLength = proto.AllowContentLengthHeader,
                EmitsSpan = proto.EmitClientSpan ?? true,
                StatusOnError = proto.StatusOnError is { Code: not 0 } status ? (int)status.Code : 500,
                DeferredCloseNanos = Durations.Nanos(proto.DeferredCloseTimeout, 5_000_000_000),
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

    private static ExtProcHttpTarget? Http(ExtProcHttpService service, FilterSource source)
    {
        if (service.HttpService?.HttpUri is not { Uri.Length: > 0, Cluster.Length: > 0 } uri)
        {
            source.Error("http_service.http_service.http_uri", "http_uri with a uri and a cluster is required");
            return null;
        }
        if (service.HttpService.Formatters.Count > 0)
        {
            source.Error("http_service.http_service.formatters", "formatters are not supported");
        }
        var (host, path) = Exports.ServiceDecoder.Split(uri.Uri, uri.Cluster);
        return new ExtProcHttpTarget(
            source.Context.Cluster(uri.Cluster), Encoding.UTF8.GetBytes(host), Encoding.UTF8.GetBytes(path),
            Durations.Nanos(uri.Timeout),
            [.. service.HttpService.RequestHeadersToAdd.Where(option => option.Header is not null).Select(option =>
                (HeaderName.Create(option.Header.Key), Encoding.UTF8.GetBytes(option.Header.Value)))]);
    }

    private static void RefuseUnsupported(ExternalProcessor proto, FilterSource source)
    {
        Extension(proto.OnProcessingResponse, "on_processing_response", source);
        Extension(proto.ProcessingRequestModifier, "processing_request_modifier", source);
        CheckMetadata(proto.MetadataOptions, "metadata_options", source);
    }

    private static void CheckMetadata(MetadataOptions? options, string field, FilterSource source)
    {
        if (options?.ForwardingNamespaces?.Typed.Count > 0 || options?.ReceivingNamespaces?.Typed.Count > 0)
        {
            source.Error(field, "typed metadata is not supported");
        }
        if (options?.ClusterMetadataForwardingNamespaces is not null)
        {
            source.Error(
                $"{field}.cluster_metadata_forwarding_namespaces", "metadata of clusters is not supported");
        }
    }

    private static void Extension(
        Envoy.Config.Core.V3.TypedExtensionConfig? extension, string field, FilterSource source)
    {
        if (extension is not null)
        {
            TypedConfigs.ReportUnknown(
                extension.Name, extension.TypedConfig, $"{source.Path}.{field}", source.Context);
        }
    }

    private static void CheckModes(ExternalProcessor proto, FilterSource source)
    {
        foreach (var (timeout, field) in new[]
        {
            (proto.MessageTimeout, "message_timeout"), (proto.MaxMessageTimeout, "max_message_timeout"),
        })
        {
            if (timeout is not null && (timeout.Seconds is < 0 or > 3600 || timeout.Nanos < 0
                || (timeout.Seconds == 3600 && timeout.Nanos > 0)))
            {
                source.Error(field, "value must be inside range [0s, 1h0m0s]");
            }
        }
        if (proto.ProcessingMode is not { } mode)
        {
            return;
        }
        CheckMode(mode, source);
        if (proto.HttpService is not null && (mode.RequestBodyMode != BodyNone || mode.ResponseBodyMode != BodyNone
            || mode.RequestTrailerMode == ProcessingMode.Types.HeaderSendMode.Send
            || mode.ResponseTrailerMode == ProcessingMode.Types.HeaderSendMode.Send))
        {
            source.Error("processing_mode",
                "If the ext_proc filter is configured with http_service instead of gRPC service, then the processing "
                + "modes of this filter can not be configured to send body or trailer.");
        }
    }

    private static void CheckMode(ProcessingMode mode, FilterSource source)
    {
        Duplex(mode.RequestBodyMode, mode.RequestTrailerMode, "request");
        Duplex(mode.ResponseBodyMode, mode.ResponseTrailerMode, "response");

        void Duplex(
            ProcessingMode.Types.BodySendMode body, ProcessingMode.Types.HeaderSendMode trailers, string direction)
        {
            if (body == ProcessingMode.Types.BodySendMode.Grpc)
            {
                source.Error($"processing_mode.{direction}_body_mode", "GRPC is not supported");
            }
            if (body == ProcessingMode.Types.BodySendMode.FullDuplexStreamed
                && trailers != ProcessingMode.Types.HeaderSendMode.Send)
            {
                source.Error($"processing_mode.{direction}_trailer_mode",
                    $"If the ext_proc filter has the {direction}_body_mode set to FULL_DUPLEX_STREAMED, then the "
                    + $"{direction}_trailer_mode has to be set to SEND");
            }
        }
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
            if (!proto.Disabled)
            {
                source.Error("", "disabled: true or overrides is required");
            }
            return PerFilterConfigs.Disabled;
        }
        var overrides = proto.Overrides;
        Extension(overrides.ProcessingRequestModifier, "overrides.processing_request_modifier", source);
        CheckMetadata(overrides.MetadataOptions, "overrides.metadata_options", source);
        if (overrides.ProcessingMode is not null)
        {
            CheckMode(overrides.ProcessingMode, source);
        }
        return new ExtProcRouteSettings(
            overrides.ProcessingMode is { } mode ? Modes(mode) : null,
            overrides.GrpcService is { } service
                ? GrpcTargetDecoder.Decode(service, null, $"{source.Path}.overrides.grpc_service", source.Context)
                : null,
            overrides.MetadataOptions?.ForwardingNamespaces is { } forwarding ? [.. forwarding.Untyped] : null,
            overrides.MetadataOptions?.ReceivingNamespaces is { } receiving ? [.. receiving.Untyped] : null,
            [.. overrides.GrpcInitialMetadata.Select(header =>
                (HeaderName.Create(header.Key), Encoding.UTF8.GetBytes(header.Value)))],
            overrides.FailureModeAllow,
            overrides.EmitClientSpan);
    }

    private static ProcessingModes Modes(ProcessingMode? mode) => mode is null ? new ProcessingModes() : new(
        mode.RequestHeaderMode != ProcessingMode.Types.HeaderSendMode.Skip,
        mode.ResponseHeaderMode != ProcessingMode.Types.HeaderSendMode.Skip,
        (BodyMode)mode.RequestBodyMode, (BodyMode)mode.ResponseBodyMode,
        mode.RequestTrailerMode == ProcessingMode.Types.HeaderSendMode.Send,
        mode.ResponseTrailerMode == ProcessingMode.Types.HeaderSendMode.Send);

    private static StringMatcher[] Matchers(Envoy.Type.Matcher.V3.ListStringMatcher? list, FilterSource source) =>
        [.. (list?.Patterns ?? []).Select(pattern =>
            MatcherDecoder.DecodeString(pattern, $"{source.Path}.forward_rules", source.Context)!)
            .Where(pattern => pattern is not null)];
}
