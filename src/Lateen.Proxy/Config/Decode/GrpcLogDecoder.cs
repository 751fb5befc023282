using Envoy.Extensions.AccessLoggers.Grpc.V3;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Lateen.Http;
using Lateen.Proxy.AccessLog;
using Lateen.Proxy.AccessLog.Grpc;
using Lateen.Proxy.Exports;
using Lateen.Proxy.Tracing;

namespace Lateen.Proxy.Config.Decode;

/// <summary>The access loggers that send entries to a gRPC service.</summary>
internal static class GrpcLogDecoder
{
    public const string HttpType = "envoy.extensions.access_loggers.grpc.v3.HttpGrpcAccessLogConfig";
    public const string TcpType = "envoy.extensions.access_loggers.grpc.v3.TcpGrpcAccessLogConfig";
    public const long FlushNanosDefault = 1_000_000_000;
    public const int FlushBytesDefault = 16_384;
    private const string Method = "envoy.service.accesslog.v3.AccessLogService/StreamAccessLogs";

    public static AccessLogger? Decode(
        string type, ByteString bytes, Struct? fields, AccessLogFilter? filter, string path, DecodeContext context)
    {
        var isTcp = type == TcpType;
        var http = isTcp ? null : TypedConfigs.Read(HttpGrpcAccessLogConfig.Parser, bytes, fields);
        var common = http?.CommonConfig
            ?? (isTcp ? TypedConfigs.Read(TcpGrpcAccessLogConfig.Parser, bytes, fields).CommonConfig : null);
        if (common is not { LogName.Length: > 0, GrpcService: not null })
        {
            context.Error($"{path}.common_config", "ACCESS_LOG", "a log_name and a grpc_service are required");
            return null;
        }
        if (common.TransportApiVersion == Envoy.Config.Core.V3.ApiVersion.V2)
        {
            context.Error($"{path}.common_config.transport_api_version", "ACCESS_LOG",
                "only version 3 of the API is supported");
            return null;
        }
        if (ServiceDecoder.Grpc(
            common.GrpcService, Method, "", $"{path}.common_config.grpc_service", context, mayBeUnknown: true)
            is not { } target)
        {
            return null;
        }
        var sink = context.Resources.Telemetry.GrpcLog(
            $"{isTcp}:{Convert.ToBase64String(common.ToByteArray())}", () => new GrpcLogSink(
                context.Stats, context.Resources.WorkerCount)
            {
                Target = target,
                EntriesField = isTcp ? 3 : 2,
                Identifier = Identifier(common.LogName, context),
                FlushNanos = Durations.Nanos(common.BufferFlushInterval, FlushNanosDefault),
                FlushBytes = (int)(common.BufferSizeBytes ?? FlushBytesDefault),
            });
        return new GrpcAccessLogger(sink, new GrpcLogEntry
        {
            IsTcp = isTcp,
            RequestHeaders = Names(http?.AdditionalRequestHeadersToLog),
            ResponseHeaders = Names(http?.AdditionalResponseHeadersToLog),
            ResponseTrailers = Names(http?.AdditionalResponseTrailersToLog),
            Common = new GrpcLogCommon
            {
                CustomTags = CustomTagDecoder.Decode(common.CustomTags, $"{path}.common_config.custom_tags", context),
                FilterState = [.. common.FilterStateObjectsToLog],
            },
        }, filter);
    }

    private static byte[] Identifier(string logName, DecodeContext context)
    {
        var output = new ByteBuffer();
        output.WriteBytesAlways(1, context.Resources.Node.ToByteArray());
        output.WriteText(2, logName);
        return output.ToArray();
    }

    private static HeaderName[] Names(IEnumerable<string>? names) => [.. (names ?? []).Select(HeaderName.Create)];
}
