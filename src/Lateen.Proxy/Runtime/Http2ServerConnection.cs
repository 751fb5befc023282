using Lateen.Http.Http2;
using Lateen.Net;
using Lateen.Proxy.Http;
using Lateen.Proxy.Stats;
using Lateen.Proxy.Streams;

namespace Lateen.Proxy.Runtime;

/// <summary>
/// HTTP/2 on a downstream connection: each stream is an <see cref="HttpStream"/> like those of HTTP/1. It drains by two
/// GOAWAYs with the drain time between them; then it waits for its streams.
/// </summary>
internal sealed partial class Http2ServerConnection : HttpServerCodec, IHttp2Owner, ITimerTarget
{
    private const int DurationTimer = 2;
    private const int DrainTimer = 3;
    private const int PingTimer = 4;
    private const int PingAnswerTimer = 5;

    private readonly DownstreamConnection _owner;
    private long _idleSinceNanos;
    private readonly Connection _connection;
    private readonly Worker _worker;
    private readonly HttpConnectionManagerConfig _config;
    private readonly Http2Session _session;
    private readonly List<Http2ServerStream> _streams = [];
    private LoopTimer? _durationTimer;
    private LoopTimer? _drainTimer;
    private LoopTimer? _pingTimer;
    private LoopTimer? _pingAnswerTimer;
    private bool _isDraining;
    private bool _isGoAwayFinal;
    private int _requestCount;

    internal Http2ServerConnection(DownstreamConnection owner, HttpConnectionManagerConfig config)
    {
        _owner = owner;
        _connection = owner.Connection;
        _worker = owner.Worker;
        _config = config;
        _session = new Http2Session(true, config.Http2.Limits, this);
    }

    internal override DownstreamConnection Owner => _owner;

    internal override HttpProtocol Protocol => HttpProtocol.Http2;

    internal override HttpConnectionManagerConfig Config => _config;

    int IHttp2Owner.UnsentBytes => _connection.Output.Length;

    internal override void Start()
    {
        HttpConnectionStats.Opened(_owner, _config);
        StartCodec();
    }

    internal override void StartCodec()
    {
        Count(HttpStat.DownstreamCxHttp2Total);
        Count(HttpStat.DownstreamCxHttp2Active);
        _session.Start();
        _connection.Send();
        StartIdleTimer();
        if (_config.Timeouts.MaxConnectionDurationNanos > 0)
        {
            _durationTimer = new LoopTimer(_worker.Loop.Timers, this, DurationTimer);
            _durationTimer.Start(Math.Max(1, DurationLeftMillis()));
        }

        if (_config.Http2.KeepaliveIntervalNanos > 0)
        {
            _pingTimer = new LoopTimer(_worker.Loop.Timers, this, PingTimer);
            _pingAnswerTimer = new LoopTimer(_worker.Loop.Timers, this, PingAnswerTimer);
            StartPingTimer();
        }
    }

    internal override void OnEndOfStream()
    {
        Process();
        _connection.Close(CloseType.NoFlush);
    }

    internal override void OnClosed(CloseReason reason)
    {
        _durationTimer?.Remove();
        _drainTimer?.Remove();
        _pingTimer?.Remove();
        _pingAnswerTimer?.Remove();
        Count(HttpStat.DownstreamCxHttp2Active, -1);
        var remote = HttpConnectionStats.Closed(_owner, _config, reason);
        if (_streams.Count > 0)
        {
            HttpConnectionStats.CutRequest(_owner, _config, remote);
        }

        _config.Http2Stats.Add(_worker.Index, Http2Stat.StreamsActive, -_session.StreamCount);
        while (_streams.Count > 0)
        {
            CutOff(_streams[^1], remote);
        }
    }

    internal override void OnAboveHighWatermark()
    {
        Count(HttpStat.DownstreamFlowControlPausedReadingTotal);
        for (var i = _streams.Count - 1; i >= 0; i--)
        {
            if (i < _streams.Count && !_streams[i].IsConnectionFull)
            {
                _streams[i].IsConnectionFull = true;
                Pause(_streams[i], true);
            }
        }
    }

    internal override void OnBelowLowWatermark()
    {
        Count(HttpStat.DownstreamFlowControlResumedReadingTotal);
        FlushAll();
        for (var i = _streams.Count - 1; i >= 0 && _connection.State == ConnectionState.Open; i--)
        {
            if (i < _streams.Count && _streams[i].IsConnectionFull)
            {
                _streams[i].IsConnectionFull = false;
                Pause(_streams[i], false);
            }
        }
    }

    internal override void OnDrain() => StartDrain();

    /// <summary>A refused message says nothing about the connection that brought it.</summary>
    internal override void CloseAfterResponse()
    {
    }

    internal void CollectStreams(List<Http2ServerStream> streams) => streams.AddRange(_streams);

    /// <summary>The stream holds more memory than there is.</summary>
    internal void ResetForOverload(Http2ServerStream stream)
    {
        Count(HttpStat.DownstreamRqRxReset);
        stream.Http.OnCodecReset(ResponseFlags.OverloadManagerTerminated, ResponseDetails.Overload);
        _session.ResetStream(stream.Frames, Http2ErrorCode.InternalError);
        Finish(stream);
        _connection.Send();
    }

    /// <summary>The peer opens no window for the end of a response.</summary>
    internal void OnFlushTimeout(Http2ServerStream stream)
    {
        _config.Http2Stats.Add(_worker.Index, Http2Stat.TxFlushTimeout);
        _session.ResetStream(stream.Frames, Http2ErrorCode.InternalError);
        Finish(stream);
        _connection.Send();
    }

    internal override void OnTimer()
    {
        if (IdleLeftMillis() is > 0 and var left)
        {
            _connection.StartTimer(left);
            return;
        }

        Count(HttpStat.DownstreamCxIdleTimeout);
        StartDrain();
    }

    void ITimerTarget.OnTimer(LoopTimer timer)
    {
        switch (timer.Kind)
        {
            case DurationTimer when DurationLeftMillis() is > 0 and var left:
                timer.Start(left);
                break;
            case DurationTimer:
                Count(HttpStat.DownstreamCxMaxDurationReached);
                StartDrain();
                break;
            case DrainTimer:
                EndDrain();
                break;
            case PingTimer:
                _session.WritePing(_worker.NowNanos);
                _pingAnswerTimer!.Start((_config.Http2.KeepaliveTimeoutNanos + 999_999) / 1_000_000);
                _connection.Send();
                break;
            default:
                _config.Http2Stats.Add(_worker.Index, Http2Stat.KeepaliveTimeout);
                _connection.Close(CloseType.NoFlush);
                break;
        }
    }

    Span<byte> IHttp2Owner.GetSpace(int minimum) => _connection.Output.GetSpace(minimum);

    void IHttp2Owner.Commit(int length) => _connection.Output.Commit(length);

    void IHttp2Owner.Count(Http2Stat stat, long amount) => _config.Http2Stats.Add(_worker.Index, stat, amount);

    /// <summary>Says that the end is near, so that requests under way are not lost.</summary>
    private void StartDrain()
    {
        if (_isDraining || _connection.State != ConnectionState.Open)
        {
            return;
        }

        _isDraining = true;
        _session.WriteGoAway(int.MaxValue, Http2ErrorCode.NoError);
        _connection.Send();
        _drainTimer = new LoopTimer(_worker.Loop.Timers, this, DrainTimer);
        _drainTimer.Start(Math.Max(1, _config.Timeouts.DrainNanos / 1_000_000));
    }

    private void EndDrain()
    {
        _isGoAwayFinal = true;
        _session.WriteGoAway(_session.LastPeerStreamId, Http2ErrorCode.NoError);
        _connection.Send();
        CloseIfDrained();
    }

    private void CloseIfDrained()
    {
        if (_isGoAwayFinal && _streams.Count == 0)
        {
            _connection.Close(
                _config.Timeouts.DelayedCloseNanos > 0 ? CloseType.FlushWriteAndDelay : CloseType.FlushWrite,
                _config.Timeouts.DelayedCloseNanos / 1_000_000);
        }
    }

    private long IdleLeftMillis() => _worker.Overload.LeftMillis(
        _worker.Overload.Scales.ConnectionIdle, _config.Timeouts.IdleNanos, _worker.NowNanos - _idleSinceNanos);

    private long DurationLeftMillis() => _worker.Overload.LeftMillis(
        _worker.Overload.Scales.ConnectionMax, _config.Timeouts.MaxConnectionDurationNanos,
        _worker.NowNanos - _owner.StartNanos);

    private void StartIdleTimer()
    {
        if (_config.Timeouts.IdleNanos > 0 && !_isDraining)
        {
            _idleSinceNanos = _worker.NowNanos;
            _connection.StartTimer(Math.Max(1, IdleLeftMillis()));
        }
    }

    private void StartPingTimer()
    {
        var millis = (_config.Http2.KeepaliveIntervalNanos + 999_999) / 1_000_000;
        var jitter = millis * _config.Http2.KeepaliveJitterPercent / 100;
        _pingTimer!.Start(millis + (jitter > 0 ? (long)(_worker.Random.Next() % (ulong)jitter) : 0));
    }

    private static void Pause(Http2ServerStream stream, bool pause)
    {
        if (pause)
        {
            stream.Http.OnDownstreamAboveHighWatermark();
        }
        else if (!stream.IsAboveHighWatermark && !stream.IsConnectionFull)
        {
            stream.Http.OnDownstreamBelowLowWatermark();
        }
    }

    private void Count(HttpStat stat, long amount = 1) => _config.Stats.Add(_worker.Index, stat, amount);
}
