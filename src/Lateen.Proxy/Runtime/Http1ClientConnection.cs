using Lateen.Http.Http1;
using Lateen.Net;
using Lateen.Proxy.Clusters;
using Lateen.Proxy.Routing;
using Lateen.Proxy.Stats;
using Lateen.Proxy.Streams;

namespace Lateen.Proxy.Runtime;

/// <summary>HTTP/1 on a connection to a host; also the one stream on it.</summary>
internal sealed partial class Http1ClientConnection : HttpClientStream, IConnectionCallbacks, ITimerTarget
{
    private const int ConnectTimer = 1;
    private const int DurationTimer = 3;

    /// <summary>Milliseconds and bytes that the rest of a response may take which nobody waits for.</summary>
    private const long DrainMsMax = 50;

    private const int DrainBytesMax = 64 * 1024;

    /// <summary>Default limit of a response's head in Envoy.</summary>
    private const int HeaderBytesMax = 80 * 1024;

    private static readonly Http1Limits DefaultLimits = new() { HeaderBytesMax = HeaderBytesMax, IsLenient = true };

    private readonly Http1Pool _pool;
    private readonly Worker _worker;
    private readonly Cluster _cluster;
    private readonly Http1Parser _parser;
    private readonly LoopTimer _timer;
    private LoopTimer? _durationTimer;
    private Connection? _connection;
    private CircuitBreakers? _breakers;
    private IUpstreamCallbacks? _user;
    private TlsConnectionInfo? _tlsInfo;
    private long _startNanos;
    private long _connectedNanos;
    private int _requestCount;
    private bool _connected;
    private bool _isIdle;
    private bool _timedOut;
    private bool _headDone;
    private bool _requestDone;
    private bool _chunkedRequest;
    private bool _closeAfter;
    private bool _isTunnel;
    private int _statusLineBytes;
    private bool _asksUpgrade;
    private bool _processing;
    private bool _paused;
    private bool _hadBegun;
    private bool _isDraining;

    private readonly int _failures;

    internal Http1ClientConnection(Http1Pool pool)
    {
        _pool = pool;
        _worker = pool.Worker;
        _cluster = pool.Host.Cluster;
        _parser = new Http1Parser(false, LimitsOf(_cluster.Config.Http));
        _timer = new LoopTimer(_worker.Loop.Timers, this, ConnectTimer);
        ConnectionId = _worker.NextConnectionId();
        _failures = pool.Host.Failures;
    }

    /// <summary>The host has failed since the connection was made, so it takes no more requests.</summary>
    internal bool IsStale => _failures != Host.Failures;

    internal override Host Host => _pool.Host;

    internal override Connection Transport => _connection!;

    internal override (long Begun, long Connected, long Handshake) ConnectTimes =>
        (_startNanos, _connectedNanos, _tlsInfo is null ? 0 : _connectedNanos);

    internal override ulong ConnectionId { get; }

    internal override TlsConnectionInfo? TlsInfo => _tlsInfo;

    internal override HttpProtocol Protocol => HttpProtocol.Http11;

    /// <summary>Open and not told to close.</summary>
    internal bool IsUsable => _connection is { State: ConnectionState.Open } && !_closeAfter;

    internal bool TryConnect(in UpstreamConnector.Overrides overrides, out byte[]? failure)
    {
        _startNanos = _worker.NowNanos;
        _connection = UpstreamConnector.Connect(_worker, Host, this, overrides, out failure);
        if (_connection is null)
        {
            return false;
        }

        UpstreamConnectionStats.Opened(_worker, Host);
        Count(ClusterStat.UpstreamCxHttp1Total);
        _timer.Start((_cluster.Config.ConnectTimeoutNanos + 999_999) / 1_000_000);
        return true;
    }

    /// <summary>Goes on with a connection that is up already.</summary>
    internal void Adopt(Connection transport, long startNanos)
    {
        _startNanos = startNanos;
        _connection = transport;
        transport.SetCallbacks(this);
        Count(ClusterStat.UpstreamCxHttp1Total);
        OnConnected(transport);
    }

    /// <summary>Takes the next request.</summary>
    internal void Begin(IUpstreamCallbacks user, CircuitBreakers breakers)
    {
        _user = user;
        _breakers = breakers;
        _isIdle = false;
        _timer.Stop();
        _parser.BeginMessage();
        _headDone = false;
        _requestDone = false;
        _isTunnel = false;
        _asksUpgrade = false;
        ResetByteCounts();
        _requestCount++;
        Count(ClusterStat.UpstreamRqTotal);
        Count(ClusterStat.UpstreamRqActive);
        Host.Add(_worker.Index, HostStat.RqTotal);
        Host.Add(_worker.Index, HostStat.RqActive);
    }

    internal void StartIdle()
    {
        _isIdle = true;
        var idle = _cluster.Config.Http.IdleTimeoutNanos;
        if (idle > 0)
        {
            _timer.Start((idle + 999_999) / 1_000_000);
        }
    }

    internal void CloseIdle() => _connection!.Close(CloseType.NoFlush);

    public void OnConnected(Connection connection)
    {
        _connected = true;
        _connectedNanos = _worker.NowNanos;
        _timer.Stop();
        _tlsInfo = UpstreamConnectionStats.Connected(_worker, Host, connection, _startNanos);
        if (_cluster.Config.Http.MaxConnectionDurationNanos > 0)
        {
            _durationTimer = new LoopTimer(_worker.Loop.Timers, this, DurationTimer);
            _durationTimer.Start(_cluster.Config.Http.MaxConnectionDurationNanos / 1_000_000);
        }

        _pool.OnConnected(this);
    }

    public void OnData(Connection connection)
    {
        if (_user is null)
        {
            // Bytes that nobody asked for.
            Count(ClusterStat.UpstreamCxProtocolError);
            connection.Close(CloseType.NoFlush);
            return;
        }

        Process();
    }

    public void OnEndOfStream(Connection connection)
    {
        if (_user is { } user && _headDone && _parser.EndsByClose())
        {
            _closeAfter = true;
            if (_isTunnel || _parser.Framing == Http1Framing.UntilClose)
            {
                FinishResponse();
                user.OnResponseData(connection.Input, 0, true);
            }
        }

        connection.Close(CloseType.NoFlush);
    }

    public void OnAboveHighWatermark(Connection connection)
    {
        Count(ClusterStat.UpstreamFlowControlBackedUpTotal);
        _user?.OnUpstreamAboveHighWatermark();
    }

    public void OnBelowLowWatermark(Connection connection)
    {
        Count(ClusterStat.UpstreamFlowControlDrainedTotal);
        _user?.OnUpstreamBelowLowWatermark();
    }

    public void OnClosed(Connection connection, CloseReason reason)
    {
        _timer.Remove();
        _durationTimer?.Remove();
        var hasRequest = _user is not null && !_isDraining;
        UpstreamConnectionStats.Closed(_worker, Host, connection, reason, _startNanos, hasRequest);
        if (!_connected)
        {
            var text = UpstreamConnectionStats.ConnectFailed(_worker, Host, connection, reason, _timedOut);
            _pool.OnConnectFailed(_timedOut ? UpstreamResetReason.ConnectionTimeout
                : UpstreamResetReason.RemoteConnectionFailure, text);
            return;
        }

        if (_isIdle)
        {
            _pool.OnIdleClosed(this);
        }

        var user = _user;
        _hadBegun = _headDone || _parser.HasBegun || (user is not null && connection.Input.Length > 0);
        if (user is not null)
        {
            // A response that is cut short breaks the protocol; what the parser refused has been counted.
            var isCut = _hadBegun && hasRequest && _parser.Error == Http1Error.None;
            Count(ClusterStat.UpstreamCxProtocolError, isCut ? 1 : 0);
            FinishResponse();
        }

        _pool.OnConnectionClosed();
        user?.OnUpstreamReset(ResetReason());
    }

    void ITimerTarget.OnTimer(LoopTimer timer)
    {
        if (timer.Kind == DurationTimer)
        {
            Count(ClusterStat.UpstreamCxMaxDurationReached);
            _closeAfter = true;
            if (_isIdle)
            {
                CloseIdle();
            }

            return;
        }

        if (!_connected)
        {
            Count(ClusterStat.UpstreamCxConnectTimeout);
            _timedOut = true;
        }
        else if (_isIdle)
        {
            Count(ClusterStat.UpstreamCxIdleTimeout);
        }
        else if (!_isDraining)
        {
            return;
        }

        _connection!.Close(CloseType.NoFlush);
    }

    private UpstreamResetReason ResetReason()
    {
        // A body that was cut short is a fault of the protocol; before the headers it is a termination.
        return _parser.Error != Http1Error.None || _hadBegun
            ? UpstreamResetReason.ProtocolError
            : UpstreamResetReason.ConnectionTermination;
    }

    private static Http1Limits LimitsOf(UpstreamHttpOptions options) =>
        options is { MaxHeadersCount: 100, MaxHeadersKb: 0, HeaderKeyFormat: not ("preserve" or "preserve-proper") }
        ? DefaultLimits
        : new Http1Limits
        {
            HeaderBytesMax = options.MaxHeadersKb > 0 ? options.MaxHeadersKb * 1024 : HeaderBytesMax,
            HeaderCountMax = options.MaxHeadersCount,
            IsLenient = true,
            KeepsNames = options.HeaderKeyFormat is "preserve" or "preserve-proper",
        };

    private void Count(ClusterStat stat, long amount = 1) => _cluster.Stats.Add(_worker.Index, stat, amount);
}
