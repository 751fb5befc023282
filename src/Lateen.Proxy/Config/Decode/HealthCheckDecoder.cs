using System.Text;
using Lateen.Proxy.AccessLog;
using Lateen.Proxy.Clusters;
using Lateen.Proxy.HealthChecks;
using ClusterProto = Envoy.Config.Cluster.V3.Cluster;
using CodecProto = Envoy.Type.V3.CodecClientType;
using HealthCheckProto = Envoy.Config.Core.V3.HealthCheck;

namespace Lateen.Proxy.Config.Decode;

/// <summary>Active health checks of clusters.</summary>
internal static class HealthCheckDecoder
{
    private const string FileSink = "envoy.extensions.health_check.event_sinks.file.v3.HealthCheckEventFileSink";

    /// <summary>Null when hosts are not checked.</summary>
    public static HealthCheckConfig? Decode(
        ClusterProto cluster, UpstreamHttpOptions http, string path, DecodeContext context)
    {
        if (cluster.HealthChecks.Count == 0)
        {
            return null;
        }
        if (cluster.HealthChecks.Count > 1)
        {
            context.Error($"{path}.health_checks", "CLUSTER", "Multiple health checks not supported");
        }
        var check = cluster.HealthChecks[0];
        var at = $"{path}.health_checks[0]";
        Require(check, at, context);
        var config = Times(check) with
        {
            ReuseConnection = check.ReuseConnection ?? true,
            AlwaysLogFailures = check.AlwaysLogHealthCheckFailures,
            AlwaysLogSuccess = check.AlwaysLogHealthCheckSuccess,
            EventLogs = EventLogs(check, at, context),
            AlpnProtocols = [.. check.TlsOptions?.AlpnProtocols.Select(Encoding.ASCII.GetBytes) ?? []],
            TransportSocketMatch = check.TransportSocketMatchCriteria,
        };
        switch (check.HealthCheckerCase)
        {
            case HealthCheckProto.HealthCheckerOneofCase.HttpHealthCheck:
                return Http(config, check.HttpHealthCheck, $"{at}.http_health_check", context);
            case HealthCheckProto.HealthCheckerOneofCase.TcpHealthCheck:
                var tcp = check.TcpHealthCheck;
                return config with
                {
                    Kind = HealthCheckKind.Tcp,
                    Send = Payload(tcp.Send, $"{at}.tcp_health_check.send", context),
                    Receive = [.. tcp.Receive.Select(
                        (piece, i) => Payload(piece, $"{at}.tcp_health_check.receive[{i}]", context))],
                    ProxyProtocolVersion = tcp.ProxyProtocolConfig is null ? 0
                        : tcp.ProxyProtocolConfig.Version == Envoy.Config.Core.V3.ProxyProtocolConfig.Types.Version.V2
                            ? 2 : 1,
                };
            case HealthCheckProto.HealthCheckerOneofCase.GrpcHealthCheck:
                if (http.Protocol != UpstreamProtocol.Http2)
                {
                    context.Error(at, "CLUSTER", $"{cluster.Name} cluster must support HTTP/2 for gRPC healthchecking");
                }
                return config with
                {
                    Kind = HealthCheckKind.Grpc,
                    GrpcService = check.GrpcHealthCheck.ServiceName,
                    Authority = Encoding.ASCII.GetBytes(check.GrpcHealthCheck.Authority),
                    RequestHeaders = HeaderDecoder.Decode(
                        check.GrpcHealthCheck.InitialMetadata, [], $"{at}.grpc_health_check", "initial_metadata",
                            context),
                };
            case HealthCheckProto.HealthCheckerOneofCase.CustomHealthCheck:
                return CustomHealthCheckDecoder.Decode(
                    config, check.CustomHealthCheck, cluster, $"{at}.custom_health_check", context);
            default:
                context.Error(at, "CLUSTER", "field: \"health_checker\", reason: is required");
                return null;
        }
    }

    private static void Require(HealthCheckProto check, string at, DecodeContext context)
    {
        Positive(check.Timeout, "timeout");
        Positive(check.Interval, "interval");
        if (check.UnhealthyThreshold is null)
        {
            context.Error($"{at}.unhealthy_threshold", "CLUSTER", "value is required");
        }
        if (check.HealthyThreshold is null)
        {
            context.Error($"{at}.healthy_threshold", "CLUSTER", "value is required");
        }
        if (check.AltPort is not null)
        {
            context.Error($"{at}.alt_port", "CLUSTER", "alt_port is not supported",
                "use health_check_config of the endpoint");
        }
        if (check.EventService is not null)
        {
            context.Error($"{at}.event_service", "CLUSTER", "the health event service is not supported");
        }

        void Positive(Google.Protobuf.WellKnownTypes.Duration? duration, string name)
        {
            if (Durations.Nanos(duration) <= 0)
            {
                context.Error($"{at}.{name}", "CLUSTER", "value must be greater than 0s");
            }
        }
    }

    private static HealthCheckConfig Times(HealthCheckProto check)
    {
        var interval = Durations.Nanos(check.Interval);
        var noTraffic = Durations.Nanos(check.NoTrafficInterval, 60_000_000_000);
        var unhealthy = Durations.Nanos(check.UnhealthyInterval, interval);
        return new HealthCheckConfig
        {
            TimeoutNanos = Durations.Nanos(check.Timeout),
            IntervalNanos = interval,
            InitialJitterNanos = Durations.Nanos(check.InitialJitter),
            IntervalJitterNanos = Durations.Nanos(check.IntervalJitter),
            IntervalJitterPercent = (int)check.IntervalJitterPercent,
            UnhealthyThreshold = (int)(check.UnhealthyThreshold ?? 1),
            HealthyThreshold = (int)(check.HealthyThreshold ?? 1),
            NoTrafficIntervalNanos = noTraffic,
            NoTrafficHealthyIntervalNanos = Durations.Nanos(check.NoTrafficHealthyInterval, noTraffic),
            UnhealthyIntervalNanos = unhealthy,
            UnhealthyEdgeIntervalNanos = Durations.Nanos(check.UnhealthyEdgeInterval, unhealthy),
            HealthyEdgeIntervalNanos = Durations.Nanos(check.HealthyEdgeInterval, interval),
        };
    }

    private static HealthCheckConfig Http(
        HealthCheckConfig config, HealthCheckProto.Types.HttpHealthCheck http, string at, DecodeContext context)
    {
        if (http.Path.Length == 0)
        {
            context.Error($"{at}.path", "CLUSTER", "value length must be at least 1 characters");
        }
        if (http.CodecClientType == CodecProto.Http3)
        {
            context.Error($"{at}.codec_client_type", "CLUSTER", "HTTP/3 is not supported");
        }
        if (http.Method == Envoy.Config.Core.V3.RequestMethod.Connect)
        {
            context.Error($"{at}.method", "CLUSTER", "value must not be in list [CONNECT]");
        }
        return config with
        {
            Kind = HealthCheckKind.Http,
            Authority = Encoding.ASCII.GetBytes(http.Host),
            Path = Encoding.ASCII.GetBytes(http.Path),
            Method = http.Method == Envoy.Config.Core.V3.RequestMethod.MethodUnspecified
                ? config.Method
                : Encoding.ASCII.GetBytes(http.Method.ToString().ToUpperInvariant()),
            UseHttp2 = http.CodecClientType == CodecProto.Http2,
            RequestHeaders = HeaderDecoder.Decode(
                http.RequestHeadersToAdd, http.RequestHeadersToRemove, at, "request_headers", context),
            ExpectedStatuses = http.ExpectedStatuses.Count == 0
                ? config.ExpectedStatuses
                : Ranges(http.ExpectedStatuses, $"{at}.expected_statuses", context),
            RetriableStatuses = Ranges(http.RetriableStatuses, $"{at}.retriable_statuses", context),
            ServiceName = http.ServiceNameMatcher is null
                ? null
                : MatcherDecoder.DecodeString(http.ServiceNameMatcher, $"{at}.service_name_matcher", context),
            ResponseBytesMax = (int)Math.Min(http.ResponseBufferSize ?? 1024, int.MaxValue),
            Send = Payload(http.Send, $"{at}.send", context),
            Receive = [.. http.Receive.Select((piece, i) => Payload(piece, $"{at}.receive[{i}]", context))],
        };
    }

    private static (int Start, int End)[] Ranges(
        IReadOnlyCollection<Envoy.Type.V3.Int64Range> ranges, string at, DecodeContext context)
    {
        foreach (var range in ranges)
        {
            if (range.Start >= range.End || range.Start < 100 || range.End > 600)
            {
                context.Error(at, "CLUSTER",
                    $"Invalid http status range: expecting start < end within [100, 600), "
                    + $"but found start={range.Start} and end={range.End}");
            }
        }
        return [.. ranges.Select(range => ((int)range.Start, (int)range.End))];
    }

    /// <summary>Text is hexadecimal.</summary>
    private static byte[] Payload(HealthCheckProto.Types.Payload? payload, string at, DecodeContext context)
    {
        if (payload is null)
        {
            return [];
        }
        if (payload.PayloadCase == HealthCheckProto.Types.Payload.PayloadOneofCase.Binary)
        {
            return payload.Binary.ToByteArray();
        }
        try
        {
            return Convert.FromHexString(payload.Text);
        }
        catch (FormatException)
        {
            context.Error($"{at}.text", "CLUSTER", $"invalid hex string '{payload.Text}'");
            return [];
        }
    }

    private static AccessLogFile[] EventLogs(HealthCheckProto check, string at, DecodeContext context)
    {
        var files = new List<AccessLogFile>();
        if (check.EventLogPath.Length > 0)
        {
            Add(check.EventLogPath, $"{at}.event_log_path");
        }
        for (var i = 0; i < check.EventLogger.Count; i++)
        {
            var logger = check.EventLogger[i];
            var type = TypedConfigs.Open(logger.TypedConfig, out var bytes, out var fields);
            if (type == FileSink)
            {
                var sink = TypedConfigs.Read(
                    Envoy.Extensions.HealthCheck.EventSinks.File.V3.HealthCheckEventFileSink.Parser, bytes, fields);
                Add(sink.EventLogPath, $"{at}.event_logger[{i}]");
            }
            else
            {
                TypedConfigs.ReportUnknown(logger.Name, logger.TypedConfig, $"{at}.event_logger[{i}]", context);
            }
        }
        return [.. files];

        void Add(string name, string path)
        {
            if (context.LogFile(name, path) is { } file)
            {
                files.Add(file);
            }
        }
    }
}
