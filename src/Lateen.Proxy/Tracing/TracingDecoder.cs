using System.Text;
using Envoy.Config.Trace.V3;
using Envoy.Extensions.RequestId.Uuid.V3;
using Envoy.Extensions.Tracers.Opentelemetry.Samplers.V3;
using Google.Protobuf;
using Lateen.Proxy.AccessLog.Otlp;
using Lateen.Proxy.Config.Decode;
using Lateen.Proxy.Exports;
using Lateen.Proxy.Formatting;
using Lateen.Proxy.Listeners;
using Lateen.Proxy.Routing;
using Lateen.Proxy.Stats;
using Lateen.Proxy.Tracing.Otel;
using Lateen.Proxy.Tracing.Zipkin;
using HcmProto = Envoy.Extensions.Filters.Network.HttpConnectionManager.V3.HttpConnectionManager;
using HttpProvider = Envoy.Config.Trace.V3.Tracing.Types.Http;
using RouteProto = Envoy.Config.Route.V3.Tracing;
using TypedExtension = Envoy.Config.Core.V3.TypedExtensionConfig;

namespace Lateen.Proxy.Tracing;

/// <summary>Tracing of connection managers and routes, and the drivers.</summary>
internal static class TracingDecoder
{
    private const int PathBytesDefault = 256;
    private const string SamplerPrefix = "envoy.extensions.tracers.opentelemetry.samplers.v3.";
    private const string TraceMethod = "opentelemetry.proto.collector.trace.v1.TraceService/Export";

    public static TracingConfig? Decode(HcmProto hcm, HttpStats stats, string path, DecodeContext context)
    {
        if (hcm.Tracing is not { } tracing)
        {
            return null;
        }
        var at = $"{path}.tracing";
        var resources = context.Resources;
        var provider = tracing.Provider ?? resources.DefaultTracer;
        return new TracingConfig
        {
            Tracer = provider is null ? null : Driver(provider, $"{at}.provider", context),
            Sampling = new TraceSampling(
                Percent(tracing.ClientSampling, "tracing.client_enabled"),
                Percent(tracing.RandomSampling, "tracing.random_sampling"),
                Percent(tracing.OverallSampling, "tracing.global_enabled")),
            IsVerbose = tracing.Verbose,
            PathBytesMax = (int)(tracing.MaxPathTagLength ?? PathBytesDefault),
            CustomTags = CustomTagDecoder.Decode(tracing.CustomTags, $"{at}.custom_tags", context),
            Operation = Format(tracing.Operation, $"{at}.operation", context),
            UpstreamOperation = Format(tracing.UpstreamOperation, $"{at}.upstream_operation", context),
            SpawnsUpstreamSpan = tracing.SpawnUpstreamSpan ?? false,
            PropagatesContext = !tracing.NoContextPropagation,
            IsEgress = context.Direction == TrafficDirection.Outbound,
            NodeId = Encoding.UTF8.GetBytes(resources.NodeId),
            Zone = Encoding.UTF8.GetBytes(resources.Node.Locality?.Zone ?? ""),
            Stats = new TracingStats(stats.Scope),
        };
    }

    public static RouteTracing? DecodeRoute(RouteProto? tracing, string path, DecodeContext context) =>
        tracing is null ? null : new RouteTracing(
            new TraceSampling(
                Fraction(tracing.ClientSampling, "tracing.client_enabled"),
                Fraction(tracing.RandomSampling, "tracing.random_sampling"),
                Fraction(tracing.OverallSampling, "tracing.global_enabled")),
            CustomTagDecoder.Decode(tracing.CustomTags, $"{path}.custom_tags", context),
            Format(tracing.Operation, $"{path}.operation", context),
            Format(tracing.UpstreamOperation, $"{path}.upstream_operation", context));

    /// <summary>Whether request ids decide on traces, and whether they are marked.</summary>
    public static bool ReadRequestIds(HcmProto hcm, string path, DecodeContext context, out bool packsReason)
    {
        packsReason = true;
        if (hcm.RequestIdExtension?.TypedConfig is not { } any)
        {
            return true;
        }
        if (TypedConfigs.Open(any, out var bytes, out var fields)
            != "envoy.extensions.request_id.uuid.v3.UuidRequestIdConfig")
        {
            TypedConfigs.ReportUnknown("request_id_extension", any, $"{path}.request_id_extension", context);
            return true;
        }
        var config = TypedConfigs.Read(UuidRequestIdConfig.Parser, bytes, fields);
        packsReason = config.PackTraceReason ?? true;
        return config.UseRequestIdForTraceSampling ?? true;
    }

    private static Tracer? Driver(HttpProvider provider, string path, DecodeContext context)
    {
        var at = $"{path}.typed_config";
        switch (TypedConfigs.Open(provider.TypedConfig, out var bytes, out var fields))
        {
            case "envoy.config.trace.v3.ZipkinConfig":
                return Zipkin(TypedConfigs.Read(ZipkinConfig.Parser, bytes, fields), at, context);
            case "envoy.config.trace.v3.OpenTelemetryConfig":
                return OpenTelemetry(TypedConfigs.Read(OpenTelemetryConfig.Parser, bytes, fields), at, context);
            default:
                TypedConfigs.ReportUnknown(provider.Name, provider.TypedConfig, at, context);
                return null;
        }
    }

    private static Tracer? Zipkin(ZipkinConfig config, string path, DecodeContext context)
    {
        const string Name = "envoy.tracers.zipkin";
        var version = config.CollectorEndpointVersion;
        if (version is not (ZipkinConfig.Types.CollectorEndpointVersion.HttpJson
            or ZipkinConfig.Types.CollectorEndpointVersion.HttpProto))
        {
            context.Error($"{path}.collector_endpoint_version", "TRACING",
                $"the collector's interface version {version} is not available", "set HTTP_JSON or HTTP_PROTO");
            return null;
        }
        var isProto = version == ZipkinConfig.Types.CollectorEndpointVersion.HttpProto;
        if (config.CollectorService is null
            && (config.CollectorCluster.Length == 0 || config.CollectorEndpoint.Length == 0))
        {
            context.Error(path, "TRACING",
                "collector_cluster and collector_endpoint must be specified when not using collector_service");
            return null;
        }
        var type = isProto ? "application/x-protobuf" : "application/json";
        var host = config.CollectorHostname.Length > 0 ? config.CollectorHostname : config.CollectorCluster;
        var target = config.CollectorService is { } service
            ? ServiceDecoder.Http(service, type, "", Name, $"{path}.collector_service", context, ZipkinTimeout())
            : ServiceDecoder.Plain(
                config.CollectorCluster, host, config.CollectorEndpoint, type, Name, $"{path}.collector_cluster",
                context, ZipkinTimeout());
        return target is null ? null : context.Resources.Telemetry.Tracer(Key(config), () => new ZipkinTracer
        {
            Exporter = new ZipkinExporter(context.Stats, context.Resources.WorkerCount)
            {
                Target = target,
                IsProto = isProto,
            },
            ServiceName = Encoding.UTF8.GetBytes(context.Resources.NodeCluster),
            UsesLongIds = config.TraceId128Bit,
            SharesSpans = config.SharedSpanContext ?? true,
            AlsoW3C = config.TraceContextOption == ZipkinConfig.Types.TraceContextOption.UseB3WithW3CPropagation,
        });
    }

    private static long ZipkinTimeout() =>
        (long)RuntimeSettings.Current.GetNumber("tracing.zipkin.request_timeout", 5000) * 1_000_000;

    private static Tracer? OpenTelemetry(OpenTelemetryConfig config, string path, DecodeContext context)
    {
        if ((config.GrpcService is null) == (config.HttpService is null))
        {
            context.Error(path, "TRACING",
                "OpenTelemetry Tracer must have exactly one of gRPC, HTTP, or custom exporter configured.");
            return null;
        }
        var errors = context.Errors.Count;
        var agent = ServiceDecoder.UserAgentPrefix + context.Resources.Version;
        var target = config.GrpcService is { } grpc
            ? ServiceDecoder.Grpc(grpc, TraceMethod, agent, $"{path}.grpc_service", context, mayBeUnknown: true)
            : config.HttpService is { } http
                ? ServiceDecoder.Http(
                    http, "application/x-protobuf", agent, "envoy.tracers.opentelemetry", $"{path}.http_service",
                    context, mayBeUnknown: true)
                : null;
        var sampler = config.Sampler is null ? null : Sampler(config.Sampler, $"{path}.sampler", context);
        var resource = Resource(config, path, context);
        if (context.Errors.Count > errors)
        {
            return null;
        }
        return context.Resources.Telemetry.Tracer(Key(config), () => new OtelTracer
        {
            Sampler = sampler,
            Exporter = target is null ? null : new OtelExporter(context.Stats, context.Resources.WorkerCount)
            {
                Target = target,
                Resource = resource,
                Scope = Scope(context.Resources.Version),
            },
        });
    }

    private static OtelSampler? Sampler(TypedExtension sampler, string path, DecodeContext context)
    {
        switch (TypedConfigs.Open(sampler.TypedConfig, out var bytes, out var fields))
        {
            case SamplerPrefix + "AlwaysOnSamplerConfig":
                return new OtelSampler.AlwaysOn();
            case SamplerPrefix + "ParentBasedSamplerConfig":
                var parent = TypedConfigs.Read(ParentBasedSamplerConfig.Parser, bytes, fields);
                if (parent.WrappedSampler is null)
                {
                    context.Error($"{path}.wrapped_sampler", "TRACING", "a wrapped sampler is required");
                    return null;
                }
                return Sampler(parent.WrappedSampler, $"{path}.wrapped_sampler", context) is { } root
                    ? new OtelSampler.ParentBased(root)
                    : null;
            case SamplerPrefix + "TraceIdRatioBasedSamplerConfig":
                var ratio = TypedConfigs.Read(TraceIdRatioBasedSamplerConfig.Parser, bytes, fields);
                return new OtelSampler.Ratio(MatcherDecoder.DecodePercent(ratio.SamplingPercentage, 0));
            default:
                TypedConfigs.ReportUnknown(sampler.Name, sampler.TypedConfig, path, context);
                return null;
        }
    }

    /// <summary>The encoded <c>Resource</c>: what detectors find, with the service's name and the maker's.</summary>
    private static byte[] Resource(OpenTelemetryConfig config, string path, DecodeContext context)
    {
        var service = config.ServiceName.Length > 0 ? config.ServiceName : "unknown_service:envoy";
        var all = new List<KeyValuePair<string, string>>
        {
            new("service.name", service),
            new("telemetry.sdk.language", "cpp"),
            new("telemetry.sdk.name", "envoy"),
            new("telemetry.sdk.version", context.Resources.Version),
        };
        all.AddRange(ResourceDetectors.Detect(config.ResourceDetectors, $"{path}.resource_detectors", context));
        var output = new ByteBuffer();
        foreach (var group in all.GroupBy(pair => pair.Key))
        {
            OtlpTemplate.WritePair(
                output, 1, Encoding.UTF8.GetBytes(group.Key), Encoding.UTF8.GetBytes(group.Last().Value));
        }
        return output.ToArray();
    }

    private static byte[] Scope(string version)
    {
        var output = new ByteBuffer();
        output.WriteText(1, "envoy");
        output.WriteText(2, version);
        return output.ToArray();
    }

    private static string Key(IMessage config) =>
        config.GetType().Name + ":" + Convert.ToBase64String(config.ToByteArray());

    private static FormatString? Format(string text, string path, DecodeContext context)
    {
        if (text.Length == 0)
        {
            return null;
        }
        if (FormatString.TryParse(text, out var format, out var error))
        {
            return format;
        }
        context.Error(path, "FORMAT", error);
        return null;
    }

    private static FractionalPercent Percent(Envoy.Type.V3.Percent? percent, string key) =>
        new((uint)Math.Round((percent?.Value ?? 100) * 100), 10_000, key);

    private static FractionalPercent Fraction(Envoy.Type.V3.FractionalPercent? percent, string key) =>
        MatcherDecoder.DecodePercent(percent, 100) with { RuntimeKey = key };
}
