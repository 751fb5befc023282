using System.Net;
using System.Net.Sockets;
using System.Text;
using Envoy.Config.Bootstrap.V3;
using Envoy.Config.Metrics.V3;
using Envoy.Extensions.StatSinks.GraphiteStatsd.V3;
using Envoy.Extensions.StatSinks.OpenTelemetry.V3;
using Google.Protobuf;
using Lateen.Proxy.AccessLog.Otlp;
using Lateen.Proxy.Config.Decode;
using Lateen.Proxy.Exports;
using AddressProto = Envoy.Config.Core.V3.Address;

namespace Lateen.Proxy.Stats.Sinks;

/// <summary>The bootstrap's <c>stats_sinks</c>.</summary>
internal static class SinkDecoder
{
    private const string PrefixDefault = "envoy";
    private const string MetricsMethod = "envoy.service.metrics.v3.MetricsService/StreamMetrics";
    private const string OtlpMethod = "opentelemetry.proto.collector.metrics.v1.MetricsService/Export";

    public static StatsSink[] Decode(
        Bootstrap bootstrap, TagExtractor extractor, DateTimeOffset startedAt, DecodeContext context)
    {
        var sinks = new List<StatsSink>();
        for (var i = 0; i < bootstrap.StatsSinks.Count; i++)
        {
            var sink = bootstrap.StatsSinks[i];
            if (DecodeOne(sink, extractor, startedAt, $"stats_sinks[{i}]", context) is { } decoded)
            {
                sinks.Add(decoded);
            }
        }
        return [.. sinks];
    }

    private static StatsSink? DecodeOne(
        Envoy.Config.Metrics.V3.StatsSink sink, TagExtractor extractor, DateTimeOffset startedAt, string path,
        DecodeContext context)
    {
        var at = $"{path}.typed_config";
        switch (TypedConfigs.Open(sink.TypedConfig, out var bytes, out var fields))
        {
            case "envoy.config.metrics.v3.StatsdSink":
                return Statsd(TypedConfigs.Read(StatsdSink.Parser, bytes, fields), extractor, at, context);
            case "envoy.config.metrics.v3.DogStatsdSink":
                var dog = TypedConfigs.Read(DogStatsdSink.Parser, bytes, fields);
                return Udp(
                    dog.Address, StatsdFormat.Dog, dog.Prefix, dog.MaxBytesPerDatagram ?? 0, extractor, at, context);
            case "envoy.extensions.stat_sinks.graphite_statsd.v3.GraphiteStatsdSink":
                var graphite = TypedConfigs.Read(GraphiteStatsdSink.Parser, bytes, fields);
                return Udp(
                    graphite.Address, StatsdFormat.Graphite, graphite.Prefix, graphite.MaxBytesPerDatagram ?? 0,
                    extractor, at, context);
            case "envoy.config.metrics.v3.MetricsServiceConfig":
                return MetricsService(
                    TypedConfigs.Read(MetricsServiceConfig.Parser, bytes, fields), at, context);
            case "envoy.extensions.stat_sinks.open_telemetry.v3.SinkConfig":
                return OpenTelemetry(TypedConfigs.Read(SinkConfig.Parser, bytes, fields), startedAt, at, context);
            default:
                TypedConfigs.ReportUnknown(sink.Name, sink.TypedConfig, at, context);
                return null;
        }
    }

    private static StatsSink? Statsd(StatsdSink config, TagExtractor extractor, string path, DecodeContext context)
    {
        if (config.StatsdSpecifierCase != StatsdSink.StatsdSpecifierOneofCase.TcpClusterName)
        {
            return Udp(config.Address, StatsdFormat.Plain, config.Prefix, 0, extractor, path, context);
        }
        if (!ServiceDecoder.Exists(config.TcpClusterName, context))
        {
            context.Error(path, "CLUSTER", $"tcp statsd: unknown cluster '{config.TcpClusterName}'");
            return null;
        }
        return new StatsdTcpSink(
            Lines(StatsdFormat.Plain, config.Prefix, extractor, context), context.Cluster(config.TcpClusterName));
    }

    private static StatsdUdpSink? Udp(
        AddressProto? address, StatsdFormat format, string prefix, ulong datagramMax, TagExtractor extractor,
        string path, DecodeContext context)
    {
        EndPoint? target = address?.AddressCase switch
        {
            AddressProto.AddressOneofCase.SocketAddress
                when IPAddress.TryParse(address.SocketAddress.Address, out var ip) =>
                new IPEndPoint(ip, (int)address.SocketAddress.PortValue),
            AddressProto.AddressOneofCase.Pipe => new UnixDomainSocketEndPoint(address.Pipe.Path),
            _ => null,
        };
        if (target is null)
        {
            context.Error($"{path}.address", "ADDRESS", "an IP address with a port, or a pipe, is required");
            return null;
        }
        return new StatsdUdpSink(
            Lines(format, prefix, extractor, context), target, (int)Math.Min(datagramMax, int.MaxValue));
    }

    private static StatsdLines Lines(
        StatsdFormat format, string prefix, TagExtractor extractor, DecodeContext context) =>
        new(format, prefix.Length > 0 ? prefix : PrefixDefault, extractor, context.Stats.KeepSamples());

    private static MetricsServiceSink? MetricsService(
        MetricsServiceConfig config, string path, DecodeContext context)
    {
        if (config.TransportApiVersion == Envoy.Config.Core.V3.ApiVersion.V2)
        {
            context.Error($"{path}.transport_api_version", "SINK", "only version 3 of the API is supported");
            return null;
        }
        if (config.GrpcService is null)
        {
            context.Error($"{path}.grpc_service", "SINK", "a grpc_service is required");
            return null;
        }
        if (ServiceDecoder.Grpc(config.GrpcService, MetricsMethod, "", $"{path}.grpc_service", context)
            is not { } target)
        {
            return null;
        }
        var identifier = new ByteBuffer();
        identifier.WriteBytesAlways(1, context.Resources.Node.ToByteArray());
        return new MetricsServiceSink
        {
            Target = target,
            Identifier = identifier.ToArray(),
            ReportsDeltas = config.ReportCountersAsDeltas ?? false,
            EmitsLabels = config.EmitTagsAsLabels,
            EmitsSummaries = config.HistogramEmitMode != HistogramEmitMode.Histogram,
            EmitsHistograms = config.HistogramEmitMode != HistogramEmitMode.Summary,
            BatchSize = (int)config.BatchSize,
        };
    }

    private static OtlpMetricsSink? OpenTelemetry(
        SinkConfig config, DateTimeOffset startedAt, string path, DecodeContext context)
    {
        var target = config.ProtocolSpecifierCase switch
        {
            SinkConfig.ProtocolSpecifierOneofCase.GrpcService => ServiceDecoder.Grpc(
                config.GrpcService, OtlpMethod, "", $"{path}.grpc_service", context),
            SinkConfig.ProtocolSpecifierOneofCase.HttpService => ServiceDecoder.Http(
                config.HttpService, "application/x-protobuf",
                ServiceDecoder.UserAgentPrefix + context.Resources.Version, "envoy.stat_sinks.open_telemetry",
                $"{path}.http_service", context),
            _ => null,
        };
        if (target is null)
        {
            context.Error(path, "SINK", "a grpc_service or an http_service is required");
            return null;
        }
        var resource = new ByteBuffer();
        var attributes = new List<KeyValuePair<string, string>>
        {
            new("telemetry.sdk.language", "cpp"), new("telemetry.sdk.name", "envoy"),
            new("telemetry.sdk.version", context.Resources.Version),
        };
        attributes.AddRange(ResourceDetectors.Detect(config.ResourceDetectors, $"{path}.resource_detectors", context));
        foreach (var group in attributes.GroupBy(pair => pair.Key))
        {
            OtlpTemplate.WritePair(
                resource, 1, Encoding.UTF8.GetBytes(group.Key), Encoding.UTF8.GetBytes(group.Last().Value));
        }
        return new OtlpMetricsSink(startedAt)
        {
            Target = target,
            Resource = resource.ToArray(),
            CountersAreDeltas = config.ReportCountersAsDeltas,
            HistogramsAreDeltas = config.ReportHistogramsAsDeltas,
            EmitsTags = config.EmitTagsAsAttributes ?? true,
            UsesExtractedNames = config.UseTagExtractedName ?? true,
            Prefix = config.Prefix.Length > 0 ? $"{config.Prefix}." : "",
        };
    }
}
