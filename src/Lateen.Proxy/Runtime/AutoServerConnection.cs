using Lateen.Http.Http2;
using Lateen.Net;
using Lateen.Proxy.Http;
using Lateen.Proxy.Stats;

namespace Lateen.Proxy.Runtime;

/// <summary>
/// A connection whose HTTP version is not known yet: by ALPN when TLS agreed on a protocol, else by its first bytes.
/// Once it is known the codec takes this one's place.
/// </summary>
internal sealed class AutoServerConnection : TerminalFilter, ITimerTarget
{
    /// <summary>The first line of the preface decides; what follows is the codec's to check.</summary>
    private const int PrefaceBytes = 16;

    private readonly DownstreamConnection _owner;
    private readonly HttpConnectionManagerConfig _config;
    private LoopTimer? _durationTimer;
    private bool _isDurationOver;
    private bool _hasDispatched;

    internal AutoServerConnection(DownstreamConnection owner, HttpConnectionManagerConfig config)
    {
        _owner = owner;
        _config = config;
    }

    internal override void Start()
    {
        HttpConnectionStats.Opened(_owner, _config);
        if (_owner.Connection.Tls is { } tls && !tls.Alpn.IsEmpty)
        {
            Become(tls.Alpn.SequenceEqual("h2"u8));
        }
        else if (_config.Timeouts.IdleNanos > 0)
        {
            _owner.Connection.StartTimer(Math.Max(1, IdleLeftMillis()));
        }

        if (_config.Timeouts.MaxConnectionDurationNanos > 0 && _owner.Connection.State == ConnectionState.Open
            && ReferenceEquals(_owner.Terminal, this))
        {
            _durationTimer = new LoopTimer(_owner.Worker.Loop.Timers, this);
            _durationTimer.Start(Math.Max(1, DurationLeftMillis()));
        }
    }

    internal override void OnData()
    {
        if (!_hasDispatched && !OverloadGate.CheckCodec(_owner, _config))
        {
            return;
        }

        _hasDispatched = true;
        var preface = Http2Session.Preface[..PrefaceBytes];
        var input = _owner.Connection.Input;
        var first = input.Coalesce(preface.Length);
        var shared = Math.Min(first.Length, preface.Length);
        var isPreface = first[..shared].SequenceEqual(preface[..shared]);
        if (isPreface && shared < preface.Length)
        {
            return;
        }

        Become(isPreface).OnData();
    }

    internal override void OnEndOfStream()
    {
        if (_owner.Connection.IsInputEmpty)
        {
            _owner.Connection.Close(CloseType.NoFlush);
        }
        else
        {
            Become(false).OnEndOfStream();
        }
    }

    internal override void OnClosed(CloseReason reason)
    {
        _durationTimer?.Remove();
        HttpConnectionStats.Closed(_owner, _config, reason);
    }

    void ITimerTarget.OnTimer(LoopTimer timer) => OnDurationOver();

    internal override void OnTimer()
    {
        if (IdleLeftMillis() is > 0 and var left)
        {
            _owner.Connection.StartTimer(left);
            return;
        }

        _config.Stats.Add(_owner.Worker.Index, HttpStat.DownstreamCxIdleTimeout);
        _owner.Connection.Close(CloseType.FlushWrite);
    }

    private long IdleLeftMillis() => LeftMillis(
        _owner.Worker.Overload.Scales.ConnectionIdle, _config.Timeouts.IdleNanos);

    private long DurationLeftMillis() => LeftMillis(
        _owner.Worker.Overload.Scales.ConnectionMax, _config.Timeouts.MaxConnectionDurationNanos);

    // Nothing has come by: all that is waited for began with the connection.
    private long LeftMillis(double least, long nanos) =>
        _owner.Worker.Overload.LeftMillis(least, nanos, _owner.Worker.NowNanos - _owner.StartNanos);

    /// <summary>Nobody has said anything: the drain time is waited for, and then it is over.</summary>
    private void OnDurationOver()
    {
        if (_isDurationOver)
        {
            _owner.Connection.Close(CloseType.FlushWrite);
            return;
        }

        if (DurationLeftMillis() is > 0 and var left)
        {
            _durationTimer!.Start(left);
            return;
        }

        _isDurationOver = true;
        _config.Stats.Add(_owner.Worker.Index, HttpStat.DownstreamCxMaxDurationReached);
        _durationTimer!.Start(Math.Max(1, _config.Timeouts.DrainNanos / 1_000_000));
    }

    private HttpServerCodec Become(bool http2)
    {
        _owner.Connection.StopTimer();
        _durationTimer?.Remove();
        HttpServerCodec codec = http2
            ? new Http2ServerConnection(_owner, _config)
            : new Http1ServerConnection(_owner, _config);
        codec.HasDispatched = _hasDispatched;
        _owner.Replace(codec);
        codec.StartCodec();
        return codec;
    }
}
