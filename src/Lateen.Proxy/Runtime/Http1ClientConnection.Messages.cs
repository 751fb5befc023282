using Lateen.Http;
using Lateen.Http.Http1;
using Lateen.Net;
using Lateen.Proxy.Clusters;
using Lateen.Proxy.Stats;

namespace Lateen.Proxy.Runtime;

/// <content>Requests out, responses in.</content>
internal sealed partial class Http1ClientConnection
{
    /// <summary>Of <c> HTTP/1.1</c>, the space before the path, and the line ends of it and of the head.</summary>
    private const int RequestLineBytes = 14;

    internal override void EncodeHeaders(HeaderMap headers, bool endStream)
    {
        var method = headers.Get(HeaderId.Method);
        _parser.AnswersHead = method.SequenceEqual("HEAD"u8);
        _parser.AnswersConnect = method.SequenceEqual("CONNECT"u8);
        _asksUpgrade = headers.Contains(HeaderId.Upgrade) && headers.Contains(HeaderId.Connection);
        _parser.AnswersUpgrade = _asksUpgrade;
        _chunkedRequest = false;
        if (!headers.Contains(HeaderId.ContentLength) && !_parser.AnswersConnect && !_asksUpgrade)
        {
            if (!endStream)
            {
                headers.Set(HeaderId.TransferEncoding, "chunked"u8);
                _chunkedRequest = true;
            }
            else if (UsuallyHasBody(method))
            {
                headers.Add(HeaderId.ContentLength, "0"u8);
            }
        }

        var output = _connection!.Output;
        var options = _cluster.Config.Http;
        var length = Http1Encoder.WriteRequest(
            headers, output.GetSpace(Http1Encoder.HeadBytesMax(headers)), options.HeaderCase,
            options.SendFullyQualifiedUrl);
        output.Commit(length);
        WireBytesSent += length;
        var path = headers.Get(HeaderId.Path);
        HeaderBytesSent += length - RequestLineBytes - method.Length
            - (path.IsEmpty ? headers.Get(HeaderId.Authority) : path).Length;
        headers.Remove(HeaderId.TransferEncoding);
        _requestDone = endStream;
        _connection.Send();
    }

    internal override void EncodeData(BufferChain data, int length, bool endStream)
    {
        var output = _connection!.Output;
        var before = output.Length;
        if (_chunkedRequest)
        {
            if (length > 0)
            {
                output.Commit(Http1Encoder.WriteChunkHead(length, output.GetSpace(Http1Encoder.ChunkHeadBytesMax)));
                data.MoveTo(output, length);
                output.Append(Http1Encoder.ChunkEnd);
            }

            if (endStream)
            {
                output.Append(Http1Encoder.LastChunk);
            }
        }
        else
        {
            data.MoveTo(output, length);
        }

        WireBytesSent += output.Length - before;

        // The end of one side does not end a tunnel over HTTP/1: there is no telling it from a client that has gone.
        _requestDone |= endStream;
        _connection.Send();
    }

    internal override void EncodeTrailers(HeaderMap trailers)
    {
        _requestDone = true;
        if (_chunkedRequest)
        {
            var output = _connection!.Output;
            if (trailers.Count > 0 && _cluster.Config.Http.EnableTrailers)
            {
                output.Commit(Http1Encoder.WriteTrailers(trailers,
                    output.GetSpace(Http1Encoder.HeadBytesMax(trailers))));
            }
            else
            {
                output.Append(Http1Encoder.LastChunk);
            }

            _connection.Send();
        }
    }

    internal override void Reset()
    {
        if (_user is null)
        {
            return;
        }

        FinishResponse();
        _connection!.Close(CloseType.NoFlush);
    }

    /// <summary>Reads the rest of a short response away (decision 0460), where a handshake made the connection dear. No
    /// next request comes before its end. What Envoy counts of a request given up is counted at once.</summary>
    internal override void Leave()
    {
        // Headers that have come are in the client's map, and how the body ends is among them.
        var isHeadCut = _parser.HasBegun && !_headDone;
        if (_user is null || _processing || _paused || isHeadCut || _connection!.Tls is null
            || !_connection.Output.IsEmpty || !_pool.MayKeep(this))
        {
            Reset();
            return;
        }

        if (!FinishResponse())
        {
            _connection.Close(CloseType.NoFlush);
            return;
        }

        _user = new ResponseDrain(this, DrainBytesMax);
        _isDraining = true;
        _timer.Start(DrainMsMax);
    }

    internal override void ReadDisable(bool disable)
    {
        if (_paused == disable || _connection is not { State: ConnectionState.Open } connection)
        {
            return;
        }

        _paused = disable;
        Count(disable
            ? ClusterStat.UpstreamFlowControlPausedReadingTotal
            : ClusterStat.UpstreamFlowControlResumedReadingTotal);
        connection.ReadDisable(disable);
        if (!disable && !connection.Input.IsEmpty && !_processing)
        {
            Process();
        }
    }

    private static bool UsuallyHasBody(ReadOnlySpan<byte> method) =>
        !method.SequenceEqual("GET"u8) && !method.SequenceEqual("HEAD"u8) && !method.SequenceEqual("DELETE"u8)
        && !method.SequenceEqual("TRACE"u8) && !method.SequenceEqual("CONNECT"u8);

    private void Process()
    {
        if (_processing)
        {
            return;
        }

        _processing = true;
        while (_connection!.State == ConnectionState.Open && _user is not null && !_paused)
        {
            if (!(_headDone ? ReadBody() : ReadHead()))
            {
                break;
            }
        }

        _processing = false;
        if (_user is null && _connection.State == ConnectionState.Open && !_connection.Input.IsEmpty)
        {
            // More than one response to one request.
            Count(ClusterStat.UpstreamCxProtocolError);
            _connection.Close(CloseType.NoFlush);
        }
    }

    private bool ReadHead()
    {
        var input = _connection!.Input;
        if (input.IsEmpty)
        {
            return false;
        }

        var user = _user!;
        if (!_parser.HasBegun)
        {
            user.ResponseHeaders.Clear();
        }

        var first = input.First;
        if (!_parser.HasBegun)
        {
            _statusLineBytes = first.IndexOf((byte)'\n') + 1;
        }

        var result = _parser.ReadHead(first, user.ResponseHeaders, out var consumed);
        input.Consume(consumed);
        WireBytesReceived += consumed;
        if (result == Http1Result.Invalid)
        {
            Fail();
            return false;
        }

        if (result == Http1Result.HeadDone)
        {
            OnHead(user);
            return true;
        }

        var rest = first.Length - consumed;
        if (input.Length == rest)
        {
            return false;
        }

        input.Coalesce(Math.Min(input.Length, HeaderBytesMax + 1));
        return input.First.Length > rest;
    }

    private void OnHead(IUpstreamCallbacks user)
    {
        var status = _parser.StatusCode;
        if (status < 200 && status != 101)
        {
            var (head, connect, upgrade) = (_parser.AnswersHead, _parser.AnswersConnect, _parser.AnswersUpgrade);
            _parser.BeginMessage();
            (_parser.AnswersHead, _parser.AnswersConnect, _parser.AnswersUpgrade) = (head, connect, upgrade);
            user.OnInformational(status);
            return;
        }

        _headDone = true;
        if (_parser.CloseAfter && !_closeAfter && _parser.Framing != Http1Framing.UntilClose)
        {
            Count(ClusterStat.UpstreamCxCloseNotify);
        }

        // Names, values, colons and line ends: neither the blanks after the colons nor the lines around.
        HeaderBytesReceived += WireBytesReceived - _statusLineBytes - 2 - (user.ResponseHeaders.Count - 1);
        _closeAfter |= _parser.CloseAfter;
        _isTunnel = _parser.Framing == Http1Framing.Tunnel;
        var endStream = _parser.Framing == Http1Framing.None;
        if (endStream)
        {
            CompleteResponse(user, status);
        }
        else
        {
            user.OnResponseHeaders(status, false);
        }
    }

    /// <summary>The connection is given back before the user learns of the end, so that a next request finds
    /// it.</summary>
    private void CompleteResponse(IUpstreamCallbacks user, int status)
    {
        var reusable = FinishResponse();
        user.OnResponseHeaders(status, true);
        GiveBack(reusable);
    }

    private bool ReadBody()
    {
        var input = _connection!.Input;
        var user = _user!;
        if (input.IsEmpty && !_parser.IsDone)
        {
            return false;
        }

        var first = input.First;
        var result = _parser.ReadBody(first, user.ResponseTrailers, out var skip, out var length);
        input.Consume(skip);
        WireBytesReceived += skip + length;
        switch (result)
        {
            case Http1Result.Data:
                if (!_parser.IsDone)
                {
                    user.OnResponseData(input, length, false);
                    return true;
                }

                var reusable = FinishResponse();
                user.OnResponseData(input, length, true);
                GiveBack(reusable);
                return false;
            case Http1Result.MessageDone:
                reusable = FinishResponse();
                if (_cluster.Config.Http.EnableTrailers && user.ResponseTrailers.Count > 0)
                {
                    user.OnResponseTrailers();
                }
                else
                {
                    user.ResponseTrailers.Clear();
                    user.OnResponseData(input, 0, true);
                }

                GiveBack(reusable);
                return false;
            case Http1Result.Invalid:
                Fail();
                return false;
            default:
                var rest = first.Length - skip;
                if (rest == 0)
                {
                    return input.Length > 0;
                }

                if (input.Length == rest)
                {
                    return false;
                }

                input.Coalesce(Math.Min(input.Length, HeaderBytesMax + 1));
                return input.First.Length > rest;
        }
    }

    private void Fail()
    {
        Count(ClusterStat.UpstreamCxProtocolError);
        _connection!.Close(CloseType.NoFlush);
    }

    /// <summary>The stream is over. True when the connection can serve another one.</summary>
    private bool FinishResponse()
    {
        if (_user is null)
        {
            return false;
        }

        _user = null;
        if (_isDraining)
        {
            _isDraining = false;
            _timer.Stop();
            return !_closeAfter && !_isTunnel;
        }

        _breakers!.Requests.Release();
        Count(ClusterStat.UpstreamRqActive, -1);
        Host.Add(_worker.Index, HostStat.RqActive, -1);
        if (_paused)
        {
            _paused = false;
            if (_connection!.State == ConnectionState.Open)
            {
                _connection.ReadDisable(false);
            }
        }

        var max = _cluster.Config.Http.MaxRequestsPerConnection;
        if (max > 0 && _requestCount >= max)
        {
            Count(ClusterStat.UpstreamCxMaxRequests);
            _closeAfter = true;
        }

        return !_closeAfter && _requestDone && !_isTunnel && !_asksUpgrade;
    }

    private void GiveBack(bool reusable)
    {
        if (_connection!.State != ConnectionState.Open)
        {
            return;
        }

        if (reusable && _connection.Input.IsEmpty)
        {
            _pool.Release(this);
            return;
        }

        if (reusable)
        {
            // More than the response that was asked for.
            Count(ClusterStat.UpstreamCxProtocolError);
        }

        _connection.Close(CloseType.NoFlush);
    }
}
