using Lateen.Proxy.Clusters;
using Lateen.Proxy.Routing;
using Lateen.Proxy.Stats;

namespace Lateen.Proxy.Runtime;

/// <summary>
/// HTTP/1 connections of one worker to one host: one request each at a time. A request takes the connection used last;
/// when there is none it waits in a bounded queue while another is made.
/// </summary>
internal sealed class Http1Pool
{
    private readonly Worker _worker;
    private readonly Host _host;
    private readonly Cluster _cluster;
    private readonly CircuitBreakers _breakers;
    private readonly bool _highPriority;
    private readonly UpstreamConnector.Overrides _overrides;
    private readonly List<Http1ClientConnection> _idle = [];
    private PendingStream? _firstPending;
    private PendingStream? _lastPending;
    private int _pendingCount;
    private int _connectingCount;

    internal Http1Pool(Worker worker, Host host, bool highPriority, in UpstreamConnector.Overrides overrides)
    {
        _worker = worker;
        _host = host;
        _cluster = host.Cluster;
        _breakers = _cluster.GetBreakers(highPriority);
        _highPriority = highPriority;
        _overrides = overrides;
    }

    internal Worker Worker => _worker;

    internal Host Host => _host;

    internal int ConnectionCount { get; private set; }

    internal bool Fits(bool highPriority, in UpstreamConnector.Overrides overrides) =>
        highPriority == _highPriority && Same(_overrides.Sni, overrides.Sni)
        && Same(_overrides.RequiredName, overrides.RequiredName) && SameList(_overrides.Alpn, overrides.Alpn);

    /// <summary>Gives a connection at once, or later, or a failure; each through the callbacks.</summary>
    internal void NewStream(PendingStream pending)
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
            return;
        }

        if (!_breakers.PendingRequests.TryAcquire())
        {
            Count(ClusterStat.UpstreamRqPendingOverflow);
            pending.Callbacks.OnPoolFailure(UpstreamResetReason.Overflow, null);
            return;
        }

        Enqueue(pending);
        if (_connectingCount < _pendingCount)
        {
            TryConnect();
        }
    }

    /// <summary>The request does not wait any more.</summary>
    internal void Cancel(PendingStream pending)
    {
        if (!ReferenceEquals(pending.Pool, this))
        {
            return;
        }

        Remove(pending);
        Count(ClusterStat.UpstreamRqCancelled);
    }

    /// <summary>Ends idle connections. True when there are no others and nobody waits.</summary>
    internal bool CloseIdle()
    {
        while (_idle.Count > 0)
        {
            _idle[^1].CloseIdle();
        }

        return ConnectionCount == 0 && _pendingCount == 0;
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
        if (_firstPending is { } pending)
        {
            Remove(pending);
            Assign(connection, pending.Callbacks);
        }
        else if (_host.IsRemoved)
        {
            connection.CloseIdle();
        }
        else
        {
            _idle.Add(connection);
            connection.StartIdle();
        }
    }

    internal void OnConnectFailed(UpstreamResetReason reason, byte[]? transportFailure)
    {
        _connectingCount--;
        OnConnectionGone();
        Purge(reason, transportFailure);
    }

    internal void OnIdleClosed(Http1ClientConnection connection) => _idle.Remove(connection);

    internal void OnConnectionClosed()
    {
        OnConnectionGone();
        if (_pendingCount > _connectingCount)
        {
            TryConnect();
        }
    }

    private void OnConnectionGone()
    {
        ConnectionCount--;
        _breakers.Connections.Release();
    }

    private void TryConnect()
    {
        if (ConnectionCount == 0)
        {
            _breakers.Connections.Acquire();
        }
        else if (!_breakers.Connections.TryAcquire())
        {
            Count(ClusterStat.UpstreamCxOverflow);
            return;
        }

        ConnectionCount++;
        var connection = new Http1ClientConnection(this);
        if (connection.TryConnect(_overrides, out var failure))
        {
            _connectingCount++;
            return;
        }

        OnConnectionGone();
        Purge(UpstreamResetReason.LocalConnectionFailure, failure);
    }

    private void Purge(UpstreamResetReason reason, byte[]? transportFailure)
    {
        var count = _pendingCount;
        while (count-- > 0 && _firstPending is { } pending)
        {
            Remove(pending);
            Count(ClusterStat.UpstreamRqPendingFailureEject);
            pending.Callbacks.OnPoolFailure(reason, transportFailure);
        }
    }

    private void Assign(Http1ClientConnection connection, IUpstreamCallbacks callbacks)
    {
        if (!_breakers.Requests.TryAcquire())
        {
            _idle.Add(connection);
            connection.StartIdle();
            Count(ClusterStat.UpstreamRqActiveOverflow);
            callbacks.OnPoolFailure(UpstreamResetReason.Overflow, null);
            return;
        }

        connection.Begin(callbacks, _breakers);
        callbacks.OnPoolReady(connection);
    }

    private void Enqueue(PendingStream pending)
    {
        pending.Pool = this;
        pending.Next = null;
        pending.Previous = _lastPending;
        if (_lastPending is null)
        {
            _firstPending = pending;
        }
        else
        {
            _lastPending.Next = pending;
        }

        _lastPending = pending;
        _pendingCount++;
        Count(ClusterStat.UpstreamRqPendingTotal);
        Count(ClusterStat.UpstreamRqPendingActive);
    }

    private void Remove(PendingStream pending)
    {
        if (pending.Previous is { } previous)
        {
            previous.Next = pending.Next;
        }
        else
        {
            _firstPending = pending.Next;
        }

        if (pending.Next is { } next)
        {
            next.Previous = pending.Previous;
        }
        else
        {
            _lastPending = pending.Previous;
        }

        pending.Pool = null;
        pending.Next = null;
        pending.Previous = null;
        _pendingCount--;
        _breakers.PendingRequests.Release();
        Count(ClusterStat.UpstreamRqPendingActive, -1);
    }

    private static bool Same(byte[]? a, byte[]? b) =>
        ReferenceEquals(a, b) || (a is not null && b is not null && a.AsSpan().SequenceEqual(b));

    private static bool SameList(byte[][]? a, byte[][]? b)
    {
        if (ReferenceEquals(a, b))
        {
            return true;
        }

        if (a is null || b is null || a.Length != b.Length)
        {
            return false;
        }

        for (var i = 0; i < a.Length; i++)
        {
            if (!Same(a[i], b[i]))
            {
                return false;
            }
        }

        return true;
    }

    private void Count(ClusterStat stat, long amount = 1) => _cluster.Stats.Add(_worker.Index, stat, amount);
}
