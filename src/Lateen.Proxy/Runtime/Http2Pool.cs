using Lateen.Net;
using Lateen.Proxy.Clusters;
using Lateen.Proxy.Routing;
using Lateen.Proxy.Stats;

namespace Lateen.Proxy.Runtime;

/// <summary>
/// HTTP/2 connections of one worker to one host, usually one: requests share it up to the streams that the peer and the
/// configuration allow. With <see cref="UpstreamAlpn.Both"/> the peer may choose HTTP/1.1 instead; then an
/// <see cref="Http1Pool"/> goes on with the connection and all later requests.
/// </summary>
internal sealed class Http2Pool(
    Worker worker, Host host, bool highPriority, in UpstreamConnector.Overrides overrides)
    : UpstreamPool(worker, host, highPriority, overrides)
{
    private readonly bool _isHighPriority = highPriority;
    private readonly List<Http2ClientConnection> _connections = [];
    private Http1Pool? _fallback;
    private int _connectingCount;

    /// <summary>The peer may choose HTTP/1.1.</summary>
    internal bool MayFallBack => Overrides.Protocols == UpstreamAlpn.Both;

    internal override void NewStream(PendingStream pending)
    {
        if (_fallback is not null)
        {
            _fallback.NewStream(pending);
            return;
        }

        if (FindReady() is { } connection)
        {
            Assign(connection, pending.Callbacks);
        }
        else if (TryEnqueue(pending) && _connectingCount == 0)
        {
            if (ShedsConnection())
            {
                Refuse(pending);
                return;
            }

            TryConnect();
        }
    }

    internal override bool CloseIdle()
    {
        for (var i = _connections.Count - 1; i >= 0; i--)
        {
            if (i < _connections.Count && _connections[i].IsIdle)
            {
                _connections[i].Close();
            }
        }

        return (_fallback is null || _fallback.CloseIdle()) && ConnectionCount == 0 && PendingCount == 0;
    }

    internal void OnConnected(Http2ClientConnection connection)
    {
        _connectingCount--;
        _connections.Add(connection);
        ServePending();
    }

    /// <summary>The peer has chosen HTTP/1.1: the connection, and those who wait, go to a pool of that.</summary>
    internal void FallBack(Connection transport, long startNanos)
    {
        _connectingCount--;
        ConnectionCount--;
        _fallback ??= new Http1Pool(
            Worker, Host, _isHighPriority, Overrides with { Protocols = UpstreamAlpn.Http1 });
        _fallback.Adopt(transport, startNanos);
        var count = PendingCount;
        while (count-- > 0 && FirstPending is { } pending)
        {
            Remove(pending);
            _fallback.NewStream(pending);
        }
    }

    internal void OnConnectFailed(UpstreamResetReason reason, byte[]? transportFailure)
    {
        _connectingCount--;
        ReleaseConnection();
        Purge(reason, transportFailure);
    }

    internal void OnConnectionClosed(Http2ClientConnection connection)
    {
        _connections.Remove(connection);
        ReleaseConnection();
        ServePending();
    }

    /// <summary>A stream has ended, or the peer allows more: those who wait can go on.</summary>
    internal void ServePending()
    {
        while (FirstPending is { } pending && FindReady() is { } connection)
        {
            Remove(pending);
            Assign(connection, pending.Callbacks);
        }

        if (PendingCount == 0 || _connectingCount > 0)
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

    private Http2ClientConnection? FindReady()
    {
        foreach (var connection in _connections)
        {
            if (connection.CanTakeStream)
            {
                return connection;
            }
        }

        return null;
    }

    private void TryConnect()
    {
        if (!TryAcquireConnection())
        {
            return;
        }

        var connection = new Http2ClientConnection(this);
        if (connection.TryConnect(Overrides, out var failure))
        {
            _connectingCount++;
            return;
        }

        ReleaseConnection();
        Purge(UpstreamResetReason.LocalConnectionFailure, failure);
    }

    private void Assign(Http2ClientConnection connection, IUpstreamCallbacks callbacks)
    {
        if (!Breakers.Requests.TryAcquire())
        {
            Count(ClusterStat.UpstreamRqActiveOverflow);
            callbacks.OnPoolFailure(UpstreamResetReason.Overflow, null);
            return;
        }

        callbacks.OnPoolReady(connection.Begin(callbacks, Breakers));
    }
}
