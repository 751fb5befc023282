using Lateen.Net;
using Lateen.Proxy.Http;
using Lateen.Proxy.Stats;

namespace Lateen.Proxy.Runtime;

/// <summary>What a connection manager counts of a connection, whatever its protocol.</summary>
internal static class HttpConnectionStats
{
    internal static void Opened(DownstreamConnection owner, HttpConnectionManagerConfig config)
    {
        var (stats, worker) = (config.Stats, owner.Worker.Index);
        stats.Add(worker, HttpStat.DownstreamCxTotal);
        stats.Add(worker, HttpStat.DownstreamCxActive);
        if (owner.Connection.Tls is not null)
        {
            stats.Add(worker, HttpStat.DownstreamCxSslTotal);
            stats.Add(worker, HttpStat.DownstreamCxSslActive);
        }
    }

    /// <summary>True when the peer ended it.</summary>
    internal static bool Closed(DownstreamConnection owner, HttpConnectionManagerConfig config, CloseReason reason)
    {
        var (stats, worker, connection) = (config.Stats, owner.Worker, owner.Connection);
        stats.Add(worker.Index, HttpStat.DownstreamCxActive, -1);
        stats.Add(worker.Index, HttpStat.DownstreamCxDestroy);
        var remote = reason is CloseReason.Remote or CloseReason.RemoteReset || connection.IsPeerEnded;
        stats.Add(worker.Index, remote ? HttpStat.DownstreamCxDestroyRemote : HttpStat.DownstreamCxDestroyLocal);
        if (connection.Tls is not null)
        {
            stats.Add(worker.Index, HttpStat.DownstreamCxSslActive, -1);
        }

        stats.Add(worker.Index, HttpStat.DownstreamCxRxBytesTotal, connection.BytesReceived);
        stats.Add(worker.Index, HttpStat.DownstreamCxTxBytesTotal, connection.BytesSent);
        stats.Record(worker.Index, HttpHistogram.DownstreamCxLengthMs,
            (worker.NowNanos - owner.Info.StartNanos) / 1_000_000);
        return remote;
    }

    /// <summary>It ended under requests.</summary>
    internal static void CutRequest(DownstreamConnection owner, HttpConnectionManagerConfig config, bool remote)
    {
        config.Stats.Add(owner.Worker.Index, HttpStat.DownstreamCxDestroyActiveRq);
        config.Stats.Add(owner.Worker.Index, remote
            ? HttpStat.DownstreamCxDestroyRemoteActiveRq
            : HttpStat.DownstreamCxDestroyLocalActiveRq);
    }
}
