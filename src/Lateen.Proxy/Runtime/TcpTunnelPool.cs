using Lateen.Proxy.Clusters;
using Lateen.Proxy.Routing;
using Lateen.Proxy.Stats;

namespace Lateen.Proxy.Runtime;

/// <summary>Connections that carry the bytes of CONNECT requests ended here (<c>connect_config</c>): one for each
/// request, never used again.</summary>
internal sealed class TcpTunnelPool(
    Worker worker, Host host, bool highPriority, in UpstreamConnector.Overrides overrides)
    : UpstreamPool(worker, host, highPriority, overrides)
{
    internal override void NewStream(PendingStream pending)
    {
        if (!TryEnqueue(pending))
        {
            return;
        }

        if (ShedsConnection())
        {
            Refuse(pending);
            return;
        }

        if (!TryAcquireConnection())
        {
            return;
        }

        if (!new TcpTunnelConnection(this).TryConnect(Overrides, out var failure))
        {
            ReleaseConnection();
            Purge(UpstreamResetReason.LocalConnectionFailure, failure);
        }
    }

    internal override bool CloseIdle() => ConnectionCount == 0 && PendingCount == 0;

    /// <summary>A connection is up: it goes to whoever waits longest.</summary>
    internal void OnConnected(TcpTunnelConnection connection)
    {
        if (FirstPending is not { } pending)
        {
            connection.Close();
            return;
        }

        Remove(pending);
        if (!Breakers.Requests.TryAcquire())
        {
            Count(ClusterStat.UpstreamRqActiveOverflow);
            connection.Close();
            pending.Callbacks.OnPoolFailure(UpstreamResetReason.Overflow, null);
            return;
        }

        connection.Begin(pending.Callbacks, Breakers);
    }

    internal void OnConnectFailed(UpstreamResetReason reason, byte[]? transportFailure)
    {
        ReleaseConnection();
        Purge(reason, transportFailure);
    }

    internal void OnClosed() => ReleaseConnection();
}
