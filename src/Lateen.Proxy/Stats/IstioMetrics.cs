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

    private readonly IstioMetricsConfig _config;
    private readonly IstioSeriesStore _store;
    private readonly IstioTags _tags;
    private readonly Dictionary<Key, IstioSeries>?[] _workers;

    public IstioMetrics(IstioMetricsConfig config, IstioSeriesStore store, WorkloadMetadata own)
    {
        _config = config;
        _store = store;
        _tags = new IstioTags(config, own);
        _workers = new Dictionary<Key, IstioSeries>?[store.WorkerCount + 1];
    }

    public IstioMetricsConfig Config => _config;

    /// <summary>Counts a finished request. Thread: the worker itself.</summary>
    public void OnRequestEnd(int worker, StreamInfo info)
    {
        var isGrpc = info.RequestHeaders is not null && RouteMatcher.IsGrpc(info.RequestHeaders);
        var grpcStatus = isGrpc ? (int)StreamOperators.GrpcStatusOf(info) : -1;
        var cells = GetSeries(worker, info, isGrpc ? IstioProtocol.Grpc : IstioProtocol.Http, grpcStatus).Cells;
        cells.Add(worker, (int)IstioStat.RequestsTotal);
        if (info.EndNanos > 0)
        {
            cells.Record(
                worker, (int)IstioHistogram.RequestDurationMilliseconds, (info.EndNanos - info.StartNanos) / 1_000_000);
        }
        cells.Record(worker, (int)IstioHistogram.RequestBytes, info.DownstreamWireBytesReceived);
        cells.Record(worker, (int)IstioHistogram.ResponseBytes, info.DownstreamWireBytesSent);
    }

    /// <summary>
    /// Counts what a TCP connection did since the last report. Thread: the worker itself.
    /// </summary>
    public void OnTcpReport(int worker, StreamInfo info, long sentDelta, long receivedDelta, bool opened, bool closed)
    {
        var cells = GetSeries(worker, info, IstioProtocol.Tcp, -1).Cells;
        if (opened)
        {
            cells.Add(worker, (int)IstioStat.TcpConnectionsOpenedTotal);
        }
        cells.Add(worker, (int)IstioStat.TcpSentBytesTotal, sentDelta);
        cells.Add(worker, (int)IstioStat.TcpReceivedBytesTotal, receivedDelta);
        if (closed)
        {
            cells.Add(worker, (int)IstioStat.TcpConnectionsClosedTotal);
        }
    }

    private IstioSeries GetSeries(int worker, StreamInfo info, IstioProtocol protocol, int grpcStatus)
    {
        var known = _workers[worker] ??= [];
        var key = new Key(
            IstioTags.PeerObject(info, _config.Reporter), info.UpstreamCluster, info.UpstreamHost, info.Route?.Name,
            IstioTags.Principal(info, _config.Reporter, peer: true), info.ResponseCode, info.ResponseFlags, grpcStatus,
                protocol);
        if (known.TryGetValue(key, out var series))
        {
            return series;
        }
        if (known.Count >= SeriesCountMax)
        {
            known.Clear();
        }
        series = _store.GetOrAdd(_tags.Build(info, protocol, grpcStatus), _config.Dropped);
        known.Add(key, series);
        return series;
    }

    private readonly record struct Key(
        object? Peer,
        Cluster? Cluster,
        Host? Host,
        string? Route,
        byte[]? Principal,
        int Code,
        ResponseFlags Flags,
        int GrpcStatus,
        IstioProtocol Protocol);
}
