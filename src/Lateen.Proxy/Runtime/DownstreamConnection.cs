using Lateen.Net;
using Lateen.Proxy.Listeners;
using Lateen.Proxy.Stats;
using Lateen.Proxy.Streams;

namespace Lateen.Proxy.Runtime;

/// <summary>
/// A connection of a client. Its life: 1. listener filters look at its first bytes; 2. hand-over to the listener of the
/// restored destination; 3. choice of the filter chain; 4. TLS; 5. network filters, the last of which owns the bytes.
/// </summary>
internal sealed partial class DownstreamConnection : IConnectionCallbacks, ITimerTarget
{
    private const int ListenerFilterTimer = 1;
    private const int HandshakeTimer = 2;

    private readonly Worker _worker;
    private readonly ActiveListener _listener;
    private readonly bool _isHandedOver;
    private readonly ActiveListener _accepting;
    private readonly Listener _accepted;
    private LoopTimer? _timer;
    private bool _isDrainGradual;
    private long _drainStartNanos;
    private int _filterIndex;
    private NetworkFilterChain? _filters;
    private bool _isCounted;

    internal DownstreamConnection(
        Worker worker, ActiveListener listener, Connection connection, DownstreamConnection? handedOver)
    {
        _worker = worker;
        _listener = listener;
        Listener = listener.Current;
        Connection = connection;
        _isHandedOver = handedOver is not null;
        _accepting = handedOver?._accepting ?? listener;
        _accepted = handedOver?._accepted ?? Listener;
        Info = handedOver?.Info ?? NewInfo();
        connection.HighWatermark = Math.Min(Listener.ConnectionBufferBytesMax, 256 * 1024);
    }

    internal DownstreamConnection? Next { get; set; }

    internal DownstreamConnection? Previous { get; set; }

    internal Connection Connection { get; }

    internal ConnectionInfo Info { get; }

    internal Worker Worker => _worker;

    /// <summary>The snapshot that it was accepted under.</summary>
    internal Listener Listener { get; }

    /// <summary>Null until it is chosen.</summary>
    internal FilterChain? Chain { get; private set; }

    internal bool IsDraining { get; private set; }

    /// <summary>The listener's number of the draining that it belongs to.</summary>
    internal int Drain { get; set; }

    /// <summary>The response that is about to begin should be the last one. With gradual draining each one has
    /// its chance anew.</summary>
    internal bool ShouldClose => _worker.IsDraining
        || (IsDraining && Closes(_isDrainGradual, _drainStartNanos))
        || (_listener.IsDraining && Closes(true, _listener.DrainStartNanos))
        || (_worker.HealthCheckFailed && Listener.DrainOnHealthCheckFail);

    /// <summary>The overload manager wants connections to end with their next response.</summary>
    internal bool IsKeepAliveOff => !Listener.BypassesOverloadManager && _worker.Overload.Applies(
        Overload.OverloadActionKind.DisableHttpKeepalive, _worker.Random.Next());

    /// <summary>Runs the listener filters.</summary>
    internal void Begin()
    {
        Connection.SetCallbacks(this);
        if (Listener.ListenerFilters.Length > 0 && Listener.ListenerFiltersTimeoutNanos > 0)
        {
            StartTimer(ListenerFilterTimer, Listener.ListenerFiltersTimeoutNanos);
        }

        RunListenerFilters();
    }

    /// <summary>The chain or the listener goes: HTTP closes after a response, TCP when the drain time is
    /// over.</summary>
    /// <param name="isGradual">The worker's pace counts; a chain that goes alone asks for the end at once.</param>
    internal void StartDrain(bool isGradual)
    {
        isGradual &= _worker.DrainPace.IsGradual;
        if (!IsDraining)
        {
            _drainStartNanos = _worker.NowNanos;
        }

        _isDrainGradual = isGradual && (!IsDraining || _isDrainGradual);
        IsDraining = true;
        if (!isGradual)
        {
            _filters?.Terminal.OnDrain();
        }
    }

    private bool Closes(bool isGradual, long startNanos) =>
        !isGradual || _worker.DrainPace.Closes(startNanos, _worker.NowNanos, _worker.Random.Next());

    internal void Close(CloseType type) => Connection.Close(type);

    internal void StartTimer(int kind, long nanos)
    {
        _timer?.Remove();
        _timer = new LoopTimer(_worker.Loop.Timers, this, kind);
        _timer.Start((nanos + 999_999) / 1_000_000);
    }

    public void OnConnected(Connection connection)
    {
        // Only TLS makes this event on accepted connections.
        _timer?.Remove();
        _timer = null;
        Info.Tls = TlsInfoBuilder.Build(connection.Tls!);
        Info.HandshakeEndNanos = _worker.NowNanos;
        TlsSessionStats.CountSuccess(Listener.Stats.Tls, _worker.Index, connection.Tls!);
        StartFilters();
    }

    public void OnData(Connection connection)
    {
        if (_filters is not null)
        {
            _filters.OnData();
        }
        else if (Chain is null)
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

        if (Chain is null)
        {
            Listener.Stats.Add(_worker.Index, ListenerStat.DownstreamListenerFilterRemoteClose);
        }

        connection.Close(CloseType.NoFlush);
    }

    public void OnAboveHighWatermark(Connection connection) => _filters?.Terminal.OnAboveHighWatermark();

    public void OnBelowLowWatermark(Connection connection) => _filters?.Terminal.OnBelowLowWatermark();

    public void OnClosed(Connection connection, CloseReason reason)
    {
        _timer?.Remove();
        if (_filters is not null)
        {
            _filters.OnClosed(reason);
        }
        else if (Chain is not null)
        {
            OnHandshakeFailed(reason);
        }
        else
        {
            Listener.Stats.Add(_worker.Index, ListenerStat.DownstreamPreCxActive, -1);
        }

        if (_isCounted)
        {
            Listener.Stats.OnConnectionClosed(_worker.Index, (_worker.NowNanos - Info.StartNanos) / 1_000_000);
        }

        if (_filters is not null)
        {
            LogEnd(ResponseFlags.None, default);
        }

        _listener.Unlink(this);
        _accepting.Leave(_accepted);
    }

    void ITimerTarget.OnTimer(LoopTimer timer)
    {
        if (timer.Kind == HandshakeTimer)
        {
            Listener.Stats.Add(_worker.Index, ListenerStat.DownstreamCxTransportSocketConnectTimeout);
            Connection.Close(CloseType.NoFlush);
            return;
        }

        Listener.Stats.Add(_worker.Index, ListenerStat.DownstreamPreCxTimeout);
        if (Listener.ContinueOnListenerFiltersTimeout)
        {
            ChooseChain();
        }
        else
        {
            Connection.Close(CloseType.NoFlush);
        }
    }

    private ConnectionInfo NewInfo()
    {
        var local = NetAddresses.ToAddress(Connection.LocalAddress);
        var remote = NetAddresses.ToAddress(Connection.RemoteAddress);
        var info = new ConnectionInfo
        {
            Listener = Listener,
            ConnectionId = _worker.NextConnectionId(),
            LocalAddress = local,
            DirectLocalAddress = local,
            RemoteAddress = remote,
            DirectRemoteAddress = remote,
            StartNanos = _worker.NowNanos,
            StartUnixNanos = _worker.Loop.UnixNanos,
        };
        (Connection.Handover as InternalHandover)?.ApplyTo(info);
        return info;
    }

    /// <summary>Listener filters are done: steps 2 to 4.</summary>
    private void ChooseChain()
    {
        _timer?.Remove();
        _timer = null;
        if (Listener.UseOriginalDst && Info.LocalAddressRestored && !_isHandedOver
            && _worker.FindListener(Info.LocalAddress) is { } target && !ReferenceEquals(target, _listener))
        {
            Listener.Stats.Add(_worker.Index, ListenerStat.DownstreamPreCxActive, -1);
            _listener.Unlink(this);
            target.Take(Connection, this);
            return;
        }

        var chain = Listener.MatchFilterChain(Info);
        if (chain is null)
        {
            CloseWithoutChain();
            return;
        }

        Listener.Stats.Add(_worker.Index, ListenerStat.DownstreamPreCxActive, -1);
        Chain = chain;
        Info.FilterChain = chain;
        _isCounted = true;
        Listener.Stats.OnConnectionOpened(_worker.Index);
        if (chain.Tls is null)
        {
            StartFilters();
        }
        else
        {
            StartTls(chain);
        }
    }

    private void StartTls(FilterChain chain)
    {
        if (TlsContexts.GetServer(_worker, chain.Tls!, out var failure) is not { } context)
        {
            Info.TransportFailureReason = failure;
            Connection.Close(CloseType.NoFlush);
            return;
        }

        if (chain.TransportSocketConnectTimeoutNanos > 0)
        {
            StartTimer(HandshakeTimer, Overload.TimeoutScales.Apply(
                chain.TransportSocketConnectTimeoutNanos, _worker.Overload.Scales.TransportSocketConnect,
                _worker.Overload[Overload.OverloadActionKind.ReduceTimeouts]));
        }

        var session = context.CreateSession(_worker.Loop);
        session.LogsKeys = chain.Tls!.KeyLog?.IsFor(Info.LocalAddress, Info.RemoteAddress) ?? false;
        Connection.StartTls(session);
    }

    private void StartFilters()
    {
        _filters = new NetworkFilterChain(this, Chain!);
        _filters.Start();
    }

    private void CloseWithoutChain()
    {
        Listener.Stats.Add(_worker.Index, ListenerStat.NoFilterChainMatch);
        LogEnd(ResponseFlags.NoRouteFound, "filter_chain_not_found"u8);
        Connection.Close(CloseType.NoFlush);
    }

    private void OnHandshakeFailed(CloseReason reason)
    {
        if (reason == CloseReason.TlsFailed && Connection.Tls is { } tls)
        {
            TlsSessionStats.CountFailure(Listener.Stats.Tls, _worker.Index, tls);
        }

        if (Connection.TransportFailure is { } text)
        {
            Info.TransportFailureReason = System.Text.Encoding.UTF8.GetBytes(text);
        }

        LogEnd(ResponseFlags.None, default);
    }

    /// <summary>The listener's own log: connections that never reached a network filter.</summary>
    private void LogEnd(ResponseFlags flags, ReadOnlySpan<byte> details)
    {
        if (Listener.AccessLogs.IsEmpty)
        {
            return;
        }

        var info = new StreamInfo();
        info.Reset(Info);
        info.Metadata = Info.Metadata;
        info.BytesReceived = _filters?.BytesReceived ?? 0;
        info.BytesSent = Connection.BytesSent;
        info.ResponseFlags = flags;
        info.ResponseCodeDetails = details.ToArray();
        info.StartNanos = Info.StartNanos;
        info.StartUnixNanos = Info.StartUnixNanos;
        info.EndNanos = _worker.NowNanos;
        foreach (var log in Listener.AccessLogs)
        {
            log.Log(_worker, info, AccessLog.AccessLogType.NotSet);
        }
    }
}
