using Lateen.Http;
using Lateen.Http.Http1;
using Lateen.Net;
using Lateen.Proxy.Http;
using Lateen.Proxy.Stats;
using Lateen.Proxy.Streams;

namespace Lateen.Proxy.Runtime;

/// <summary>
/// HTTP/1 on a downstream connection: one stream at a time; pipelined requests wait in the input. A stream is held only
/// while there is a request.
/// </summary>
internal sealed partial class Http1ServerConnection : HttpServerCodec, ITimerTarget
{
    /// <summary>Bytes of later requests that may wait before reading stops.</summary>
    private const int PipelineBytesMax = 64 * 1024;

    private const int IdleTimer = 1;
    private const int DurationTimer = 2;

    private static readonly Http1Limits DefaultLimits = new() { IsLenient = true };

    private readonly DownstreamConnection _owner;
    private readonly Connection _connection;
    private readonly Worker _worker;
    private readonly HttpConnectionManagerConfig _config;
    private readonly Http1Parser _parser;
    private readonly LoopTimer _idleTimer;
    private LoopTimer? _durationTimer;
    private HttpStream? _stream;
    private int _requestCount;
    private bool _headDone;
    private bool _requestDone;
    private bool _responseDone;
    private bool _isTunnel;
    private int _requestLineBytes;
    private bool _addedLength;
    private bool _processing;
    private bool _pipelinePaused;
    private bool _closeAfterResponse;
    private bool _delayClose;
    private bool _isResumePosted;
    private bool _chunkedResponse;
    private bool _closeDelimited;
    private bool _streamPausedReading;

    internal Http1ServerConnection(DownstreamConnection owner, HttpConnectionManagerConfig config)
    {
        _owner = owner;
        _connection = owner.Connection;
        _worker = owner.Worker;
        _config = config;
        _parser = new Http1Parser(true, LimitsOf(config));
        _idleTimer = new LoopTimer(_worker.Loop.Timers, this, IdleTimer);
    }

    internal override DownstreamConnection Owner => _owner;

    internal override HttpProtocol Protocol => _parser.MinorVersion == 0 && _config.Http1.AcceptHttp10
        ? HttpProtocol.Http10
        : HttpProtocol.Http11;

    internal HttpConnectionManagerConfig Config => _config;

    internal override void Start()
    {
        HttpConnectionStats.Opened(_owner, _config);
        StartCodec();
    }

    internal override void StartCodec()
    {
        Count(HttpStat.DownstreamCxHttp1Total);
        Count(HttpStat.DownstreamCxHttp1Active);
        StartIdleTimer();
        if (_config.MaxConnectionDurationNanos > 0)
        {
            _durationTimer = new LoopTimer(_worker.Loop.Timers, this, DurationTimer);
            _durationTimer.Start(_config.MaxConnectionDurationNanos / 1_000_000);
        }
    }

    internal override void OnData() => Process();

    internal override void OnEndOfStream()
    {
        // Envoy takes an early end, also of a tunnel, for a client that has gone.
        Process();
        _connection.Close(CloseType.NoFlush);
    }

    internal override void OnClosed(CloseReason reason)
    {
        _idleTimer.Remove();
        _durationTimer?.Remove();
        Count(HttpStat.DownstreamCxHttp1Active, -1);
        var remote = HttpConnectionStats.Closed(_owner, _config, reason);
        if (_connection.HasDelayExpired)
        {
            Count(HttpStat.DownstreamCxDelayedCloseTimeout);
        }

        if (_stream is { } stream)
        {
            if (_headDone && !_responseDone)
            {
                HttpConnectionStats.CutRequest(_owner, _config, remote);
            }

            _stream = null;
            stream.OnDownstreamClosed(_headDone, remote);
        }
    }

    internal override void OnAboveHighWatermark()
    {
        Count(HttpStat.DownstreamFlowControlPausedReadingTotal);
        _stream?.OnDownstreamAboveHighWatermark();
    }

    internal override void OnBelowLowWatermark()
    {
        Count(HttpStat.DownstreamFlowControlResumedReadingTotal);
        _stream?.OnDownstreamBelowLowWatermark();
    }

    void ITimerTarget.OnTimer(LoopTimer timer)
    {
        if (timer.Kind == DurationTimer)
        {
            if (_closeAfterResponse && _stream is null)
            {
                // The drain time is over.
                _connection.Close(CloseType.FlushWriteAndDelay, DelayedCloseMillis);
                return;
            }

            if (!_closeAfterResponse)
            {
                Count(HttpStat.DownstreamCxMaxDurationReached);
            }

            _closeAfterResponse = true;
            _durationTimer!.Start(Math.Max(1, _config.DrainTimeoutNanos / 1_000_000));
            return;
        }

        Count(HttpStat.DownstreamCxIdleTimeout);
        _connection.Close(CloseType.FlushWriteAndDelay, DelayedCloseMillis);
    }

    private long DelayedCloseMillis => _config.DelayedCloseTimeoutNanos / 1_000_000;

    private static Http1Limits LimitsOf(HttpConnectionManagerConfig config)
    {
        var options = config.Http1;
        if (config is { MaxRequestHeadersKb: 60, MaxHeadersCount: 100 }
            && options is
            {
                AllowChunkedLength: false, AllowCustomMethods: false, AllowAbsoluteUrl: true,
                HeaderKeyFormat: not "preserve",
            })
        {
            return DefaultLimits;
        }

        return new Http1Limits
        {
            IsLenient = true,
            AllowCustomMethods = options.AllowCustomMethods,
            AllowAbsoluteUrl = options.AllowAbsoluteUrl,
            KeepsNames = options.HeaderKeyFormat == "preserve",
            HeaderBytesMax = config.MaxRequestHeadersKb * 1024,
            HeaderCountMax = config.MaxHeadersCount,
            AllowChunkedLength = config.Http1.AllowChunkedLength,
        };
    }

    /// <summary>Goes on with requests that came before their turn, once the upstream's connection is free
    /// again.</summary>
    private void ProcessLater()
    {
        if (!_isResumePosted)
        {
            _isResumePosted = _worker.Loop.TryPost(
                static state =>
                {
                    var self = (Http1ServerConnection)state!;
                    self._isResumePosted = false;
                    if (self._connection.State == ConnectionState.Open && !self._connection.Input.IsEmpty)
                    {
                        self.Process();
                    }
                },
                this);
        }
    }

    private void Process()
    {
        if (_processing)
        {
            return;
        }

        _processing = true;
        while (_connection.State == ConnectionState.Open)
        {
            var goesOn = !_headDone ? ReadHead() : !_requestDone && ReadBody();
            if (!goesOn)
            {
                break;
            }
        }

        _processing = false;
        PausePipeline();
    }

    private void PausePipeline()
    {
        var pause = _requestDone && _connection.Input.Length > PipelineBytesMax;
        if (pause != _pipelinePaused && _connection.State == ConnectionState.Open)
        {
            _pipelinePaused = pause;
            _connection.ReadDisable(pause);
        }
    }

    private bool ReadHead()
    {
        var input = _connection.Input;
        if (input.IsEmpty)
        {
            return false;
        }

        var stream = _stream ?? BeginStream();
        var first = input.First;
        if (stream.Info.DownstreamWireBytesReceived == 0)
        {
            _requestLineBytes = first.IndexOf((byte)'\n') + 1;
        }

        var result = _parser.ReadHead(first, stream.Request, out var consumed);
        input.Consume(consumed);
        stream.Info.DownstreamWireBytesReceived += consumed;
        switch (result)
        {
            case Http1Result.HeadDone:
                OnHead(stream);
                return true;
            case Http1Result.Invalid:
                OnCodecError(stream);
                return false;
            default:
                var rest = first.Length - consumed;
                if (input.Length == rest)
                {
                    return false;
                }

                // A line crosses two blocks.
                input.Coalesce(Math.Min(input.Length, (_config.MaxRequestHeadersKb * 1024) + 1));
                return input.First.Length > rest;
        }
    }

    private HttpStream BeginStream()
    {
        _idleTimer.Stop();
        _parser.BeginMessage();
        var stream = _worker.RentStream();
        _stream = stream;
        _responseDone = false;
        _chunkedResponse = false;
        _closeDelimited = false;
        stream.Begin(this, _config);
        return stream;
    }

    private void OnHead(HttpStream stream)
    {
        _headDone = true;
        _requestCount++;
        // Names, values, colons and line ends: neither the blanks after the colons nor the lines around.
        var request = stream.Request;
        stream.Info.DownstreamHeaderBytesReceived = stream.Info.DownstreamWireBytesReceived - _requestLineBytes - 2
            - (request.Count - (request.Contains(HeaderId.Scheme) ? 3 : 2));
        Count(HttpStat.DownstreamRqHttp1Total);
        if (_config.MaxRequestsPerConnection > 0 && _requestCount >= _config.MaxRequestsPerConnection)
        {
            Count(HttpStat.DownstreamCxMaxRequestsReached);
            _closeAfterResponse = true;
        }

        _closeAfterResponse |= _parser.CloseAfter;
        var isUpgrade = IsUpgrade(stream.Request);
        _requestDone = _parser.Framing == Http1Framing.None && !isUpgrade;
        if (_parser.Framing == Http1Framing.Tunnel || (isUpgrade && _parser.Framing == Http1Framing.None))
        {
            _isTunnel = true;
            _parser.BecomeTunnel();
        }

        stream.OnRequestHeaders(_requestDone, isUpgrade, _parser.MinorVersion == 0);
    }

    /// <summary>h2c is not offered: such a request goes on as plain HTTP/1.1.</summary>
    private bool IsUpgrade(HeaderMap request)
    {
        if (!_parser.HasUpgrade)
        {
            return false;
        }

        var upgrade = request.Get(HeaderId.Upgrade);
        if (!System.Text.Ascii.EqualsIgnoreCase(upgrade, "h2c"u8) && !IsIgnored(upgrade))
        {
            return true;
        }

        request.Remove(HeaderId.Upgrade);
        request.Remove(HeaderId.Http2Settings);
        request.Remove(HeaderId.Connection);
        return false;
    }

    private bool IsIgnored(ReadOnlySpan<byte> upgrade)
    {
        foreach (var matcher in _config.Http1.IgnoredUpgrades)
        {
            if (matcher.IsMatch(upgrade))
            {
                return true;
            }
        }

        return false;
    }

    private bool ReadBody()
    {
        var input = _connection.Input;
        var stream = _stream!;
        if (_streamPausedReading || (input.IsEmpty && !_parser.IsDone))
        {
            return false;
        }

        var first = input.First;
        var result = _parser.ReadBody(first, stream.RequestTrailers, out var skip, out var length);
        input.Consume(skip);
        stream.Info.DownstreamWireBytesReceived += skip + length;
        switch (result)
        {
            case Http1Result.Data:
                _requestDone = _parser.IsDone;
                stream.OnRequestData(input, length, _requestDone);
                return _connection.State == ConnectionState.Open;
            case Http1Result.MessageDone:
                _requestDone = true;
                stream.OnRequestTrailers();
                return _connection.State == ConnectionState.Open;
            case Http1Result.Invalid:
                OnCodecError(stream);
                return false;
            default:
                var rest = first.Length - skip;
                if (input.Length == rest || rest == 0)
                {
                    return rest == 0 && input.Length > 0;
                }

                input.Coalesce(Math.Min(input.Length, (_config.MaxRequestHeadersKb * 1024) + 1));
                return input.First.Length > rest;
        }
    }

    private void OnCodecError(HttpStream stream)
    {
        Count(HttpStat.DownstreamCxProtocolError);
        Count(HttpStat.DownstreamRqResponseBeforeRqComplete, stream.ResponseStarted ? 0 : 1);
        _closeAfterResponse = true;
        _delayClose = true;
        _headDone = true;
        _requestDone = true;
        _connection.Input.Clear();
        stream.OnCodecError(_parser.Error, Protocol);
    }

    private void StartIdleTimer()
    {
        if (_config.IdleTimeoutNanos > 0)
        {
            _idleTimer.Start(_worker.Overload.ScaleIdle(_config.IdleTimeoutNanos) / 1_000_000);
        }
    }

    private void Count(HttpStat stat, long amount = 1) => _config.Stats.Add(_worker.Index, stat, amount);
}
