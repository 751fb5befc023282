using Lateen.Http.Http2;
using Lateen.Net;
using Lateen.Proxy.Clusters;
using Lateen.Proxy.Routing;
using Lateen.Proxy.Stats;
using Lateen.Proxy.Streams;

namespace Lateen.Proxy.Runtime;

/// <summary>HTTP/2 on a connection to a host, with the requests that share it.</summary>
internal sealed partial class Http2ClientConnection : IConnectionCallbacks, IHttp2Owner, ITimerTarget
{
    private const int ConnectTimer = 1;
    private const int IdleTimer = 2;
    private const int DurationTimer = 3;
    private const int PingTimer = 4;
    private const int PingAnswerTimer = 5;

    private readonly Http2Pool _pool;
    private readonly Worker _worker;
    private readonly Cluster _cluster;
    private readonly UpstreamHttpOptions _options;
    private readonly Http2Session _session;
    private readonly List<Http2ClientStream> _streams = [];
    private readonly Stack<Http2ClientStream> _free = new();
    private readonly LoopTimer _connectTimer;
    private readonly LoopTimer _idleTimer;
    private LoopTimer? _durationTimer;
    private LoopTimer? _pingTimer;
    private LoopTimer? _pingAnswerTimer;
    private Connection? _connection;
    private long _startNanos;
    private long _connectedNanos;
    private int _requestCount;
    private bool _connected;
    private bool _timedOut;
    private bool _draining;

    // The host's failures when the connection was made: one that has failed since takes no more streams.
    private int _failures;

    internal Http2ClientConnection(Http2Pool pool)
    {
        _pool = pool;
        _worker = pool.Worker;
        _cluster = pool.Host.Cluster;
        _options = _cluster.Config.Http;
        _session = new Http2Session(false, _options.Http2.Limits, this);
        _connectTimer = new LoopTimer(_worker.Loop.Timers, this, ConnectTimer);
        _idleTimer = new LoopTimer(_worker.Loop.Timers, this, IdleTimer);
        ConnectionId = _worker.NextConnectionId();
    }

    internal Host Host => _pool.Host;

    internal Connection Transport => _connection!;

    internal ulong ConnectionId { get; }

    internal TlsConnectionInfo? TlsInfo { get; private set; }

    internal bool IsIdle => _connected && _streams.Count == 0;

    internal bool CanTakeStream =>
        !_draining && _failures == Host.Failures && _connection is { State: ConnectionState.Open }
        && _streams.Count < _options.MaxConcurrentStreams && _session.CanOpenStream;

    int IHttp2Owner.UnsentBytes => _connection!.Output.Length;

    internal bool TryConnect(in UpstreamConnector.Overrides overrides, out byte[]? failure)
    {
        _startNanos = _worker.NowNanos;
        _failures = Host.Failures;
        _connection = UpstreamConnector.Connect(_worker, Host, this, overrides, out failure);
        if (_connection is null)
        {
            return false;
        }

        UpstreamConnectionStats.Opened(_worker, Host);
        _connectTimer.Start((_cluster.Config.ConnectTimeoutNanos + 999_999) / 1_000_000);
        return true;
    }

    /// <summary>Takes the next request.</summary>
    internal Http2ClientStream Begin(IUpstreamCallbacks user, CircuitBreakers breakers)
    {
        _idleTimer.Stop();
        var frames = _session.OpenStream()!;
        if (!_free.TryPop(out var stream))
        {
            stream = new Http2ClientStream(this, _worker.Loop.Buffers);
        }

        stream.Begin(user, breakers, frames);
        stream.Index = _streams.Count;
        _streams.Add(stream);
        frames.Owner = stream;
        frames.Headers = user.ResponseHeaders;
        frames.Trailers = user.ResponseTrailers;
        _requestCount++;
        if (_options.MaxRequestsPerConnection > 0 && _requestCount >= _options.MaxRequestsPerConnection)
        {
            Count(ClusterStat.UpstreamCxMaxRequests);
            _draining = true;
        }

        Count(ClusterStat.UpstreamRqTotal);
        Count(ClusterStat.UpstreamRqActive);
        Host.Add(_worker.Index, HostStat.RqTotal);
        Host.Add(_worker.Index, HostStat.RqActive);
        return stream;
    }

    internal void Close() => _connection!.Close(CloseType.NoFlush);

    internal (long Begun, long Connected, long Handshake) ConnectTimes =>
        (_startNanos, _connectedNanos, TlsInfo is null ? 0 : _connectedNanos);

    public void OnConnected(Connection connection)
    {
        _connectTimer.Stop();
        if (_pool.MayFallBack)
        {
            // Envoy counts it again once the protocol is known.
            Count(ClusterStat.UpstreamCxTotal);
        }

        if (_pool.MayFallBack && !(connection.Tls is { } tls && tls.Alpn.SequenceEqual("h2"u8)))
        {
            _connectTimer.Remove();
            _idleTimer.Remove();
            _pool.FallBack(connection, _startNanos);
            return;
        }

        _connected = true;
        _connectedNanos = _worker.NowNanos;
        TlsInfo = UpstreamConnectionStats.Connected(_worker, Host, connection, _startNanos);
        Count(ClusterStat.UpstreamCxHttp2Total);
        _session.Start();
        connection.Send();
        if (_options.MaxConnectionDurationNanos > 0)
        {
            _durationTimer = new LoopTimer(_worker.Loop.Timers, this, DurationTimer);
            _durationTimer.Start(_options.MaxConnectionDurationNanos / 1_000_000);
        }

        if (_options.Http2.KeepaliveIntervalNanos > 0)
        {
            _pingTimer = new LoopTimer(_worker.Loop.Timers, this, PingTimer);
            _pingAnswerTimer = new LoopTimer(_worker.Loop.Timers, this, PingAnswerTimer);
            StartPingTimer();
        }

        _pool.OnConnected(this);
        StartIdle();
    }

    public void OnEndOfStream(Connection connection)
    {
        Process();
        connection.Close(CloseType.NoFlush);
    }

    public void OnAboveHighWatermark(Connection connection)
    {
        Count(ClusterStat.UpstreamFlowControlBackedUpTotal);
        for (var i = _streams.Count - 1; i >= 0; i--)
        {
            if (i < _streams.Count && !_streams[i].IsConnectionFull)
            {
                _streams[i].IsConnectionFull = true;
                _streams[i].User?.OnUpstreamAboveHighWatermark();
            }
        }
    }

    public void OnBelowLowWatermark(Connection connection)
    {
        Count(ClusterStat.UpstreamFlowControlDrainedTotal);
        FlushAll();
        for (var i = _streams.Count - 1; i >= 0; i--)
        {
            if (i < _streams.Count && _streams[i].IsConnectionFull)
            {
                _streams[i].IsConnectionFull = false;
                Resume(_streams[i]);
            }
        }
    }

    public void OnClosed(Connection connection, CloseReason reason)
    {
        _connectTimer.Remove();
        _idleTimer.Remove();
        _durationTimer?.Remove();
        _pingTimer?.Remove();
        _pingAnswerTimer?.Remove();
        UpstreamConnectionStats.Closed(_worker, Host, connection, reason, _startNanos, _streams.Count > 0);
        if (!_connected)
        {
            var text = UpstreamConnectionStats.ConnectFailed(_worker, Host, connection, reason, _timedOut);
            _pool.OnConnectFailed(_timedOut ? UpstreamResetReason.ConnectionTimeout
                : UpstreamResetReason.RemoteConnectionFailure, text);
            return;
        }

        _cluster.Http2Stats?.Add(_worker.Index, Http2Stat.StreamsActive, -_session.StreamCount);
        var why = _session.Error == Http2Error.None
            ? UpstreamResetReason.ConnectionTermination
            : UpstreamResetReason.ProtocolError;
        while (_streams.Count > 0)
        {
            var stream = _streams[^1];
            var user = stream.User;
            Finish(stream);
            user?.OnUpstreamReset(why);
        }

        _pool.OnConnectionClosed(this);
    }

    void ITimerTarget.OnTimer(LoopTimer timer)
    {
        switch (timer.Kind)
        {
            case ConnectTimer:
                Count(ClusterStat.UpstreamCxConnectTimeout);
                _timedOut = true;
                Close();
                break;
            case IdleTimer:
                Count(ClusterStat.UpstreamCxIdleTimeout);
                Close();
                break;
            case DurationTimer:
                Count(ClusterStat.UpstreamCxMaxDurationReached);
                _draining = true;
                CloseIfDrained();
                break;
            case PingTimer:
                _session.WritePing(_worker.NowNanos);
                _pingAnswerTimer!.Start((_options.Http2.KeepaliveTimeoutNanos + 999_999) / 1_000_000);
                _connection!.Send();
                break;
            default:
                _cluster.Http2Stats?.Add(_worker.Index, Http2Stat.KeepaliveTimeout);
                Close();
                break;
        }
    }

    Span<byte> IHttp2Owner.GetSpace(int minimum) => _connection!.Output.GetSpace(minimum);

    void IHttp2Owner.Commit(int length) => _connection!.Output.Commit(length);

    void IHttp2Owner.Count(Http2Stat stat, long amount)
    {
        if (stat != Http2Stat.Trailers)
        {
            _cluster.Http2Stats?.Add(_worker.Index, stat, amount);
        }
    }

    private void StartIdle()
    {
        if (_streams.Count > 0 || _connection!.State != ConnectionState.Open)
        {
            return;
        }

        if (_draining || Host.IsRemoved || _failures != Host.Failures)
        {
            Close();
        }
        else if (_options.IdleTimeoutNanos > 0)
        {
            _idleTimer.Start((_options.IdleTimeoutNanos + 999_999) / 1_000_000);
        }
    }

    private void CloseIfDrained()
    {
        if (_draining && _streams.Count == 0)
        {
            Close();
        }
    }

    private void StartPingTimer()
    {
        var millis = (_options.Http2.KeepaliveIntervalNanos + 999_999) / 1_000_000;
        var jitter = millis * _options.Http2.KeepaliveJitterPercent / 100;
        _pingTimer!.Start(millis + (jitter > 0 ? (long)(_worker.Random.Next() % (ulong)jitter) : 0));
    }

    private static void Resume(Http2ClientStream stream)
    {
        if (!stream.IsAboveHighWatermark && !stream.IsConnectionFull)
        {
            stream.User?.OnUpstreamBelowLowWatermark();
        }
    }

    private void Count(ClusterStat stat, long amount = 1) => _cluster.Stats.Add(_worker.Index, stat, amount);
}
