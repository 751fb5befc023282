using System.Buffers.Text;
using Lateen.Http;
using Lateen.Net;
using Lateen.Proxy.Filters;
using Lateen.Proxy.Streams;

namespace Lateen.Proxy.Runtime;

/// <content>
/// The filters of attempts. They see the request while the attempt waits for its connection, and the answer before
/// anything is decided about it; each attempt begins with them anew. An answer of theirs is the request's answer.
/// </content>
internal sealed partial class Router
{
    private static readonly HttpFilter[] NoFilters = [];

    private HttpFilter[] _filters = NoFilters;
    private BufferChain? _replacedBody;
    private int _filterIndex;
    private int _filterBodyMax = -1;
    private bool _bodyCameWhole;
    private bool _filtersRequest;
    private bool _filtersResponse;
    private bool _inFilter;
    private bool _filterContinued;
    private bool _filterWantsResponse;

    /// <summary>A filter of the attempt has the request.</summary>
    internal bool FiltersRequest => _filtersRequest;

    /// <summary>A filter of the attempt has the response.</summary>
    internal bool FiltersResponse => _filtersResponse;

    /// <summary>The filters of the attempt.</summary>
    internal ReadOnlySpan<HttpFilter> AttemptFilters => _filters;

    /// <summary>The request's body as the attempt's filters see it.</summary>
    internal BufferChain FilteredBody => _replacedBody ?? _body;

    /// <summary>The cluster's filters of attempts, or else the router's.</summary>
    private HttpFilter[] UpstreamFilters =>
        _cluster!.Config.Http.Filters is { Length: > 0 } own ? own : _filter!.UpstreamFilters;

    /// <summary>A filter of the attempt gives it another body; other attempts keep the client's.</summary>
    internal void ReplaceBody(ReadOnlySpan<byte> body)
    {
        _replacedBody ??= new BufferChain(_worker.Loop.Buffers);
        _replacedBody.Clear();
        _replacedBody.Append(body);
    }

    /// <summary>A filter that waited has come to this result.</summary>
    internal void ResumeRequest(in HttpFilterResult result)
    {
        if (!_filtersRequest)
        {
            return;
        }

        if (_inFilter)
        {
            _filterContinued = true;
            return;
        }

        AdvanceRequest(result.Status == HttpFilterStatus.Continue ? AskOn() : result);
    }

    /// <summary>A filter that kept the response back lets it go on.</summary>
    internal void ResumeResponse()
    {
        if (_inFilter)
        {
            _filterContinued = true;
        }
        else if (_filtersResponse)
        {
            AdvanceResponse(AskBack());
        }
    }

    /// <summary>
    /// Access rules decide before anything else, even before a connection is asked for. False: they answered.
    /// </summary>
    private bool PassRules()
    {
        EndFilters();
        _filters = UpstreamFilters;
        _filtersRequest = _filters.Length > 0;
        foreach (var filter in _filters)
        {
            if (filter is RbacFilter && filter.IsEnabled(Info) && !AdmitRequest(filter.OnRequest(_stream)))
            {
                return false;
            }
        }

        return true;
    }

    private void RunRequestFilters()
    {
        if (_filtersRequest)
        {
            _bodyCameWhole = _bodyComplete;
            AddressTo(Info.UpstreamHost!);
            ContinueRequestFilters();
        }
    }

    private void ContinueRequestFilters()
    {
        for (; _filtersRequest && _filterIndex < _filters.Length; _filterIndex++)
        {
            var filter = _filters[_filterIndex];
            if (filter is RbacFilter || !filter.IsEnabled(Info))
            {
                continue;
            }

            _inFilter = true;
            var result = filter.OnRequest(_stream);
            _inFilter = false;
            if (!AdmitRequest(result))
            {
                return;
            }
        }

        if (!_filtersRequest || _stream.IsOver)
        {
            return;
        }

        _filtersRequest = false;
        if (_upstream is { } upstream)
        {
            SendRequest(upstream, upstream.Host);
        }
    }

    private void AdvanceRequest(in HttpFilterResult result)
    {
        if (AdmitRequest(result))
        {
            _filterIndex++;
            ContinueRequestFilters();
        }
    }

    /// <summary>False when the filters stop here, for good or for a while.</summary>
    private bool AdmitRequest(in HttpFilterResult result)
    {
        if (!_filtersRequest || _stream.IsOver)
        {
            return false;
        }

        switch (result.Status)
        {
            case HttpFilterStatus.LocalReply:
                _stream.SendLocalReply(
                    result.Code, result.Body, ResponseFlags.None, Info.ResponseCodeDetails, result.GrpcStatus);
                return false;
            case HttpFilterStatus.AwaitBody:
                _filterBodyMax = result.BodyBytesMax;
                OfferRequestBody();
                return false;
            case HttpFilterStatus.Wait:
                if (!_filterContinued)
                {
                    return false;
                }

                _filterContinued = false;
                return AdmitRequest(AskOn());
            default:
                return true;
        }
    }

    /// <summary>Gives the filter that waits for the request's body what there is, once it is enough.</summary>
    private void OfferRequestBody()
    {
        if (_filterBodyMax < 0)
        {
            return;
        }

        // A body that comes at once, as from the request's own filters or for a retry, is never held.
        var isTooLong = !_bodyCameWhole && _body.Length > _filterBodyMax;
        var isComplete = _bodyComplete || !_stream.HasBody;
        if (!isComplete && !isTooLong)
        {
            return;
        }

        _filterBodyMax = -1;
        _inFilter = true;
        var result = _filters[_filterIndex].OnRequestBody(_stream, isComplete && !isTooLong);
        _inFilter = false;
        AdvanceRequest(result);
    }

    /// <summary>The answer's headers have come and meet the filters in reverse.</summary>
    private void BeginResponseFilters(int status, bool endStream)
    {
        _filtersResponse = true;
        _filterIndex = _filters.Length - 1;
        Info.ResponseCode = status;
        _stream.NoteAttemptResponse(!endStream);
        ContinueResponseFilters();
    }

    private void ContinueResponseFilters()
    {
        for (; _filtersResponse && _filterIndex >= 0; _filterIndex--)
        {
            var filter = _filters[_filterIndex];
            if (!filter.IsEnabled(Info))
            {
                continue;
            }

            _inFilter = true;
            var status = filter.OnResponse(_stream, !_stream.ResponseHasBody);
            _inFilter = false;
            if (_filtersResponse && _stream.ResponsePath.HasStages)
            {
                _stream.ResponsePath.Advance();
            }

            if (!AdmitResponse(status))
            {
                return;
            }
        }

        if (!_filtersResponse || _stream.IsOver)
        {
            return;
        }

        _filtersResponse = false;
        _ = Utf8Parser.TryParse(_stream.Response.Get(HeaderId.Status), out int code, out _);
        TakeResponse(code, !_stream.ResponseHasBody);
    }

    private void AdvanceResponse(HttpFilterStatus status)
    {
        if (AdmitResponse(status))
        {
            _filterIndex--;
            ContinueResponseFilters();
        }
    }

    private bool AdmitResponse(HttpFilterStatus status)
    {
        if (!_filtersResponse || _stream.IsOver)
        {
            return false;
        }

        switch (status)
        {
            case HttpFilterStatus.AwaitBody when _stream.ResponseHasBody:
                _filterWantsResponse = true;
                OfferResponseBody();
                return false;
            case HttpFilterStatus.Wait:
                if (!_filterContinued)
                {
                    return false;
                }

                _filterContinued = false;
                return AdmitResponse(AskBack());
            default:
                return true;
        }
    }

    /// <summary>Gives the filter that waits for the answer's body what there is, once it is enough.</summary>
    private void OfferResponseBody()
    {
        var path = _stream.ResponsePath;
        var isTooLong = path.Held.Length > HttpStream.HeldResponseBytesMax;
        if (!_filterWantsResponse || (path.End == BodyEnd.None && !isTooLong))
        {
            return;
        }

        _filterWantsResponse = false;
        _inFilter = true;
        var status = _filters[_filterIndex].OnResponseBody(_stream, !isTooLong);
        _inFilter = false;
        AdvanceResponse(status);
    }

    /// <summary>The attempt is over, or its filters have done all they can: they forget it.</summary>
    private void EndFilters()
    {
        if (_filters.Length == 0)
        {
            return;
        }

        if (_filtersResponse)
        {
            _stream.ResponsePath.Clear();
        }

        foreach (var filter in _filters)
        {
            filter.OnStreamEnd(_stream);
            filter.Forget(_stream);
        }

        _filters = NoFilters;
        _replacedBody?.Clear();
        _replacedBody = null;
        _filterIndex = 0;
        _filterBodyMax = -1;
        _filtersRequest = _filtersResponse = _inFilter = _filterContinued = _filterWantsResponse = false;
    }

    private HttpFilterResult AskOn()
    {
        _inFilter = true;
        var result = _filters[_filterIndex].OnContinued(_stream);
        _inFilter = false;
        return result;
    }

    private HttpFilterStatus AskBack()
    {
        _inFilter = true;
        var status = _filters[_filterIndex].OnResponseContinued(_stream);
        _inFilter = false;
        return status;
    }
}
