using System.Globalization;
using Lateen.Proxy.AccessLog;
using Lateen.Proxy.Clusters;
using Lateen.Proxy.Formatting;
using Lateen.Proxy.Routing;
using Lateen.Proxy.Streams;

namespace Lateen.Proxy.Stats;

/// <summary>
/// Istio's standard metrics as one filter of a listener reports them. Each worker finds its series by what the tags
/// depend on
/// (peer, cluster, code, flags), so that a known combination costs one look-up and no text.
/// </summary>
internal sealed class IstioMetrics
{
    /// <summary>Combinations a worker remembers, and series there may be; further ones are counted under the
    /// first.</summary>
    public const int SeriesCountMax = 10_000;

    private static readonly string[] CounterNames = IstioSeriesStore.Standard.Names;
    private static readonly string[] HistogramNames = IstioSeriesStore.Standard.Histograms;

    private readonly IstioMetricsConfig _config;
    private readonly IstioSeriesStore _store;
    private readonly IstioTags _tags;
    private readonly Dictionary<Key, IstioSeriesSet>?[] _workers;
    private readonly int[] _generations;

    public IstioMetrics(IstioMetricsConfig config, IstioSeriesStore store, WorkloadMetadata own)
    {
        _config = config;
        _store = store;
        _tags = new IstioTags(config, own);
        _workers = new Dictionary<Key, IstioSeriesSet>?[store.WorkerCount + 1];
        _generations = new int[store.WorkerCount + 1];
        store.MarkUsed();
    }

    public IstioMetricsConfig Config => _config;

    /// <summary>Whether the peer is known, or known not to be: what is counted before has other tags.</summary>
    public bool IsPeerRead(StreamInfo info) => IstioTags.PeerObject(info, _config.Reporter) is not null
        || IstioTags.FindPeerState(info, _config.Reporter, "peer_not_found") is not null;

    /// <summary>Counts a finished request. Thread: the worker itself.</summary>
    public void OnRequestEnd(int worker, StreamInfo info)
    {
        var isGrpc = info.RequestHeaders is not null && RouteMatcher.IsGrpc(info.RequestHeaders);
        var grpcStatus = isGrpc ? (int)StreamOperators.GrpcStatusOf(info) : -1;
        var series = GetSeries(worker, info, isGrpc ? IstioProtocol.Grpc : IstioProtocol.Http, grpcStatus);
        series.Add(worker, IstioStat.RequestsTotal);
        if (info.EndNanos > 0)
        {
            series.Record(
                worker, IstioHistogram.RequestDurationMilliseconds, (info.EndNanos - info.StartNanos) / 1_000_000);
        }
        series.Record(worker, IstioHistogram.RequestBytes, info.DownstreamWireBytesReceived);
        series.Record(worker, IstioHistogram.ResponseBytes, info.DownstreamWireBytesSent);
        if (series.Customs.Length > 0)
        {
            CountCustoms(worker, info, series);
        }
    }

    /// <summary>Counts messages of a gRPC stream since the last report. Thread: the worker itself.</summary>
    public void OnMessages(int worker, StreamInfo info, long requests, long responses)
    {
        var series = GetSeries(worker, info, IstioProtocol.Grpc, -1);
        series.Add(worker, IstioStat.RequestMessagesTotal, requests);
        series.Add(worker, IstioStat.ResponseMessagesTotal, responses);
    }

    /// <summary>
    /// Counts what a TCP connection did since the last report. Thread: the worker itself.
    /// </summary>
    public void OnTcpReport(int worker, StreamInfo info, long sentDelta, long receivedDelta, bool opened, bool closed)
    {
        var series = GetSeries(worker, info, IstioProtocol.Tcp, -1);
        if (opened)
        {
            series.Add(worker, IstioStat.TcpConnectionsOpenedTotal);
        }
        series.Add(worker, IstioStat.TcpSentBytesTotal, sentDelta);
        series.Add(worker, IstioStat.TcpReceivedBytesTotal, receivedDelta);
        if (closed)
        {
            series.Add(worker, IstioStat.TcpConnectionsClosedTotal);
            CountCustoms(worker, info, series);
        }
    }

    private void CountCustoms(int worker, StreamInfo info, IstioSeriesSet series)
    {
        var output = Scratch.Formatted;
        for (var i = 0; i < series.Customs.Length; i++)
        {
            output.Clear();
            if (!_config.Customs[i].Value.TryWrite(output, info, AccessLogType.NotSet)
                || !double.TryParse(output.Written, NumberStyles.Float, CultureInfo.InvariantCulture, out var value))
            {
                continue;
            }
            if (_config.Customs[i].Kind == StatKind.Histogram)
            {
                series.Customs[i].Record(worker, 0, (long)value);
            }
            else
            {
                series.Customs[i].Add(worker, 0, (long)value);
            }
        }
    }

    private IstioSeriesSet GetSeries(int worker, StreamInfo info, IstioProtocol protocol, int grpcStatus)
    {
        var known = _workers[worker] ??= [];
        var generation = _store.Generation;
        if (_generations[worker] != generation)
        {
            _generations[worker] = generation;
            known.Clear();
        }
        string[] values = [];
        string? expressions = null;
        if (_config.Rules.HasExpressions)
        {
            values = _config.Rules.Evaluate(info, out expressions);
        }
        var key = new Key(
            IstioTags.PeerObject(info, _config.Reporter), IstioTags.DestinationObject(info, _config.Reporter),
            info.UpstreamCluster, info.UpstreamHost, info.Route?.Name,
            IstioTags.Principal(info, _config.Reporter, peer: true), info.ResponseCode, info.ResponseFlags, grpcStatus,
            protocol, expressions);
        if (known.TryGetValue(key, out var series))
        {
            return series;
        }
        if (known.Count >= SeriesCountMax)
        {
            known.Clear();
        }
        series = MakeSeries(info, protocol, grpcStatus, values);
        known.Add(key, series);
        return series;
    }

    private IstioSeriesSet MakeSeries(StreamInfo info, IstioProtocol protocol, int grpcStatus, string[] values)
    {
        var tags = _tags.Build(info, protocol, grpcStatus);
        return new IstioSeriesSet
        {
            Counters = [.. CounterNames.Select(name => ScopeOf(name, IsOfMessages(name) ? PeerTagsOf(tags) : tags,
                values))],
            Histograms = [.. HistogramNames.Select(name => ScopeOf(name, tags, values))],
            Customs = [.. _config.Customs.Select(custom => _store.GetOrAdd(
                _config.Rules.Apply(custom.Name, [], values), custom.Layout))],
        };
    }

    private StatsScope? ScopeOf(string metric, KeyValuePair<string, string>[] tags, string[] values) =>
        _config.Dropped.Contains(metric)
            ? null
            : _store.GetOrAdd(
                _config.Rules.IsEmpty ? tags : _config.Rules.Apply(metric, tags, values), IstioSeriesStore.Standard);

    private static bool IsOfMessages(string metric) => metric.EndsWith("_messages_total", StringComparison.Ordinal);

    /// <summary>Messages are counted before the rest is known: up to the destination's cluster.</summary>
    private static KeyValuePair<string, string>[] PeerTagsOf(KeyValuePair<string, string>[] tags) =>
        tags[..(Array.FindIndex(tags, tag => tag.Key == "destination_cluster") + 1)];

    private readonly record struct Key(
        object? Peer,
        object? Destination,
        Cluster? Cluster,
        Host? Host,
        string? Route,
        object? Principal,
        int Code,
        ResponseFlags Flags,
        int GrpcStatus,
        IstioProtocol Protocol,
        string? Expressions);
}
