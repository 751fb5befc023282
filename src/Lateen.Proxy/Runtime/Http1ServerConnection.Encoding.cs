using Lateen.Http;
using Lateen.Http.Http1;
using Lateen.Net;
using Lateen.Proxy.Stats;

namespace Lateen.Proxy.Runtime;

/// <content>Responses: framing, and what follows the last byte.</content>
internal sealed partial class Http1ServerConnection
{
    /// <summary>Of <c>HTTP/1.1 200 </c> and the line ends of it and of the head.</summary>
    private const int StatusLineBytes = 17;

    internal override void EncodeInformational(HttpStream stream, HeaderMap headers)
    {
        if (headers.Get(HeaderId.Status).SequenceEqual("100"u8))
        {
            if (stream.HasContinued)
            {
                return;
            }

            stream.HasContinued = true;
        }

        WriteHead(stream, headers);
        Connection.Send();
    }

    internal override void EncodeHeaders(HttpStream stream, HeaderMap headers, bool endStream)
    {
        var status = stream.Info.ResponseCode;
        var isTunnel = _isTunnel && (status == 101 || (stream.IsConnect && status is >= 200 and < 300));
        _isTunnel = isTunnel;
        ChooseFraming(stream, headers, status, endStream, isTunnel);
        if (!_requestDone && !isTunnel)
        {
            // The rest of the request is not waited for: it would be taken for the next one.
            Count(HttpStat.DownstreamRqResponseBeforeRqComplete);
            _closeAfterResponse = true;
        }

        if (_owner.ShouldClose && !isTunnel && !_closeAfterResponse)
        {
            Count(HttpStat.DownstreamCxDrainClose);
            _closeAfterResponse = true;
            _delayClose = true;
        }
        else if (!isTunnel && !_closeAfterResponse && _owner.IsKeepAliveOff)
        {
            Count(HttpStat.DownstreamCxOverloadDisableKeepalive);
            Count(HttpStat.DownstreamCxDrainClose);
            _closeAfterResponse = true;
            _delayClose = true;
        }

        _closeAfterResponse |= _framing == ResponseFraming.UntilClose;
        if (_closeAfterResponse && !isTunnel)
        {
            headers.Set(HeaderId.Connection, "close"u8);
        }
        else if (stream.Http1!.MinorVersion == 0 && !isTunnel)
        {
            headers.Set(HeaderId.Connection, "keep-alive"u8);
        }

        var head = WriteHead(stream, headers);
        stream.Info.DownstreamWireBytesSent += head;
        stream.Info.DownstreamHeaderBytesSent += head - StatusLineBytes - ReasonPhrases.Get(status).Length;
        RemoveFraming(headers);
        Connection.Send();
    }

    internal override void EncodeData(HttpStream stream, BufferChain data, int length, bool endStream)
    {
        var output = Connection.Output;
        var before = output.Length;
        if (stream.IsHead)
        {
            data.Consume(length);
        }
        else if (_framing == ResponseFraming.Chunked)
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

        stream.Info.DownstreamWireBytesSent += output.Length - before;
        Connection.Send();
    }

    internal override void EncodeTrailers(HttpStream stream, HeaderMap trailers)
    {
        if (_framing != ResponseFraming.Chunked || stream.IsHead)
        {
            return;
        }

        var output = Connection.Output;
        if (_config.Http1.EnableTrailers && trailers.Count > 0)
        {
            output.Commit(Http1Encoder.WriteTrailers(trailers, output.GetSpace(Http1Encoder.HeadBytesMax(trailers))));
        }
        else
        {
            output.Append(Http1Encoder.LastChunk);
        }

        Connection.Send();
    }

    internal override void ResetStream(HttpStream stream)
    {
        CountReset();
        if (Connection.State is ConnectionState.Open or ConnectionState.Closing)
        {
            // The client must not take a cut-off body for a whole one.
            Connection.Close(
                stream.ResponseStarted ? CloseType.FlushWriteAndDelay : CloseType.NoFlush, DelayedCloseMillis);
        }
    }

    internal override void ReadDisable(HttpStream stream, bool disable)
    {
        if (_streamPausedReading == disable || Connection.State is not ConnectionState.Open)
        {
            return;
        }

        _streamPausedReading = disable;
        Connection.ReadDisable(disable);
        if (!disable && !_processing && !Connection.IsInputEmpty)
        {
            Process();
        }
    }

    internal override void CloseAfterResponse() => _closeAfterResponse = true;

    internal override void OnResponseDone(HttpStream stream)
    {
        if (!ReferenceEquals(_stream, stream) || _responseDone)
        {
            return;
        }

        _responseDone = true;
        var mustClose = _closeAfterResponse || !_requestDone;
        _delayClose |= !_requestDone || _durationTimer is not null || IsDirectResponse(stream);
        _stream = null;
        _headDone = false;
        _requestDone = false;
        _isTunnel = false;
        ResumeReading();
        stream.End();
        if (Connection.State != ConnectionState.Open)
        {
            return;
        }

        if (mustClose)
        {
            Connection.Close(
                _delayClose && DelayedCloseMillis > 0 ? CloseType.FlushWriteAndDelay : CloseType.FlushWrite,
                DelayedCloseMillis);
            return;
        }

        StartIdleTimer();
        if (!_processing && !Connection.IsInputEmpty)
        {
            ProcessLater();
        }
        else
        {
            PausePipeline();
        }
    }

    /// <summary>
    /// The stream that held reading up is over. What waits is not looked at here: of a request that was answered early
    /// it is body still, and never the next request.
    /// </summary>
    private void ResumeReading()
    {
        if (_streamPausedReading && Connection.State == ConnectionState.Open)
        {
            _streamPausedReading = false;
            Connection.ReadDisable(false);
        }
    }

    /// <summary>An answer of the proxy itself comes before the request counts as over.</summary>
    private static bool IsDirectResponse(HttpStream stream) => stream.Info.AttemptCount == 0;

    /// <summary>What the codec has added is not the response's own: logs do not see it.</summary>
    private void RemoveFraming(HeaderMap headers)
    {
        if (_framing == ResponseFraming.Chunked)
        {
            headers.Remove(HeaderId.TransferEncoding);
        }
        else if (_framing == ResponseFraming.NoLength)
        {
            headers.Remove(HeaderId.ContentLength);
        }
    }

    private void ChooseFraming(HttpStream stream, HeaderMap headers, int status, bool endStream, bool isTunnel)
    {
        _framing = ResponseFraming.AsIs;
        if (status is < 200 or 204 && !isTunnel)
        {
            // Such responses have no length, not even none.
            headers.Remove(HeaderId.ContentLength);
            return;
        }

        if (isTunnel || headers.Contains(HeaderId.ContentLength))
        {
            return;
        }

        if (endStream && !stream.IsHead)
        {
            if (status != 304)
            {
                headers.Add(HeaderId.ContentLength, "0"u8);
                _framing = ResponseFraming.NoLength;
            }

            return;
        }

        if (stream.Http1!.MinorVersion == 0)
        {
            _framing = ResponseFraming.UntilClose;
            return;
        }

        if (status != 304)
        {
            headers.Set(HeaderId.TransferEncoding, "chunked"u8);
            _framing = ResponseFraming.Chunked;
        }
    }

    private int WriteHead(HttpStream stream, HeaderMap headers)
    {
        var output = Connection.Output;
        var space = output.GetSpace(Http1Encoder.HeadBytesMax(headers));
        var length = Http1Encoder.WriteResponse(
            headers, space, _config.Http1.HeaderCase,
            stream.Http1!.MinorVersion == 0 && _config.Http1.AcceptHttp10);
        output.Commit(length);
        return length;
    }
}
