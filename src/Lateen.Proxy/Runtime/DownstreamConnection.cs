using Lateen.Net;
using Lateen.Proxy.Http;
using Lateen.Proxy.Listeners;
using Lateen.Proxy.Stats;
using Lateen.Proxy.Streams;

namespace Lateen.Proxy.Runtime;

/// <summary>
/// A connection of a client. Its life: 1. listener filters look at its first bytes; 2. hand-over to the listener of the
/// restored destination; 3. choice of the filter chain; 4. TLS; 5. network filters, the last of which owns the bytes.
/// It is its own <see cref="ConnectionInfo"/>, and its timer is the socket's, so that one that rests is small
/// (decision 0420).
/// </summary>
internal sealed partial class DownstreamConnection : ConnectionInfo, IConnectionCallbacks
{
    private ActiveListener _listener;
    private TerminalFilter? _terminal;
    private NetworkFilterChain? _filters;
    private ConnectionCourse? _course;
    private ushort _filterIndex;
    private bool _isHandedOver;
    private bool _isDrainGradual;
    private bool _isCounted;

    internal DownstreamConnection(ActiveListener listener, Connection connection)
        : base(connection)
    {
        _listener = listener;
        Snapshot = Listener = listener.Current;
        ConnectionId = Worker.NextConnectionId();
        StartNanos = Worker.NowNanos;
        StartUnixNanos = Worker.Loop.UnixNanos;
        (connection.Handover as InternalHandover)?.ApplyTo(this);
    }

    internal DownstreamConnection? Next { get; set; }

    internal DownstreamConnection? Previous { get; set; }

    internal Connection Connection => Socket!;

    internal ConnectionInfo Info => this;

    internal Worker Worker => _listener.Worker;

    /// <summary>The snapshot of the listener that it belongs to, as it was when that took it. The one that accepted it
    /// is <see cref="ConnectionInfo.Listener"/>.</summary>
    internal Listener Snapshot { get; private set; }

    internal bool IsDraining { get; private set; }

    /// <summary>The listener's number of the draining that it belongs to.</summary>
    internal int Drain
    {
        get => _course?.Drain ?? 0;
        set => Course.Drain = value;
    }

    /// <summary>The last network filter; known once the chain has begun.</summary>
    internal TerminalFilter Terminal => _terminal!;

    /// <summary>The same before the chain has begun.</summary>
    internal TerminalFilter? TerminalOrNone => _terminal;

    private ConnectionCourse Course => _course ??= new ConnectionCourse();

    /// <summary>The response that is about to begin should be the last one. With gradual draining each one has
    /// its chance anew.</summary>
    internal bool ShouldClose => Worker.IsDraining
        || (IsDraining && Closes(_isDrainGradual, Course.DrainStartNanos))
        || (_listener.IsDraining && Closes(true, _listener.DrainStartNanos))
        || (Worker.HealthCheckFailed && Snapshot.DrainOnHealthCheckFail);

    /// <summary>Work is refused at a point of the data path, unless the listener is exempt; counted.</summary>
    internal bool Sheds(Overload.LoadShedPointKind point) => !Snapshot.BypassesOverloadManager && Worker.Sheds(point);

    /// <summary>The overload manager wants connections to end with their next response.</summary>
    internal bool IsKeepAliveOff => !Snapshot.BypassesOverloadManager && Worker.Overload.Applies(
        Overload.OverloadActionKind.DisableHttpKeepalive, Worker.Random.Next());

    /// <summary>Runs the listener filters.</summary>
    internal void Begin()
    {
        Connection.HighWatermark = Math.Min(Snapshot.ConnectionBufferBytesMax, 256 * 1024);
        Connection.SetCallbacks(this);
        if (Snapshot.ListenerFilters.Length > 0 && Snapshot.ListenerFiltersTimeoutNanos > 0)
        {
            StartTimer(Snapshot.ListenerFiltersTimeoutNanos);
        }

        RunListenerFilters();
    }

    /// <summary>Another listener takes it; its facts stay.</summary>
    internal void HandOver(ActiveListener target)
    {
        _listener.Unlink(this);
        Course.Accepting ??= _listener;
        _listener = target;
        Snapshot = target.Current;
        _isHandedOver = true;
        _filterIndex = 0;
        target.Take(this);
    }

    /// <summary>The chain or the listener goes: HTTP closes after a response, TCP when the drain time is
    /// over.</summary>
    /// <param name="isGradual">The worker's pace counts; a chain that goes alone asks for the end at once.</param>
    internal void StartDrain(bool isGradual)
    {
        isGradual &= Worker.DrainPace.IsGradual;
        if (!IsDraining)
        {
            Course.DrainStartNanos = Worker.NowNanos;
        }

        _isDrainGradual = isGradual && (!IsDraining || _isDrainGradual);
        IsDraining = true;
        if (!isGradual)
        {
            _terminal?.OnDrain();
        }
    }

    private bool Closes(bool isGradual, long startNanos) =>
        !isGradual || Worker.DrainPace.Closes(startNanos, Worker.NowNanos, Worker.Random.Next());

    internal void Close(CloseType type) => Connection.Close(type);

    /// <summary>What owns the bytes: a codec takes its place once it is known which.</summary>
    internal void Replace(TerminalFilter terminal) => _terminal = terminal;

    private void StartTimer(long nanos) => Connection.StartTimer((nanos + 999_999) / 1_000_000);

    public void OnConnected(Connection connection)
    {
        // Only TLS makes this event on accepted connections.
        connection.StopTimer();
        Tls = TlsInfoBuilder.Build(connection.Tls!);
        HandshakeEndNanos = Worker.NowNanos;
        TlsSessionStats.CountSuccess(Snapshot.Stats.Tls, Worker.Index, connection.Tls!);
        StartFilters();
    }

    public void OnData(Connection connection)
    {
        if (_filters is not null)
        {
            _filters.OnData();
        }
        else if (_terminal is not null)
        {
            _terminal.OnData();
        }
        else if (FilterChain is null)
        {
            RunListenerFilters();
        }
    }

    public void OnEndOfStream(Connection connection)
    {
        if (_filters is not null)
        {
            _filters.OnEndOfStream();
            return;
        }

        if (_terminal is not null)
        {
            _terminal.OnEndOfStream();
            return;
        }

        if (FilterChain is null)
        {
            Snapshot.Stats.Add(Worker.Index, ListenerStat.DownstreamListenerFilterRemoteClose);
        }

        connection.Close(CloseType.NoFlush);
    }

    public void OnAboveHighWatermark(Connection connection) => _terminal?.OnAboveHighWatermark();

    public void OnBelowLowWatermark(Connection connection) => _terminal?.OnBelowLowWatermark();

    public void OnClosed(Connection connection, CloseReason reason)
    {
        if (_filters is not null)
        {
            _filters.OnClosed(reason);
        }
        else if (_terminal is not null)
        {
            _terminal.OnClosed(reason);
        }
        else if (FilterChain is not null)
        {
            OnHandshakeFailed(reason);
        }
        else
        {
            Snapshot.Stats.Add(Worker.Index, ListenerStat.DownstreamPreCxActive, -1);
        }

        if (_isCounted)
        {
            Snapshot.Stats.OnConnectionClosed(Worker.Index, (Worker.NowNanos - StartNanos) / 1_000_000);
        }

        if (_filters is not null)
        {
            LogEnd(ResponseFlags.None, default, reason == CloseReason.RemoteReset);
        }

        _listener.Unlink(this);
        (_course?.Accepting ?? _listener).Leave(Listener!);
    }

    public void OnTimer(Connection connection)
    {
        if (_terminal is not null)
        {
            _terminal.OnTimer();
            return;
        }

        if (FilterChain is not null)
        {
            Snapshot.Stats.Add(Worker.Index, ListenerStat.DownstreamCxTransportSocketConnectTimeout);
            Connection.Close(CloseType.NoFlush);
            return;
        }

        Snapshot.Stats.Add(Worker.Index, ListenerStat.DownstreamPreCxTimeout);
        if (Snapshot.ContinueOnListenerFiltersTimeout)
        {
            ChooseChain();
        }
        else
        {
            Connection.Close(CloseType.NoFlush);
        }
    }

    /// <summary>Listener filters are done: steps 2 to 4.</summary>
    private void ChooseChain()
    {
        Connection.StopTimer();
        if (Snapshot.UseOriginalDst && LocalAddressRestored && !_isHandedOver
            && Worker.FindListener(LocalAddress) is { } target && !ReferenceEquals(target, _listener))
        {
            Snapshot.Stats.Add(Worker.Index, ListenerStat.DownstreamPreCxActive, -1);
            HandOver(target);
            return;
        }

        var chain = Snapshot.MatchFilterChain(Info);
        if (chain is null)
        {
            CloseWithoutChain();
            return;
        }

        Snapshot.Stats.Add(Worker.Index, ListenerStat.DownstreamPreCxActive, -1);
        FilterChain = chain;
        _isCounted = true;
        Snapshot.Stats.OnConnectionOpened(Worker.Index);
        chain.Tap?.Attach(Worker, Connection, ConnectionId);
        if (chain.Tls is null)
        {
            TapEarlyBytes();
            StartFilters();
        }
        else
        {
            StartTls(chain);
        }
    }

    /// <summary>What listener filters have looked at belongs to what is tapped.</summary>
    private void TapEarlyBytes()
    {
        if (Connection.Tap is { } tap && !Connection.IsInputEmpty)
        {
            tap.OnRead(Connection.Input, Connection.Input.Length);
        }
    }

    private void StartTls(FilterChain chain)
    {
        if (TlsContexts.GetServer(Worker, chain.Tls!, out var failure) is not { } context)
        {
            TransportFailureReason = failure;
            Connection.Close(CloseType.NoFlush);
            return;
        }

        if (chain.TransportSocketConnectTimeoutNanos > 0)
        {
            StartTimer(Overload.TimeoutScales.Apply(
                chain.TransportSocketConnectTimeoutNanos, Worker.Overload.Scales.TransportSocketConnect,
                Worker.Overload[Overload.OverloadActionKind.ReduceTimeouts]));
        }

        var session = context.CreateSession(Worker.Loop);
        session.LogsKeys = chain.Tls!.KeyLog?.IsFor(LocalAddress, RemoteAddress) ?? false;
        Connection.StartTls(session);
    }

    private void StartFilters()
    {
        var chain = FilterChain!;
        if (chain.Filters is [HttpConnectionManagerConfig manager] && Snapshot.AccessLogs.IsEmpty)
        {
            // Nothing stands before the codec, and nobody asks what came by.
            _terminal = TerminalFilter.Build(this, manager);
            _terminal.Start();
            if (Connection.State == ConnectionState.Open && !Connection.IsInputEmpty)
            {
                _terminal.OnData();
            }

            return;
        }

        _filters = new NetworkFilterChain(this, chain);
        _filters.Start();
    }

    private void CloseWithoutChain()
    {
        Snapshot.Stats.Add(Worker.Index, ListenerStat.NoFilterChainMatch);
        LogEnd(ResponseFlags.NoRouteFound, "filter_chain_not_found"u8);
        Connection.Close(CloseType.NoFlush);
    }

    private void OnHandshakeFailed(CloseReason reason)
    {
        if (reason == CloseReason.TlsFailed && Connection.Tls is { } tls)
        {
            TlsSessionStats.CountFailure(Snapshot.Stats.Tls, Worker.Index, tls);
            if (!Snapshot.AccessLogs.IsEmpty)
            {
                Tls = TlsInfoBuilder.BuildFailed(tls);
            }
        }

        if (Connection.TransportFailure is { } text)
        {
            TransportFailureReason = System.Text.Encoding.UTF8.GetBytes(text);
        }

        LogEnd(ResponseFlags.None, default);
    }

    /// <summary>The listener's own log: connections that never reached a network filter.</summary>
    private void LogEnd(ResponseFlags flags, ReadOnlySpan<byte> details, bool isReset = false)
    {
        if (Snapshot.AccessLogs.IsEmpty)
        {
            return;
        }

        var info = new StreamInfo();
        info.Reset(this);
        info.Metadata = Metadata;
        info.BytesReceived = _filters?.BytesReceived ?? 0;
        info.BytesSent = Connection.BytesSent;
        info.ResponseFlags = flags;
        info.ResponseCodeDetails = details.IsEmpty ? ResponseCodeDetails : details.ToArray();
        info.DownstreamCloseType = isReset ? DetectedCloseType.RemoteReset
            : _filters?.Stream.DownstreamCloseType ?? DetectedCloseType.Normal;
        info.DownstreamCloseReason = _filters?.Stream.DownstreamCloseReason;
        info.StartNanos = StartNanos;
        info.StartUnixNanos = StartUnixNanos;
        info.EndNanos = Worker.NowNanos;
        foreach (var log in Snapshot.AccessLogs)
        {
            log.Log(Worker, info, AccessLog.AccessLogType.NotSet);
        }
    }
}
