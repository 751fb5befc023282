using System.Text;
using Envoy.Extensions.AccessLoggers.Fluentd.V3;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Lateen.Proxy.AccessLog;
using Lateen.Proxy.AccessLog.Fluentd;
using Lateen.Proxy.Exports;

namespace Lateen.Proxy.Config.Decode;

/// <summary>The access logger <c>fluentd</c>.</summary>
internal static class FluentdLogDecoder
{
    public const string Type = "envoy.extensions.access_loggers.fluentd.v3.FluentdAccessLogConfig";
    private const long BackOffNanosDefault = 500_000_000;
    private const long NanosPerMilli = 1_000_000;

    public static AccessLogger? Decode(
        ByteString bytes, Struct? fields, AccessLogFilter? filter, string path, DecodeContext context)
    {
        var config = TypedConfigs.Read(FluentdAccessLogConfig.Parser, bytes, fields);
        if (!ServiceDecoder.Exists(config.Cluster, context))
        {
            context.Error($"{path}.cluster", "CLUSTER", $"cluster '{config.Cluster}' was not found");
            return null;
        }
        var backOff = config.RetryOptions?.BackoffOptions;
        var first = Durations.Nanos(backOff?.BaseInterval, BackOffNanosDefault) / NanosPerMilli;
        var last = backOff?.MaxInterval is { } longest ? Durations.Nanos(longest) / NanosPerMilli : first * 10;
        if (last < first)
        {
            context.Error($"{path}.retry_options.backoff_options", "ACCESS_LOG",
                "max_backoff_interval must be greater or equal to base_backoff_interval");
            return null;
        }
        if (!AccessLogFormat.TryParseJson(config.Record ?? new Struct(), false, out var record, out var error))
        {
            context.Error($"{path}.record", "FORMAT", error);
            return null;
        }
        var sink = context.Resources.Telemetry.FluentdLog(Convert.ToBase64String(config.ToByteArray()), () =>
            new FluentdSink(context.Stats, config.StatPrefix, context.Resources.WorkerCount)
            {
                Cluster = context.Cluster(config.Cluster),
                Tag = Encoding.UTF8.GetBytes(config.Tag),
                FlushMillis = Durations.Nanos(
                    config.BufferFlushInterval, GrpcLogDecoder.FlushNanosDefault) / NanosPerMilli,
                FlushBytes = (int)Math.Min(config.BufferSizeBytes ?? GrpcLogDecoder.FlushBytesDefault, int.MaxValue),
                ConnectAttemptsMax = config.RetryOptions?.MaxConnectAttempts,
                BackOffMillis = Math.Max(1, first),
                BackOffMillisMax = Math.Max(1, last),
            });
        return new FluentdAccessLogger(sink, record!, filter);
    }
}
