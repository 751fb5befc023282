using Lateen.Http;
using Lateen.Http.Http1;
using Lateen.Net;
using Lateen.Proxy.Stats;

namespace Lateen.Proxy.Runtime;

/// <content>Requests in.</content>
internal sealed partial class Http1ServerConnection
{
    /// <summary>Goes on with requests that came before their turn, once the upstream's connection is free
    /// again.</summary>
    private void ProcessLater()
    {
        if (!_isResumePosted)
        {
            _isResumePosted = Worker.Loop.TryPost(
                static state =>
                {
                    var self = (Http1ServerConnection)state!;
                    self._isResumePosted = false;
                    if (self.Connection.State == ConnectionState.Open && !self.Connection.IsInputEmpty)
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
        while (Connection.State == ConnectionState.Open)
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
        var pause = _requestDone && !Connection.IsInputEmpty && Connection.Input.Length > PipelineBytesMax;
        if (pause != _pipelinePaused && Connection.State == ConnectionState.Open)
        {
            _pipelinePaused = pause;
            Connection.ReadDisable(pause);
        }
    }

    private bool ReadHead()
    {
        var input = Connection.Input;
        if (input.IsEmpty)
        {
            return false;
        }

        var stream = _stream ?? BeginStream();
        var parser = stream.Http1!;
        var first = input.First;
        if (stream.Info.DownstreamWireBytesReceived == 0)
        {
            stream.RequestLineBytes = first.IndexOf((byte)'\n') + 1;
        }

        var result = parser.ReadHead(first, stream.Request, out var consumed);
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
        Connection.StopTimer();
        var stream = Worker.RentStream();
        stream.TakeHttp1(_config.Http1Limits);
        _stream = stream;
        _responseDone = false;
        _framing = ResponseFraming.AsIs;
        _isReset = false;
        stream.Begin(this, _config);
        // As in Envoy, the first byte makes the request, whatever becomes of it.
        Count(HttpStat.DownstreamRqHttp1Total);
        stream.OnBegun();
        return stream;
    }

    private void OnHead(HttpStream stream)
    {
        _headDone = true;
        _requestCount++;
        // Names, values, colons and line ends: neither the blanks after the colons nor the lines around.
        var request = stream.Request;
        request.MarkChecked();
        var parser = stream.Http1!;
        stream.Info.DownstreamHeaderBytesReceived = stream.Info.DownstreamWireBytesReceived
            - stream.RequestLineBytes - 2 - (request.Count - (request.Contains(HeaderId.Scheme) ? 3 : 2));
        if (_config.MaxRequestsPerConnection > 0 && _requestCount >= _config.MaxRequestsPerConnection)
        {
            Count(HttpStat.DownstreamCxMaxRequestsReached);
            _closeAfterResponse = true;
        }

        _closeAfterResponse |= parser.CloseAfter;
        var isUpgrade = parser.HasUpgrade && IsUpgrade(request);
        _requestDone = parser.Framing == Http1Framing.None && !isUpgrade;
        if (parser.Framing == Http1Framing.Tunnel || (isUpgrade && parser.Framing == Http1Framing.None))
        {
            _isTunnel = true;
            parser.BecomeTunnel();
        }

        stream.OnRequestHeaders(_requestDone, isUpgrade, parser.MinorVersion == 0);
    }

    /// <summary>h2c is not offered: such a request goes on as plain HTTP/1.1.</summary>
    private bool IsUpgrade(HeaderMap request)
    {
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
        var input = Connection.Input;
        var stream = _stream!;
        var parser = stream.Http1!;
        if (_streamPausedReading || (input.IsEmpty && !parser.IsDone))
        {
            return false;
        }

        var first = input.First;
        var result = parser.ReadBody(first, stream.RequestTrailers, out var skip, out var length);
        input.Consume(skip);
        stream.Info.DownstreamWireBytesReceived += skip + length;
        switch (result)
        {
            case Http1Result.Data:
                _requestDone = parser.IsDone;
                stream.OnRequestData(input, length, _requestDone);
                return Connection.State == ConnectionState.Open;
            case Http1Result.MessageDone:
                _requestDone = true;
                if (_config.Http1.EnableTrailers && stream.RequestTrailers.Count > 0)
                {
                    stream.OnRequestTrailers();
                }
                else
                {
                    stream.RequestTrailers.Clear();
                    stream.OnRequestData(input, 0, true);
                }

                return Connection.State == ConnectionState.Open;
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
        RefuseRest();
        stream.OnCodecError(stream.Http1!.Error, Protocol);
    }

    /// <summary>Nothing more is read; the connection ends with the response.</summary>
    private void RefuseRest()
    {
        CountReset();
        _closeAfterResponse = true;
        _delayClose = true;
        _headDone = true;
        _requestDone = true;
        Connection.Input.Clear();
    }
}
