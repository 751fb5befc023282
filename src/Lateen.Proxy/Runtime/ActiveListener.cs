using Lateen.Net;
using Lateen.Proxy.Addresses;
using Lateen.Proxy.Listeners;
using Lateen.Proxy.Overload;
using Lateen.Proxy.Stats;

namespace Lateen.Proxy.Runtime;

/// <summary>
/// A listener on one worker: its sockets and its connections. An update in place swaps <see cref="Current"/>: new
/// connections take the new snapshot, present ones stay until their filter chain is drained.
/// </summary>
internal sealed class ActiveListener : IAcceptCallbacks
{
    private readonly Worker _worker;
    private readonly ListenSocket[] _sockets;
    private DownstreamConnection? _first;
    private int _drainCount;
    private bool _isStopped;

    internal ActiveListener(Worker worker, Listener listener, ListenSocket[] sockets, Address[] addresses)
    {
        _worker = worker;
        _sockets = sockets;
        Addresses = addresses;
        Current = listener;
    }

    /// <summary>What it listens on (or stands for, without sockets), with the ports that the kernel chose.</summary>
    internal Address[] Addresses { get; }

    internal Listener Current { get; private set; }

    internal Worker Worker => _worker;

    /// <summary>Responses on its connections carry <c>connection: close</c>.</summary>
    internal bool IsDraining { get; private set; }

    /// <summary>It is reached from within the process, and still takes connections.</summary>
    internal bool TakesInternal => Current.IsInternal && !_isStopped;

    /// <summary>When <see cref="IsDraining"/> began.</summary>
    internal long DrainStartNanos { get; private set; }

    internal int ConnectionCount { get; private set; }

    internal void Start()
    {
        foreach (var socket in _sockets)
        {
            socket.Start();
        }
    }

    /// <summary>Takes another snapshot. Connections of chains that are in it no more begin to drain, or all of
    /// them.</summary>
    /// <returns>The number of this draining, for its end.</returns>
    internal int Update(Listener listener, bool drainAll)
    {
        Current = listener;
        _drainCount++;
        for (var connection = _first; connection is not null; connection = connection.Next)
        {
            if (drainAll || (connection.FilterChain is { } chain && !listener.AllFilterChains.Contains(chain)
                && !ReferenceEquals(chain, listener.DefaultFilterChain)))
            {
                if (!connection.IsDraining)
                {
                    connection.Drain = _drainCount;
                }

                connection.StartDrain(drainAll);
            }
        }

        return _drainCount;
    }

    /// <summary>Ends what still drains since that draining began, or before.</summary>
    internal void EndDrain(int drain)
    {
        for (var connection = _first; connection is not null;)
        {
            var next = connection.Next;
            if (connection.IsDraining && connection.Drain <= drain)
            {
                connection.Close(CloseType.NoFlush);
            }

            connection = next;
        }
    }

    /// <summary>No more connections; those there are drain.</summary>
    internal void StopListening()
    {
        _isStopped = true;
        foreach (var socket in _sockets)
        {
            socket.Dispose();
        }
    }

    /// <summary>Adds the streams of its HTTP/2 connections.</summary>
    internal void CollectStreams(List<Http2ServerStream> streams)
    {
        for (var connection = _first; connection is not null; connection = connection.Next)
        {
            (connection.TerminalOrNone as Http2ServerConnection)?.CollectStreams(streams);
        }
    }

    /// <summary>Spreads connections over the workers; null: the kernel does. Set before the start.</summary>
    internal ListenerBalance? Balance { get; set; }

    /// <summary>Takes a connection that another worker has accepted.</summary>
    internal void Adopt(int descriptor, in NetAddress peer)
    {
        if (Connection.TryAdopt(_worker.Loop, descriptor, peer) is { } connection)
        {
            OnAccept(connection);
        }
        else
        {
            Balance?.Leave(this);
        }
    }

    /// <summary>Leaves connections in the kernel's queue, or takes them again.</summary>
    internal void PauseAccepting(bool paused)
    {
        foreach (var socket in _sockets)
        {
            socket.Pause(paused);
        }
    }

    internal void StartDrain()
    {
        DrainStartNanos = IsDraining ? DrainStartNanos : _worker.NowNanos;
        IsDraining = true;
        for (var connection = _first; connection is not null; connection = connection.Next)
        {
            connection.StartDrain(true);
        }
    }

    /// <summary>Ends all connections, or those that drain.</summary>
    internal void CloseConnections(bool onlyDraining)
    {
        for (var connection = _first; connection is not null;)
        {
            var next = connection.Next;
            if (!onlyDraining || connection.IsDraining)
            {
                connection.Close(CloseType.NoFlush);
            }

            connection = next;
        }
    }

    public void OnAccept(Connection connection)
    {
        if (!Current.Quota.TryEnter())
        {
            Refuse(connection, ListenerStat.DownstreamCxOverflow);
            return;
        }

        if (!Current.IgnoresGlobalLimit && !_worker.Overload.TryEnter())
        {
            Current.Quota.Leave();
            Refuse(connection, ListenerStat.DownstreamGlobalCxOverflow);
            return;
        }

        if (!Current.BypassesOverloadManager
            && (_worker.Overload.Applies(OverloadActionKind.RejectIncomingConnections, _worker.Random.Next())
            || _worker.Overload.Sheds(LoadShedPointKind.TcpListenerAccept, _worker.Index, _worker.Random.Next())))
        {
            LeaveLimits(Current);
            Refuse(connection, ListenerStat.DownstreamCxOverloadReject);
            return;
        }

        Take(new DownstreamConnection(this, connection));
    }

    /// <summary>Gives back the places that a connection had.</summary>
    internal void Leave(Listener listener)
    {
        Balance?.Leave(this);
        LeaveLimits(listener);
    }

    private void LeaveLimits(Listener listener)
    {
        listener.Quota.Leave();
        if (!listener.IgnoresGlobalLimit)
        {
            _worker.Overload.Leave();
        }
    }

    private void Refuse(Connection connection, ListenerStat stat)
    {
        Balance?.Leave(this);
        Current.Stats.Add(_worker.Index, stat);
        connection.Close(CloseType.NoFlush);
    }

    /// <summary>Takes a connection, accepted here or handed over by another listener after it restored the
    /// destination.</summary>
    internal void Take(DownstreamConnection connection)
    {
        Link(connection);
        Current.Stats.Add(_worker.Index, ListenerStat.DownstreamPreCxActive);
        connection.Begin();
    }

    internal void Unlink(DownstreamConnection connection)
    {
        if (connection.Previous is { } previous)
        {
            previous.Next = connection.Next;
        }
        else
        {
            _first = connection.Next;
        }

        if (connection.Next is { } next)
        {
            next.Previous = connection.Previous;
        }

        connection.Next = null;
        connection.Previous = null;
        ConnectionCount--;
        _worker.ConnectionCount--;
    }

    private void Link(DownstreamConnection connection)
    {
        connection.Next = _first;
        if (_first is not null)
        {
            _first.Previous = connection;
        }

        _first = connection;
        ConnectionCount++;
        _worker.ConnectionCount++;
    }
}
