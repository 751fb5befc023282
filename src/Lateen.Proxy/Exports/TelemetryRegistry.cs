using Lateen.Proxy.AccessLog.Fluentd;
using Lateen.Proxy.AccessLog.Grpc;
using Lateen.Proxy.AccessLog.Otlp;
using Lateen.Proxy.Tracing;

namespace Lateen.Proxy.Exports;

/// <summary>
/// What gathers telemetry, by its configuration, so that listeners of equal configuration share streams and batches and
/// a changed listener goes on with them. Thread: configuration.
/// </summary>
internal sealed class TelemetryRegistry
{
    /// <summary>Configurations that are remembered; beyond that each listener has its own.</summary>
    private const int CountMax = 1024;

    private readonly Dictionary<string, GrpcLogSink> _grpcLogs = [];
    private readonly Dictionary<string, OtlpLogSink> _otlpLogs = [];
    private readonly Dictionary<string, Tracer> _tracers = [];
    private readonly Dictionary<string, FluentdSink> _fluentdLogs = [];

    public GrpcLogSink GrpcLog(string key, Func<GrpcLogSink> make) => GetOrAdd(_grpcLogs, key, make);

    public OtlpLogSink OtlpLog(string key, Func<OtlpLogSink> make) => GetOrAdd(_otlpLogs, key, make);

    public FluentdSink FluentdLog(string key, Func<FluentdSink> make) => GetOrAdd(_fluentdLogs, key, make);

    public Tracer Tracer(string key, Func<Tracer> make) => GetOrAdd(_tracers, key, make);

    private static T GetOrAdd<T>(Dictionary<string, T> known, string key, Func<T> make)
    {
        if (known.TryGetValue(key, out var found))
        {
            return found;
        }
        var made = make();
        if (known.Count < CountMax)
        {
            known.Add(key, made);
        }
        return made;
    }
}
