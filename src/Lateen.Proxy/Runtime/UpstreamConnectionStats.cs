using System.Text;
using Lateen.Net;
using Lateen.Proxy.Clusters;
using Lateen.Proxy.Stats;
using Lateen.Proxy.Streams;

namespace Lateen.Proxy.Runtime;

/// <summary>What is counted of a connection to a host, whatever its protocol.</summary>
internal static class UpstreamConnectionStats
{
    internal static void Opened(Worker worker, Host host)
    {
        host.Add(worker.Index, HostStat.CxTotal);
        host.Add(worker.Index, HostStat.CxActive);
        host.Cluster.Stats.Add(worker.Index, ClusterStat.UpstreamCxTotal);
        host.Cluster.Stats.Add(worker.Index, ClusterStat.UpstreamCxActive);
    }

    /// <summary>It is up; <paramref name="isFinal"/>: no request will tell more of the host. Gives what is known of its
    /// TLS.</summary>
    internal static TlsConnectionInfo? Connected(
        Worker worker, Host host, Connection connection, long startNanos, bool isFinal = false)
    {
        var cluster = host.Cluster;
        TlsConnectionInfo? info = null;
        if (connection.Tls is { } tls)
        {
            info = TlsInfoBuilder.Build(tls);
            if (cluster.TlsStats is { } stats)
            {
                TlsSessionStats.CountSuccess(stats.Scope, worker.Index, tls);
            }
        }

        if (connection.RepeatedAttempts > 0)
        {
            cluster.Stats.Add(worker.Index, ClusterStat.UpstreamCxTotal, connection.RepeatedAttempts);
        }

        cluster.Stats.Record(
            worker.Index, ClusterHistogram.UpstreamCxConnectMs, (worker.NowNanos - startNanos) / 1_000_000);
        cluster.Outlier?.OnLocalOriginSuccess(host, isFinal);
        return info;
    }

    /// <summary>It was never up. Gives the reason as text, if there is one.</summary>
    internal static byte[]? ConnectFailed(
        Worker worker, Host host, Connection connection, CloseReason reason, bool timedOut)
    {
        var cluster = host.Cluster;
        host.Add(worker.Index, HostStat.CxConnectFail);
        cluster.Stats.Add(worker.Index, ClusterStat.UpstreamCxConnectFail);
        if (connection.Tls is { } tls && reason == CloseReason.TlsFailed)
        {
            if (cluster.TlsStats is { } stats)
            {
                TlsSessionStats.CountFailure(stats.Scope, worker.Index, tls);
            }
        }

        cluster.Outlier?.OnLocalOriginFailure(host, timedOut);
        var text = connection.TransportFailure ?? (connection.IsInternal
            ? $"immediate connect error: Invalid argument|remote address:{host.Address}"
            : ErrnoText(connection.SocketError));
        return text is null ? null : Encoding.UTF8.GetBytes(text);
    }

    internal static void Closed(
        Worker worker, Host host, Connection connection, CloseReason reason, long startNanos, bool hasRequests)
    {
        var stats = host.Cluster.Stats;
        host.Add(worker.Index, HostStat.CxActive, -1);
        stats.Add(worker.Index, ClusterStat.UpstreamCxRxBytesTotal, connection.BytesReceived);
        stats.Add(worker.Index, ClusterStat.UpstreamCxTxBytesTotal, connection.BytesSent);
        stats.Add(worker.Index, ClusterStat.UpstreamCxActive, -1);
        stats.Add(worker.Index, ClusterStat.UpstreamCxDestroy);
        var local = reason == CloseReason.Local && !connection.IsPeerEnded;
        stats.Add(worker.Index, local ? ClusterStat.UpstreamCxDestroyLocal : ClusterStat.UpstreamCxDestroyRemote);
        if (hasRequests)
        {
            stats.Add(worker.Index, ClusterStat.UpstreamCxDestroyWithActiveRq);
            stats.Add(worker.Index, local
                ? ClusterStat.UpstreamCxDestroyLocalWithActiveRq
                : ClusterStat.UpstreamCxDestroyRemoteWithActiveRq);
        }

        stats.Record(worker.Index, ClusterHistogram.UpstreamCxLengthMs, (worker.NowNanos - startNanos) / 1_000_000);
    }

    internal static string? ErrnoText(int error) => error switch
    {
        111 => "delayed connect error: Connection refused",
        113 => "delayed connect error: No route to host",
        104 => "delayed connect error: Connection reset by peer",
        _ => null,
    };
}
