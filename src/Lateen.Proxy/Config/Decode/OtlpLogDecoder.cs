using System.Text;
using Envoy.Extensions.AccessLoggers.OpenTelemetry.V3;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Lateen.Proxy.AccessLog;
using Lateen.Proxy.AccessLog.Otlp;
using Lateen.Proxy.Exports;
using Lateen.Proxy.Streams;
using Lateen.Proxy.Tracing;
using Opentelemetry.Proto.Common.V1;

namespace Lateen.Proxy.Config.Decode;

/// <summary>The access logger <c>open_telemetry</c>.</summary>
internal static class OtlpLogDecoder
{
    public const string Type = "envoy.extensions.access_loggers.open_telemetry.v3.OpenTelemetryAccessLogConfig";
    private const string Method = "opentelemetry.proto.collector.logs.v1.LogsService/Export";

    public static AccessLogger? Decode(
        ByteString bytes, Struct? fields, AccessLogFilter? filter, string path, DecodeContext context)
    {
        var config = TypedConfigs.Read(OpenTelemetryAccessLogConfig.Parser, bytes, fields);
        if (Target(config, path, context) is not { } target)
        {
            return null;
        }
        string error = "";
        var body = config.Body is null ? null : OtlpTemplate.TryParse(config.Body, out error);
        var attributes = error.Length > 0 || config.Attributes is null
            ? []
            : OtlpTemplate.TryParse(config.Attributes, out error);
        if (error.Length > 0)
        {
            context.Error(path, "FORMAT", error);
            return null;
        }
        var common = config.CommonConfig;
        var resource = Resource(config, path, context);
        var sink = context.Resources.Telemetry.OtlpLog(Convert.ToBase64String(bytes.ToByteArray()), () =>
            new OtlpLogSink(context.Stats, config.StatPrefix, context.Resources.WorkerCount)
            {
                Target = target,
                Resource = resource,
                FlushNanos = Durations.Nanos(
                    config.BufferFlushInterval ?? common?.BufferFlushInterval, GrpcLogDecoder.FlushNanosDefault),
                FlushBytes = (int)(
                    config.BufferSizeBytes ?? common?.BufferSizeBytes ?? GrpcLogDecoder.FlushBytesDefault),
            });
        return new OtlpAccessLogger(sink, filter)
        {
            Body = body,
            Attributes = attributes ?? [],
            CustomTags = CustomTagDecoder.Decode(
                [.. config.CustomTags, .. common?.CustomTags ?? []], $"{path}.custom_tags", context),
            FilterState = [.. config.FilterStateObjectsToLog.Concat(common?.FilterStateObjectsToLog ?? [])
                .Select(name => (Encoding.UTF8.GetBytes(name), name))],
        };
    }

    private static ExportTarget? Target(OpenTelemetryAccessLogConfig config, string path, DecodeContext context)
    {
        var common = config.CommonConfig?.GrpcService;
        if (new object?[] { common, config.GrpcService, config.HttpService }.Count(service => service is not null) != 1)
        {
            context.Error(path, "ACCESS_LOG",
                "OpenTelemetry access logger must have exactly one of common_config, grpc_service and http_service");
            return null;
        }
        return config.HttpService is { } http
            ? ServiceDecoder.Http(http, "application/x-protobuf",
                ServiceDecoder.UserAgentPrefix + context.Resources.Version, "envoy.access_loggers.open_telemetry",
                $"{path}.http_service", context)
            : ServiceDecoder.Grpc(
                (config.GrpcService ?? common)!, Method, "", $"{path}.grpc_service", context, mayBeUnknown: true);
    }

    /// <summary>Built-in labels, then what detectors find, then what the configuration names; later ones win.</summary>
    private static byte[] Resource(OpenTelemetryAccessLogConfig config, string path, DecodeContext context)
    {
        var own = new List<KeyValuePair<string, string>>();
        if (!config.DisableBuiltinLabels)
        {
            var name = config.LogName.Length > 0 ? config.LogName : config.CommonConfig?.LogName ?? "";
            own.Add(new("log_name", name));
            own.Add(new("zone_name", context.Resources.Node.Locality?.Zone ?? ""));
            own.Add(new("cluster_name", context.Resources.NodeCluster));
            own.Add(new("node_name", context.Resources.NodeId));
        }
        own.AddRange(ResourceDetectors.Detect(config.ResourceDetectors, $"{path}.resource_detectors", context));
        var configured = config.ResourceAttributes ?? new KeyValueList();
        var names = configured.Values.Select(pair => pair.Key).ToHashSet();
        var output = new ByteBuffer();
        foreach (var group in own.GroupBy(pair => pair.Key).Where(group => !names.Contains(group.Key)))
        {
            OtlpTemplate.WritePair(
                output, 1, Encoding.UTF8.GetBytes(group.Key), Encoding.UTF8.GetBytes(group.Last().Value));
        }
        if (OtlpTemplate.TryParse(configured, out var error) is { } pairs)
        {
            OtlpTemplate.Write(output, 1, pairs, new StreamInfo(), default);
        }
        else
        {
            context.Error($"{path}.resource_attributes", "FORMAT", error);
        }
        return output.ToArray();
    }
}
