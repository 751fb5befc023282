using Envoy.Config.Core.V3;
using Envoy.Service.LoadStats.V3;
using Google.Protobuf;
using Lateen.Core.Logging;
using Lateen.Net;
using Lateen.Proxy.Clusters;
using Lateen.Proxy.Config.Decode;
using Lateen.Proxy.Runtime;
using Lateen.Proxy.Stats;

namespace Lateen.Proxy.LoadStats;

/// <summary>
/// Tells a management server what clusters have to do (LRS): 1. a stream is opened and says who asks; 2. the answer
/// names clusters and an interval; 3. a report goes at each interval; 4. a broken stream is replaced after five
/// seconds. All on the worker beside requests. Source: <c>bootstrap.cluster_manager.load_stats_config</c>.
/// </summary>
internal sealed class LoadReporter : IGrpcStreamUser, ITimerTarget
{
    private const int RetryMillis = 5000;
    private const int RetryTimer = 1;
    private const int ReportTimer = 2;
    private const string AllClustersFeature = "envoy.lrs.supports_send_all_clusters";

    private static readonly StatLayout _layout = StatLayout.Build<LoadReporterStat>([]);
    private static readonly byte[] _path =
        "/envoy.service.load_stats.v3.LoadReportingService/StreamLoadStats"u8.ToArray();

    private readonly Worker _worker;
    private readonly GrpcServiceTarget _target;
    private readonly Node _node;
    private readonly Func<IReadOnlyDictionary<string, Cluster>> _clusters;
    private readonly TimeProvider _clock;
    private readonly Logger _log;
    private readonly StatsScope _stats;
    private readonly LoopTimer _retry;
    private readonly LoopTimer _report;
    private Dictionary<string, ClusterLoad> _loads = new(StringComparer.Ordinal);
    private LoadStatsResponse? _wish;
    private GrpcStream? _call;

    /// <param name="worker">On which it runs.</param>
    /// <param name="target">The service.</param>
    /// <param name="node">Who this proxy is.</param>
    /// <param name="clusters">The active clusters by name.</param>
    /// <param name="clock">For the reports' intervals.</param>
    /// <param name="stats">Where it counts.</param>
    /// <param name="log">Where failures are told.</param>
    public LoadReporter(
        Worker worker, GrpcServiceTarget target, Node node, Func<IReadOnlyDictionary<string, Cluster>> clusters,
        TimeProvider clock, StatsStore stats, Logger log)
    {
        (_worker, _target, _clusters, _clock, _log) = (worker, target, clusters, clock, log);
        _node = node.Clone();
        _node.ClientFeatures.Add(AllClustersFeature);
        _stats = stats.GetScope("load_reporter.", _layout);
        _retry = new LoopTimer(worker.Loop.Timers, this, RetryTimer);
        _report = new LoopTimer(worker.Loop.Timers, this, ReportTimer);
    }

    /// <summary>The service of the bootstrap; null: none, or an error was noted.</summary>
    public static GrpcServiceTarget? Decode(Envoy.Config.Bootstrap.V3.Bootstrap bootstrap, DecodeContext context)
    {
        const string Path = "cluster_manager.load_stats_config";
        if (bootstrap.ClusterManager?.LoadStatsConfig is not { } config)
        {
            return null;
        }
        if (config.ApiType is not (ApiConfigSource.Types.ApiType.Grpc or ApiConfigSource.Types.ApiType.DeltaGrpc))
        {
            context.Error($"{Path}.api_type", "LOAD_STATS", "load reports go over gRPC", "use GRPC");
            return null;
        }
        var target = SourceDecoder.DecodeApi(config, 0, Path, context).Api?.Target;
        if (target is not null && !Exports.ServiceDecoder.Exists(target.Cluster.Name, context))
        {
            context.Error(Path, "LOAD_STATS", $"Unknown gRPC client cluster '{target.Cluster.Name}'");
        }
        return target;
    }

    /// <summary>Begins. Thread: any.</summary>
    public void Start() => _worker.Loop.TryPost(static state => ((LoadReporter)state!).Open(), this);

    void IGrpcStreamUser.OnMessage(ReadOnlyMemory<byte> message)
    {
        try
        {
            _wish = LoadStatsResponse.Parser.ParseFrom(message.Span);
        }
        catch (InvalidProtocolBufferException e)
        {
            _log.Warn($"a load reporting server said something else: {e.Message}");
            return;
        }
        _stats.AddFromMain((int)LoadReporterStat.Requests);
        BeginPeriod();
    }

    void IGrpcStreamUser.OnClosed(in GrpcStreamEnd end)
    {
        _log.Warn($"load reporting ended: {end.ToStatus()}");
        _report.Stop();
        _call = null;
        Fail();
    }

    void ITimerTarget.OnTimer(LoopTimer timer)
    {
        if (timer.Kind == RetryTimer)
        {
            Open();
        }
        else
        {
            Send();
            BeginPeriod();
        }
    }

    private void Open()
    {
        _wish = null;
        _call = GrpcStream.Start(_worker, _target, _path, this);
        if (_call is null)
        {
            Fail();
            return;
        }
        _loads.Clear();
        Send();
    }

    private void Fail()
    {
        _stats.AddFromMain((int)LoadReporterStat.Errors);
        _retry.Start(RetryMillis);
    }

    private void Send()
    {
        var now = _clock.GetTimestamp();
        var request = new LoadStatsRequest { Node = _node };
        var clusters = _clusters();
        foreach (var (name, load) in _loads.OrderBy(load => load.Key, StringComparer.Ordinal))
        {
            if (clusters.TryGetValue(name, out var cluster))
            {
                request.ClusterStats.Add(load.Report(
                    cluster, now, _clock.GetElapsedTime(load.Since, now), _wish?.ReportEndpointGranularity ?? false));
            }
        }
        _stats.AddFromMain((int)LoadReporterStat.Responses);
        _call?.Send(request);
    }

    /// <summary>Clusters that are reported already go on; for others counting begins now.</summary>
    private void BeginPeriod()
    {
        if (_call is null || _wish is not { } wish)
        {
            return;
        }
        var clusters = _clusters();
        var now = _clock.GetTimestamp();
        var next = new Dictionary<string, ClusterLoad>(StringComparer.Ordinal);
        foreach (var name in wish.SendAllClusters ? clusters.Keys : wish.Clusters)
        {
            next[name] = _loads.TryGetValue(name, out var load)
                ? load
                : new ClusterLoad(clusters.GetValueOrDefault(name), now);
        }
        _loads = next;
        var interval = Durations.Nanos(wish.LoadReportingInterval) / 1_000_000;
        _report.Start(Math.Max(1, interval));
    }
}
