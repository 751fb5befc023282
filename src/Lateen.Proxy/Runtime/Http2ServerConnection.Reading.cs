using Lateen.Http;
using Lateen.Http.Http2;
using Lateen.Net;
using Lateen.Proxy.Stats;
using Lateen.Proxy.Streams;

namespace Lateen.Proxy.Runtime;

/// <content>Requests in.</content>
internal sealed partial class Http2ServerConnection
{
    /// <summary>A stream that its client resets sooner, and unanswered, counts as premature.</summary>
    private const long PrematureNanos = 1_000_000_000;

    /// <summary>Streams over which the share of premature resets is judged.</summary>
    private const int PrematureTotalMin = 500;

    private static readonly byte[] RemoteReset = [.. "http2.remote_reset"u8];
    private static readonly byte[] RemoteRefuse = [.. "http2.remote_refuse"u8];

    private bool _processing;
    private int _streamsEnded;
    private int _prematureResets;

    internal override void OnData()
    {
        if (MayDispatch())
        {
            Process();
        }
    }

    internal override void Uncount() => Count(HttpStat.DownstreamCxHttp2Total, -1);

    internal override void DrainSoon() => StartDrain();

    /// <summary>Streams fail by themselves here: what has come goes unread where it is to be refused.</summary>
    internal override void AbortDispatch() => ForceGoAway();

    internal override void ForceGoAway()
    {
        if (!_isDraining)
        {
            _session.WriteGoAway(int.MaxValue, Http2ErrorCode.NoError);
        }

        _isDraining = true;
        _session.WriteGoAway(_session.LastPeerStreamId, Http2ErrorCode.NoError);
        if (_streams.Count > 0)
        {
            HttpConnectionStats.CutRequest(_owner, _config, false);
        }

        while (_streams.Count > 0)
        {
            var stream = _streams[^1];
            Count(HttpStat.DownstreamRqRxReset);
            stream.Http.OnCodecReset(ResponseFlags.None, ResponseDetails.ForcedGoAway);
            Finish(stream);
        }

        _connection.Input.Clear();
        _connection.Close(CloseType.FlushWriteAndDelay, _config.Timeouts.DelayedCloseNanos / 1_000_000);
    }

    private void Process()
    {
        if (_processing)
        {
            return;
        }

        _processing = true;
        var input = _connection.Input;
        while (_connection.State == ConnectionState.Open)
        {
            var happened = _session.Read(input.First, out var consumed);
            input.Consume(consumed);
            if (happened != Http2Event.NeedMore)
            {
                OnEvent(happened);
                continue;
            }

            var wanted = _session.BytesWanted;
            if (input.Length < wanted || (consumed == 0 && input.First.Length >= wanted))
            {
                break;
            }

            input.Coalesce(wanted);
        }

        _processing = false;
        if (_connection.State == ConnectionState.Open && !_connection.Output.IsEmpty)
        {
            _connection.Send();
        }
    }

    private void OnEvent(Http2Event happened)
    {
        var stream = _session.Stream?.Owner as Http2ServerStream;
        switch (happened)
        {
            case Http2Event.StreamBegun:
                BeginStream(_session.Stream!);
                break;
            case Http2Event.Headers:
                OnHeaders(stream!);
                break;
            case Http2Event.Data:
                OnBody(stream!);
                break;
            case Http2Event.Trailers:
                stream!.Http.Info.DownstreamWireBytesReceived += _session.HeaderBytes;
                stream.Http.Info.DownstreamHeaderBytesReceived += _session.HeaderBytes;
                stream.Http.Info.DownstreamDecompressedReceived += Decompressed(stream.Http.RequestTrailers);
                stream!.Http.OnRequestTrailers();
                break;
            case Http2Event.StreamReset:
                OnReset(stream!);
                break;
            case Http2Event.StreamError:
                Fail(stream!, _session.StreamFailure);
                break;
            case Http2Event.WindowOpened when stream is not null:
                Flush(stream);
                break;
            case Http2Event.WindowOpened or Http2Event.Settings:
                FlushAll();
                break;
            case Http2Event.PingAck:
                _pingAnswerTimer?.Stop();
                if (_pingTimer is not null)
                {
                    StartPingTimer();
                }

                break;
            case Http2Event.ConnectionError:
                OnConnectionError();
                break;
        }
    }

    private static int Decompressed(HeaderMap headers) =>
        Streams.StreamInfo.CountsDecompressed ? headers.ByteSize : 0;

    private void BeginStream(Http2Stream frames)
    {
        _connection.StopTimer();
        var http = _worker.RentStream();
        var stream = http.TakeHttp2();
        stream.Begin(this, frames);
        stream.Index = _streams.Count;
        _streams.Add(stream);
        frames.Owner = stream;
        frames.Headers = http.Request;
        frames.Trailers = http.RequestTrailers;
        Count(HttpStat.DownstreamRqHttp2Total);
        http.Begin(this, _config);
        http.OnBegun();
    }

    private void OnHeaders(Http2ServerStream stream)
    {
        var http = stream.Http;
        stream.IsHeadersSeen = true;
        http.Info.DownstreamWireBytesReceived += _session.HeaderBytes;
        http.Info.DownstreamHeaderBytesReceived += _session.HeaderBytes;
        http.Request.MarkChecked();
        http.Info.DownstreamDecompressedReceived += Decompressed(http.Request);
        _requestCount++;
        if (_config.MaxRequestsPerConnection > 0 && _requestCount >= _config.MaxRequestsPerConnection && !_isDraining)
        {
            Count(HttpStat.DownstreamCxMaxRequestsReached);
            StartDrain();
        }

        var request = http.Request;
        var isConnect = request.Get(HeaderId.Method).SequenceEqual("CONNECT"u8);
        stream.IsExtendedConnect = isConnect && request.Contains(HeaderId.Protocol);
        if (stream.IsExtendedConnect)
        {
            // Within the proxy it is the upgrade that HTTP/1 knows (RFC 8441 §5).
            request.Set(HeaderId.Method, "GET"u8);
            request.Set(HeaderId.Upgrade, request.Get(HeaderId.Protocol));
            request.Set(HeaderId.Connection, "upgrade"u8);
            request.Remove(HeaderId.Protocol);
        }

        http.OnRequestHeaders(_session.EndStream, stream.IsExtendedConnect, false);
    }

    private void OnBody(Http2ServerStream stream)
    {
        var (frames, length, end) = (stream.Frames, _session.DataLength, _session.EndStream);
        stream.Http.Info.DownstreamWireBytesReceived += length + _session.DataOverheadBytes;
        if (stream.IsReadPaused)
        {
            stream.Withheld += length;
        }
        else
        {
            _session.Consumed(frames, length);
        }

        stream.Http.OnRequestData(_connection.Input, length, end);
    }

    private void OnReset(Http2ServerStream stream)
    {
        var http = stream.Http;
        var isPremature = http.Info.ResponseCode == 0 && !http.ResponseStarted
            && _worker.NowNanos - http.Info.StartNanos < PrematureNanos;
        Count(HttpStat.DownstreamRqRxReset);
        var refused = _session.ErrorCode == Http2ErrorCode.RefusedStream;
        http.OnCodecReset(ResponseFlags.DownstreamRemoteReset, refused ? RemoteRefuse : RemoteReset);
        Finish(stream);
        if (isPremature)
        {
            _prematureResets++;
            CheckPrematureResets();
        }
    }

    /// <summary>Rapid reset (CVE-2023-44487): many requests begun and given up at once.</summary>
    private void CheckPrematureResets()
    {
        var total = Math.Max(_streamsEnded, PrematureTotalMin);
        if (_prematureResets * 2 < total)
        {
            return;
        }

        Count(HttpStat.DownstreamRqTooManyPrematureResets);
        Count(HttpStat.DownstreamCxProtocolError);
        _connection.Close(CloseType.AbortReset);
    }

    private void Fail(Http2ServerStream stream, Http2Error error)
    {
        Count(HttpStat.DownstreamRqRxReset);
        var isLimit = error is Http2Error.TooManyHeaders or Http2Error.HeadersTooLarge or Http2Error.Underscore;
        stream.Http.OnCodecReset(
            isLimit ? ResponseFlags.DownstreamRemoteReset : ResponseFlags.DownstreamProtocolError,
            Http2Errors.DetailsOf(error));
        Finish(stream);
    }

    private void OnConnectionError()
    {
        var error = _session.Error;
        if (!Http2Errors.IsFlood(error))
        {
            Count(HttpStat.DownstreamCxProtocolError);
        }

        var details = Http2Errors.DetailsOf(error);
        while (_streams.Count > 0)
        {
            var stream = _streams[^1];
            Count(HttpStat.DownstreamRqRxReset);
            stream.Http.OnCodecReset(ResponseFlags.DownstreamProtocolError, details);
            Finish(stream);
        }

        var isSilent = error is Http2Error.OutboundFlood or Http2Error.OutboundControlFlood;
        var millis = _config.Timeouts.DelayedCloseNanos / 1_000_000;
        _connection.Close(
            isSilent ? CloseType.NoFlush : millis > 0 ? CloseType.FlushWriteAndDelay : CloseType.FlushWrite, millis);
    }

    /// <summary>The connection is gone.</summary>
    private void CutOff(Http2ServerStream stream, bool remote)
    {
        var http = stream.Http;
        Count(HttpStat.DownstreamRqRxReset);
        if (stream.IsResponseDone && remote)
        {
            http.Info.ResponseFlags |= ResponseFlags.DownstreamConnectionTermination;
            http.Info.ResponseCodeDetails = ResponseDetails.DownstreamDisconnect;
        }

        Unlink(stream);
        http.OnDownstreamClosed(true, remote);
    }

    /// <summary>The stream is over on both sides: logs, statistics, back to the pools.</summary>
    private void Finish(Http2ServerStream stream)
    {
        _streamsEnded++;
        Unlink(stream);
        stream.Http.End();
        if (_streams.Count > 0 || _connection.State != ConnectionState.Open)
        {
            return;
        }

        StartIdleTimer();
        CloseIfDrained();
    }

    private void Unlink(Http2ServerStream stream)
    {
        var last = _streams[^1];
        _streams[stream.Index] = last;
        last.Index = stream.Index;
        _streams.RemoveAt(_streams.Count - 1);
        var frames = stream.Frames;
        stream.End();
        if (frames.IsClosed)
        {
            _session.Return(frames);
        }
    }
}
