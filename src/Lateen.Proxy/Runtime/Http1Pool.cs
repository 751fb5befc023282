using Lateen.Net;
using Lateen.Proxy.Clusters;
using Lateen.Proxy.Routing;
using Lateen.Proxy.Stats;

namespace Lateen.Proxy.Runtime;

/// <summary>
/// HTTP/1 connections of one worker to one host: one request each at a time. A request takes the connection used last;
/// when there is none it waits in a bounded queue while another is made.
/// </summary>
internal sealed class Http1Pool(
    Worker worker, Host host, bool highPriority, in UpstreamConnector.Overrides overrides)
    : UpstreamPool(worker, host, highPriority, overrides)
{
    /// <summary>Connections made at one request's occasion.</summary>
    private const int PreconnectMax = 3;

    private readonly List<Http1ClientConnection> _idle = [];
    private int _connectingCount;

    internal override void NewStream(PendingStream pending)
    {
        while (_idle.Count > 0)
        {
            var connection = _idle[^1];
            _idle.RemoveAt(_idle.Count - 1);
            if (!connection.IsUsable)
            {
                continue;
            }

            Assign(connection, pending.Callbacks);
            Preconnect();
            return;
        }

        if (!TryEnqueue(pending) || _connectingCount >= PendingCount)
        {
            return;
        }

        if (ShedsConnection())
        {
            Refuse(pending);
            return;
        }

        TryConnect();
        Preconnect();
    }

    internal override bool CloseIdle()
    {
        while (_idle.Count > 0)
        {
            _idle[^1].CloseIdle();
        }

        return ConnectionCount == 0 && PendingCount == 0;
    }

    /// <summary>Takes over a connection that was made before its protocol was known.</summary>
    internal void Adopt(Connection transport, long startNanos)
    {
        ConnectionCount++;
        _connectingCount++;
        new Http1ClientConnection(this).Adopt(transport, startNanos);
    }

    /// <summary>A connection is up.</summary>
    internal void OnConnected(Http1ClientConnection connection)
    {
        _connectingCount--;
        Release(connection);
    }

    /// <summary>A connection can take a request: the next one that waits, or none.</summary>
    internal void Release(Http1ClientConnection connection)
    {
        if (FirstPending is { } pending && !connection.IsStale)
        {
            Remove(pending);
            Assign(connection, pending.Callbacks);
        }
        else if (Host.IsRemoved || connection.IsStale)
        {
            connection.CloseIdle();
        }
        else
        {
            _idle.Add(connection);
            connection.StartIdle();
        }
    }

    /// <summary>A connection whose client has gone can serve others, and nobody waits for its place.</summary>
    internal bool MayKeep(Http1ClientConnection connection) => Overrides.DownstreamId == 0 && !Host.IsRemoved
        && !connection.IsStale && PendingCount <= _connectingCount;

    internal void OnConnectFailed(UpstreamResetReason reason, byte[]? transportFailure)
    {
        _connectingCount--;
        ReleaseConnection();
        Purge(reason, transportFailure);
    }

    internal void OnIdleClosed(Http1ClientConnection connection) => _idle.Remove(connection);

    internal void OnConnectionClosed()
    {
        ReleaseConnection();
        if (PendingCount <= _connectingCount)
        {
            return;
        }

        if (ShedsConnection())
        {
            RefuseStranded();
            return;
        }

        TryConnect();
    }

    /// <summary>Connections ahead of the requests that will need them (<c>per_upstream_preconnect_ratio</c>).</summary>
    private void Preconnect()
    {
        var ratio = Cluster.Config.PreconnectRatio;
        for (var i = 0; ratio > 1 && i < PreconnectMax; i++)
        {
            var capacity = _connectingCount + _idle.Count;
            var active = ConnectionCount - capacity;
            if ((PendingCount + active) * ratio <= capacity + active || !Breakers.Connections.HasRoom
                || ShedsConnection())
            {
                return;
            }

            TryConnect();
        }
    }

    private void TryConnect()
    {
        if (!TryAcquireConnection())
        {
            return;
        }

        var connection = new Http1ClientConnection(this);
        if (connection.TryConnect(Overrides, out var failure))
        {
            _connectingCount++;
            return;
        }

        ReleaseConnection();
        Purge(UpstreamResetReason.LocalConnectionFailure, failure);
    }

    private void Assign(Http1ClientConnection connection, IUpstreamCallbacks callbacks)
    {
        if (!Breakers.Requests.TryAcquire())
        {
            _idle.Add(connection);
            connection.StartIdle();
            Count(ClusterStat.UpstreamRqActiveOverflow);
            callbacks.OnPoolFailure(UpstreamResetReason.Overflow, null);
            return;
        }

        connection.Begin(callbacks, Breakers);
        callbacks.OnPoolReady(connection);
    }
}
