using System.Text;
using Envoy.Extensions.Filters.Http.ExtProc.V3;
using Lateen.Http;
using Lateen.Proxy.ExtProc;
using Lateen.Proxy.Filters;
using Lateen.Proxy.Routing;
using Lateen.Proxy.Streams;
using MapperProto =
    Envoy.Extensions.Http.ExtProc.ProcessingRequestModifiers.MappedAttributeBuilder.V3.MappedAttributeBuilder;
using SaverProto =
    Envoy.Extensions.Http.ExtProc.ResponseProcessors.SaveProcessingResponse.V3.SaveProcessingResponse;
using TypedExtensionConfig = Envoy.Config.Core.V3.TypedExtensionConfig;

namespace Lateen.Proxy.Config.Decode.Filters;

/// <summary>The filter <c>ext_proc</c>.</summary>
internal static class ExtProcDecoder
{
    private const string Extensions = "envoy.extensions.http.ext_proc.";
    private const string SaverType =
        Extensions + "response_processors.save_processing_response.v3.SaveProcessingResponse";

    private const string MapperType =
        Extensions + "processing_request_modifiers.mapped_attribute_builder.v3.MappedAttributeBuilder";

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
        CheckSaver(proto.OnProcessingResponse, source);
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
                ForwardedNamespaces = Namespaces(proto.MetadataOptions?.ForwardingNamespaces)
                    ?? MetadataNamespaces.None,
                ClusterNamespaces = Namespaces(proto.MetadataOptions?.ClusterMetadataForwardingNamespaces)
                    ?? MetadataNamespaces.None,
                // Messages cannot come back: typed namespaces have no effect here, as in Envoy.
                ReceivedNamespaces = [.. proto.MetadataOptions?.ReceivingNamespaces?.Untyped ?? []],
                RequestAttributes = Attributes(Named(proto.RequestAttributes), "request_attributes", source),
                ResponseAttributes = Attributes(Named(proto.ResponseAttributes), "response_attributes", source),
                Mapped = Modifier(proto.ProcessingRequestModifier, "processing_request_modifier", source),
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

    private static MetadataNamespaces? Namespaces(MetadataOptions.Types.MetadataNamespaces? proto) =>
        proto is null ? null : new MetadataNamespaces([.. proto.Untyped], [.. proto.Typed]);

    /// <summary>What it saves in the filter state nothing can show, in Envoy either.</summary>
    private static void CheckSaver(TypedExtensionConfig? extension, FilterSource source)
    {
        if (extension is null)
        {
            return;
        }
        if (TypedConfigs.Open(extension.TypedConfig, out var bytes, out var fields) == SaverType)
        {
            _ = TypedConfigs.Read(SaverProto.Parser, bytes, fields);
            return;
        }
        TypedConfigs.ReportUnknown(
            extension.Name, extension.TypedConfig, $"{source.Path}.on_processing_response", source.Context);
    }

    /// <summary>Attributes under other names; null: there is no such extension.</summary>
    private static MappedAttributes? Modifier(TypedExtensionConfig? extension, string field, FilterSource source)
    {
        if (extension is null)
        {
            return null;
        }
        if (TypedConfigs.Open(extension.TypedConfig, out var bytes, out var fields) != MapperType)
        {
            TypedConfigs.ReportUnknown(
                extension.Name, extension.TypedConfig, $"{source.Path}.{field}", source.Context);
            return null;
        }
        var proto = TypedConfigs.Read(MapperProto.Parser, bytes, fields);
        return new MappedAttributes(
            Attributes(proto.MappedRequestAttributes, $"{field}.mapped_request_attributes", source),
            Attributes(proto.MappedResponseAttributes, $"{field}.mapped_response_attributes", source));
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

    /// <summary>Attributes that are named by their texts.</summary>
    private static IEnumerable<KeyValuePair<string, string>> Named(IEnumerable<string> texts) =>
        texts.Select(text => KeyValuePair.Create(text, text));

    /// <summary>Attributes are expressions by name.</summary>
    private static ExtProcAttribute[] Attributes(
        IEnumerable<KeyValuePair<string, string>> expressions, string field, FilterSource source)
    {
        var result = new List<ExtProcAttribute>();
        foreach (var (name, text) in expressions)
        {
            if (Cel.CelProgram.TryParse(text, out var program, out var error))
            {
                result.Add(new ExtProcAttribute(name, program!));
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
        if (overrides.ProcessingMode is not null)
        {
            CheckMode(overrides.ProcessingMode, source);
        }
        return new ExtProcRouteSettings(
            overrides.ProcessingMode is { } mode ? Modes(mode) : null,
            overrides.GrpcService is { } service
                ? GrpcTargetDecoder.Decode(service, null, $"{source.Path}.overrides.grpc_service", source.Context)
                : null,
            Namespaces(overrides.MetadataOptions?.ForwardingNamespaces),
            Namespaces(overrides.MetadataOptions?.ClusterMetadataForwardingNamespaces),
            overrides.MetadataOptions?.ReceivingNamespaces is { } receiving ? [.. receiving.Untyped] : null,
            [.. overrides.GrpcInitialMetadata.Select(header =>
                (HeaderName.Create(header.Key), Encoding.UTF8.GetBytes(header.Value)))],
            overrides.FailureModeAllow,
            overrides.EmitClientSpan,
            Modifier(overrides.ProcessingRequestModifier, "overrides.processing_request_modifier", source));
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
