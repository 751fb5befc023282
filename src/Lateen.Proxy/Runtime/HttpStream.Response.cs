using System.Buffers.Text;
using Lateen.Http;
using Lateen.Net;
using Lateen.Proxy.Filters;

namespace Lateen.Proxy.Runtime;

/// <content>The response's way: from the router or a local reply through the filters to the codec.</content>
internal sealed partial class HttpStream
{
    /// <summary>Bytes of a response's body that may wait for filters.</summary>
    internal const int HeldResponseBytesMax = 1024 * 1024;

    private int _responseFilter;
    private bool _encoding;
    private bool _inResponseFilter;
    private bool _responseContinued;
    private bool _responseBodyWanted;
    private bool _responseHeldBack;

    /// <summary>The response does not end with its headers.</summary>
    internal bool ResponseHasBody { get; private set; }

    /// <summary>The filters see this response already, or it is sent.</summary>
    internal bool IsEncoding => _encoding;

    /// <summary>Sends the headers in <see cref="Response"/>.</summary>
    internal void EncodeHeaders(bool endStream)
    {
        Touch();
        Info.ResponseHeaders = Response;
        ResponseHasBody = !endStream;
        NoteResponseCode();
        if (_encoding)
        {
            // A reply in place of a response that filters have begun with: it goes past them.
            SendResponseHeaders();
            return;
        }

        _encoding = true;
        _responseFilter = Filters.Length - 1;
        RunResponseFilters();
    }

    /// <summary>Filters of an attempt are about to see its answer.</summary>
    internal void NoteAttemptResponse(bool hasBody) => ResponseHasBody = hasBody;

    /// <summary>From now on the response's body goes through <paramref name="stage"/>.</summary>
    internal void AddResponseStage(BodyStage stage) => ResponsePath.Add(stage);

    /// <summary>A filter that holds the headers gives the response a body of its own, or a changed one.</summary>
    internal void ReplaceResponseBody(ReadOnlySpan<byte> body)
    {
        ResponsePath.Held.Clear();
        ResponsePath.Held.Append(body);
        if (!ResponseHasBody)
        {
            ResponseHasBody = !body.IsEmpty;
            ResponsePath.End = BodyEnd.Data;
        }
    }

    /// <summary>A filter that holds the headers ends the response with them.</summary>
    internal void DropResponseBody()
    {
        ResponsePath.Held.Clear();
        ResponsePath.End = BodyEnd.None;
        ResponseTrailers.Clear();
        ResponseHasBody = false;
    }

    /// <summary>A filter that kept the response's headers back lets them go on.</summary>
    internal void ContinueResponse()
    {
        if (IsOver || ResponseStarted)
        {
            return;
        }

        if (Router.FiltersResponse)
        {
            Router.ResumeResponse();
            return;
        }

        if (_inResponseFilter)
        {
            _responseContinued = true;
            return;
        }

        Touch();
        if (ResponsePath.HasStages)
        {
            ResponsePath.Advance();
        }

        if (ApplyResponse(Filters[_responseFilter].OnResponseContinued(this)))
        {
            _responseFilter--;
            RunResponseFilters();
        }
    }

    internal void EncodeData(BufferChain data, int length, bool endStream)
    {
        Touch();
        if (ResponsePath.HasStages)
        {
            ResponsePath.Push(0, data, length, endStream);
        }
        else
        {
            OnResponsePassed(data, length, endStream);
        }
    }

    /// <summary>Ends the response with the trailers in <see cref="ResponseTrailers"/>, which may be none.</summary>
    internal void EncodeTrailers()
    {
        Touch();
        ResponsePath.PushTrailers(0);
    }

    /// <summary>The response's body has passed all stages so far: it goes downstream or waits.</summary>
    internal void OnResponsePassed(BufferChain data, int length, bool endStream)
    {
        if (IsOver)
        {
            data.Consume(length);
            return;
        }

        if (!ResponseStarted)
        {
            HoldResponse(data, length, endStream);
            return;
        }

        if (!IsHead)
        {
            Info.BytesSent += length;
        }

        Codec.EncodeData(this, data, length, endStream);
        if (endStream)
        {
            OnResponseComplete();
        }
    }

    internal void OnResponseTrailersPassed()
    {
        if (IsOver)
        {
            return;
        }

        if (!ResponseStarted)
        {
            ResponsePath.End = BodyEnd.Trailers;
            OfferResponseBody();
            return;
        }

        Codec.EncodeTrailers(this, ResponseTrailers);
        OnResponseComplete();
    }

    private void NoteResponseCode()
    {
        if (Utf8Parser.TryParse(Response.Get(HeaderId.Status), out int code, out _))
        {
            Info.ResponseCode = code;
        }
    }

    private void HoldResponse(BufferChain data, int length, bool endStream)
    {
        var held = ResponsePath.Held;
        data.MoveTo(held, length);
        if (endStream)
        {
            ResponsePath.End = BodyEnd.Data;
        }

        if (held.Length > HeldResponseBytesMax && !_responseBodyWanted && !_responseHeldBack)
        {
            _responseHeldBack = true;
            Router.PauseResponse(true);
        }

        OfferResponseBody();
    }

    /// <summary>Gives the filter that waits for the response's body what there is, once it is enough.</summary>
    private void OfferResponseBody()
    {
        var isTooLong = ResponsePath.Held.Length > HeldResponseBytesMax;
        if (!_responseBodyWanted || (ResponsePath.End == BodyEnd.None && !isTooLong))
        {
            return;
        }

        _responseBodyWanted = false;
        _inResponseFilter = true;
        var status = Filters[_responseFilter].OnResponseBody(this, !isTooLong);
        _inResponseFilter = false;
        if (ApplyResponse(status))
        {
            _responseFilter--;
            RunResponseFilters();
        }
    }

    private void RunResponseFilters()
    {
        var filters = Filters;
        while (_responseFilter >= 0)
        {
            if ((_enabledFilters >> _responseFilter & 1) != 0)
            {
                _inResponseFilter = true;
                var status = filters[_responseFilter].OnResponse(this, !ResponseHasBody);
                _inResponseFilter = false;
                if (ResponsePath.HasStages && !IsOver && !ResponseStarted)
                {
                    ResponsePath.Advance();
                }

                if (!ApplyResponse(status))
                {
                    return;
                }
            }

            _responseFilter--;
        }

        SendResponseHeaders();
    }

    /// <summary>False when the response stops here, for good or for a while.</summary>
    private bool ApplyResponse(HttpFilterStatus status)
    {
        if (IsOver || ResponseStarted)
        {
            return false;
        }

        switch (status)
        {
            case HttpFilterStatus.AwaitBody when ResponseHasBody:
                _responseBodyWanted = true;
                OfferResponseBody();
                return false;
            case HttpFilterStatus.Wait:
                if (!_responseContinued)
                {
                    return false;
                }

                _responseContinued = false;
                return ApplyResponse(Filters[_responseFilter].OnResponseContinued(this));
            default:
                return true;
        }
    }

    private void SendResponseHeaders()
    {
        ResponseStarted = true;
        NoteResponseCode();
        ResponsePipeline.Run(this);
        DecorateResponse();
        if (Info.FirstDownstreamTxNanos == 0)
        {
            Info.FirstDownstreamTxNanos = _worker.NowNanos;
        }

        Codec.EncodeHeaders(this, Response, !ResponseHasBody);
        if (!ResponseHasBody)
        {
            OnResponseComplete();
            return;
        }

        if (!ResponsePath.Held.IsEmpty || ResponsePath.End != BodyEnd.None)
        {
            ReleaseResponse();
        }
    }

    /// <summary>What waited for the headers follows them.</summary>
    private void ReleaseResponse()
    {
        var (held, end) = (ResponsePath.Held, ResponsePath.End);
        if (_responseHeldBack)
        {
            _responseHeldBack = false;
            Router.PauseResponse(false);
        }

        if (_codec is not null && (!held.IsEmpty || end == BodyEnd.Data))
        {
            OnResponsePassed(held, held.Length, end == BodyEnd.Data);
        }

        if (_codec is not null && end == BodyEnd.Trailers)
        {
            OnResponseTrailersPassed();
        }
    }

    private void ResetResponse()
    {
        _encoding = false;
        _inResponseFilter = false;
        _responseContinued = false;
        _responseBodyWanted = false;
        _responseHeldBack = false;
        ResponseHasBody = false;
        ResponsePath.Clear();
    }

    /// <summary>Cuts the response off.</summary>
    internal void Reset()
    {
        if (_codec is null || _responseComplete)
        {
            return;
        }

        Codec.ResetStream(this);
        if (_codec is not null)
        {
            OnResponseComplete();
        }
    }

    private void OnResponseComplete()
    {
        if (_codec is null)
        {
            return;
        }

        _responseComplete = true;
        Info.LastDownstreamTxNanos = _worker.NowNanos;
        _codec.OnResponseDone(this);
    }
}
