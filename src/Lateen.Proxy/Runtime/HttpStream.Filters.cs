using Lateen.Http;
using Lateen.Net;
using Lateen.Proxy.Filters;
using Lateen.Proxy.Streams;

namespace Lateen.Proxy.Runtime;

/// <content>The HTTP filters on the request's way.</content>
internal sealed partial class HttpStream
{
    /// <summary>Filters in a chain; more are refused by the configuration.</summary>
    private const int FiltersMax = 64;

    /// <summary>Bytes of a body that may wait for filters; then reading stops.</summary>
    private const int HeldBodyBytesMax = 1024 * 1024;

    private readonly List<(HttpFilter Filter, object State)> _filterStates = [];
    private readonly List<Routing.Route> _redirectRoutes = [];
    private ulong _enabledFilters;
    private int _filterIndex;
    private int _bodyWanted = -1;
    private bool _bodyCameWhole;
    private bool _inFilter;
    private bool _continued;
    private bool _filtersDone;
    private bool _bodyPaused;

    /// <summary>Which filters take part, decided once the route is known.</summary>
    private void ChooseFilters()
    {
        _upgradeFilters = IsUpgrade || IsConnect ? FindUpgradeFilters() : default;
        var filters = Filters;
        for (var i = 0; i < filters.Length && i < FiltersMax; i++)
        {
            if (filters[i].IsEnabled(Info))
            {
                _enabledFilters |= 1UL << i;
            }
        }
    }

    private static RouterFilter DefaultRouter { get; } = new() { Name = "envoy.filters.http.router" };

    /// <summary>The request's body as far as it has come, while filters hold it.</summary>
    internal BufferChain BufferedBody => Router.FiltersRequest ? Router.FilteredBody : RequestPath.Held;

    /// <summary>Headers for the next local reply.</summary>
    internal HeaderMap LocalReplyHeaders { get; } = new();

    /// <summary>The host that the request is to go to; empty: any.</summary>
    internal Addresses.Address OverriddenHost { get; private set; }

    /// <summary>The request goes to the named host or nowhere.</summary>
    internal bool IsOverrideStrict { get; private set; }

    /// <summary>Answer where the named host cannot be had; zero: 503.</summary>
    internal int StrictStatus { get; private set; }

    /// <summary>A filter names the host that the request is to go to.</summary>
    internal void OverrideHost(Addresses.Address host, bool isStrict, int strictStatus = 0)
    {
        StrictStatus = strictStatus;
        OverriddenHost = host;
        IsOverrideStrict = isStrict;
    }

    /// <summary>A filter that waited lets the request go on.</summary>
    internal void ContinueRequest()
    {
        if (IsOver)
        {
            return;
        }

        if (_inFilter)
        {
            _continued = true;
            return;
        }

        Touch();
        if (Apply(Filters[_filterIndex].OnContinued(this)))
        {
            _filterIndex++;
            RunFilters();
        }
    }

    /// <summary>A filter that waited has come to this result.</summary>
    internal void ResumeRequest(in HttpFilterResult result)
    {
        if (IsOver)
        {
            return;
        }

        if (_filtersDone)
        {
            Router.ResumeRequest(result);
        }
        else if (result.Status == HttpFilterStatus.Continue)
        {
            ContinueRequest();
        }
        else if (result.Status is HttpFilterStatus.LocalReply or HttpFilterStatus.AwaitBody)
        {
            Apply(result);
        }
    }

    /// <summary>Chooses the route again after a filter changed what it depends on.</summary>
    internal void RefreshRoute()
    {
        Info.WeightedCluster = null;
        FindRoute();
        RequestPipeline.ApplyRoute(this);
    }

    /// <summary>Redirects that this request has followed.</summary>
    internal int InternalRedirectCount { get; private set; }

    /// <summary>False when the request has been redirected to the route already.</summary>
    internal bool TryNoteRedirect(Routing.Route route)
    {
        if (_redirectRoutes.Contains(route))
        {
            return false;
        }

        _redirectRoutes.Add(route);
        return true;
    }

    /// <summary>The request goes through the filters again, as another one; the answer so far is only logged.</summary>
    internal void Recreate(int status, bool keepsBody = true)
    {
        InternalRedirectCount++;
        Info.ResponseCode = status;
        Info.ResponseCodeDetails = ResponseDetails.InternalRedirect;
        Info.EndNanos = _worker.NowNanos;
        foreach (var log in Config.AccessLogs)
        {
            log.Log(_worker, Info, AccessLog.AccessLogType.DownstreamEnd);
        }

        HasBody &= keepsBody;
        Info.BytesReceived += keepsBody ? BufferedBody.Length : 0;
        Info.ResponseCode = 0;
        Info.ResponseCodeDetails = [];
        Info.EndNanos = 0;
        Info.AttemptCount = 0;
        Info.UpstreamHost = null;
        Info.OriginalSource = null;
        Response.Clear();
        Router.Reset();
        ResetFilters();
        ResetResponse();
        if (RequestComplete && HasBody)
        {
            RequestPath.End = RequestTrailers.Count > 0 ? BodyEnd.Trailers : BodyEnd.Data;
        }

        ChooseFilters();
        RunFilters();
    }

    /// <summary>From now on the request's body goes through <paramref name="stage"/>.</summary>
    internal void AddRequestStage(BodyStage stage) => RequestPath.Add(stage);

    /// <summary>A filter gives the request a body of its own, or a changed one.</summary>
    internal void ReplaceRequestBody(ReadOnlySpan<byte> body)
    {
        if (Router.FiltersRequest)
        {
            Router.ReplaceBody(body);
            return;
        }

        RequestPath.Held.Clear();
        RequestPath.Held.Append(body);
        if (!HasBody)
        {
            HasBody = true;
            RequestPath.End = BodyEnd.Data;
        }
    }

    /// <summary>The request's body has passed all stages so far: it goes to the router or waits.</summary>
    internal void OnRequestPassed(BufferChain data, int length, bool endStream)
    {
        if (IsOver)
        {
            data.Consume(length);
            return;
        }

        if (endStream)
        {
            RequestPath.End = BodyEnd.Data;
        }

        if (_filtersDone)
        {
            Router.OnRequestData(data, length, endStream);
            return;
        }

        _bodyCameWhole = endStream && BufferedBody.IsEmpty && Codec.Protocol == HttpProtocol.Http2;
        data.MoveTo(BufferedBody, length);
        if (_bodyWanted >= 0)
        {
            OfferBody();
        }
        else if (BufferedBody.Length > HeldBodyBytesMax && !_bodyPaused)
        {
            _bodyPaused = true;
            Codec.ReadDisable(this, true);
        }
    }

    internal void OnRequestTrailersPassed()
    {
        if (IsOver)
        {
            return;
        }

        RequestPath.End = BodyEnd.Trailers;
        if (_filtersDone)
        {
            Router.OnRequestTrailers();
        }
        else if (_bodyWanted >= 0)
        {
            OfferBody();
        }
    }

    /// <summary>Gives the filter that waits for the body what there is, once it is enough.</summary>
    private void OfferBody()
    {
        // A body that comes whole at once over HTTP/2 is never held, so nothing limits it, as in Envoy.
        var isTooLong = BufferedBody.Length > _bodyWanted && !_bodyCameWhole;
        if (!RequestPassed && !isTooLong)
        {
            return;
        }

        _bodyWanted = -1;
        _inFilter = true;
        var result = Filters[_filterIndex].OnRequestBody(this, RequestPassed && !isTooLong);
        _inFilter = false;
        if (Apply(result))
        {
            _filterIndex++;
            RunFilters();
        }
    }

    private void RunFilters()
    {
        var filters = Filters;
        while (_filterIndex < filters.Length)
        {
            var filter = filters[_filterIndex];
            if ((_enabledFilters >> _filterIndex & 1) == 0)
            {
                _filterIndex++;
                continue;
            }

            if (filter.IsTerminal)
            {
                StartRouter(filter as RouterFilter ?? DefaultRouter);
                return;
            }

            _inFilter = true;
            var result = filter.OnRequest(this);
            _inFilter = false;
            if (RequestPath.HasStages && !IsOver)
            {
                RequestPath.Advance();
            }

            if (!Apply(result))
            {
                return;
            }

            _filterIndex++;
        }

        // Without any filter nobody answers, as in Envoy; the stream's time limits end it.
        if (filters.Length > 0)
        {
            StartRouter(DefaultRouter);
        }
    }

    private void StartRouter(RouterFilter filter)
    {
        _filtersDone = true;
        var end = RequestPath.End;
        if (!BufferedBody.IsEmpty || end != BodyEnd.None)
        {
            Router.OnRequestData(BufferedBody, BufferedBody.Length, end == BodyEnd.Data);
            if (end == BodyEnd.Trailers)
            {
                Router.OnRequestTrailers();
            }
        }

        if (_bodyPaused)
        {
            _bodyPaused = false;
            Codec.ReadDisable(this, false);
        }

        Router.Start(filter);
    }

    /// <summary>False when the chain stops here, for good or for a while.</summary>
    private bool Apply(in HttpFilterResult result)
    {
        if (IsOver)
        {
            return false;
        }

        switch (result.Status)
        {
            case HttpFilterStatus.LocalReply:
                SendLocalReply(
                    result.Code, result.Body, Streams.ResponseFlags.None, Info.ResponseCodeDetails, result.GrpcStatus);
                return false;
            case HttpFilterStatus.Delay:
                _delayTimer.Start((result.DelayNanos + 999_999) / 1_000_000);
                return false;
            case HttpFilterStatus.AwaitBody:
                _bodyWanted = result.BodyBytesMax;
                OfferBody();
                return false;
            case HttpFilterStatus.Wait:
                if (!_continued)
                {
                    return false;
                }

                _continued = false;
                return Apply(Filters[_filterIndex].OnContinued(this));
            default:
                return true;
        }
    }

    private void OnDelayOver()
    {
        if (_codec is null || _responseComplete)
        {
            return;
        }

        Touch();
        var result = Filters[_filterIndex].OnDelayOver(this);
        if (Apply(result))
        {
            _filterIndex++;
            RunFilters();
        }
    }

    private void ResetFilters()
    {
        _filterIndex = 0;
        _enabledFilters = 0;
        _upgradeFilters = default;
        _bodyWanted = -1;
        _bodyCameWhole = false;
        _inFilter = false;
        _continued = false;
        _filtersDone = false;
        _bodyPaused = false;
        _filterStates.Clear();
        OverriddenHost = default;
        IsTranscoded = IsGrpcWeb = StaysGrpc = false;
        RequestPath.RemoveStages();
        LocalReplyHeaders.Clear();
    }
}
