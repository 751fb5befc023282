using Lateen.Http;
using Lateen.Net;
using Lateen.Proxy.Clusters;
using Lateen.Proxy.Routing;
using Lateen.Proxy.Stats;

namespace Lateen.Proxy.Runtime;

/// <content>Responses and time limits.</content>
internal sealed partial class Router
{
    void IUpstreamCallbacks.OnInformational(int status)
    {
        // Of an attempt the first one counts, if it is one that goes on.
        if (status is 100 or (>= 102 and <= 104) && !_interimCounted)
        {
            _interimCounted = true;
            CountResponse(status);
        }

        if (!_stream.Config.Proxy100Continue || status is not (>= 100 and <= 104) || _stream.IsOver)
        {
            return;
        }

        _stream.Config.Stats.CountInterim(_worker.Index, status);
        _stream.Codec.EncodeInformational(_stream, _stream.Response);
        _stream.Response.Clear();
    }

    void IUpstreamCallbacks.OnResponseHeaders(int status, bool endStream)
    {
        if (_stream.IsOver)
        {
            return;
        }

        if (_filters.Length > 0)
        {
            BeginResponseFilters(status, endStream);
            return;
        }

        TakeResponse(status, endStream);
    }

    /// <summary>An attempt's answer as its filters left it.</summary>
    private void TakeResponse(int status, bool endStream)
    {
        JudgeResponse(status, endStream);
        if (TryRetryResponse(status, endStream) || TryInternalRedirect(status, endStream))
        {
            return;
        }

        AcceptResponse(status, endStream);
    }

    /// <summary>What the response tells of its host.</summary>
    private void JudgeResponse(int status, bool endStream)
    {
        var host = Info.UpstreamHost!;
        var response = _stream.Response;
        Info.FirstUpstreamRxNanos = _worker.NowNanos;
        _attemptStatus = status;
        _attemptHeaderBytes = _cluster!.Config.TrackSizes ? SizeOf(response) : 0;
        var judged = GrpcCalls.TryRead(_stream, endStream, out var grpcStatus)
            ? GrpcCalls.HttpStatusOf(grpcStatus)
            : status;
        _cluster!.Outlier?.OnResponse(host, judged);
        host.Add(_worker.Index, judged >= 500 ? HostStat.RqError : HostStat.RqSuccess);
        if (response.Contains(HeaderId.XEnvoyImmediateHealthCheckFail))
        {
            host.Cluster.HealthChecker?.FailImmediately(host);
        }

        if (host.Cluster.Config.Options.ReportedMetrics is { Length: > 0 } metrics)
        {
            _hasLoadReport = LoadMetrics.TryTake(response, host, metrics);
        }

        if (host.Cluster.Config.LoadBalancer.ReportedWeights is { } weights)
        {
            LoadReports.Read(response, host, weights, _worker.NowNanos);
        }
    }

    /// <summary>This response goes downstream.</summary>
    private void AcceptResponse(int status, bool endStream, bool isJudged = true)
    {
        if (Info.AttemptCount > 1 && status < 500 && isJudged)
        {
            Count(ClusterStat.UpstreamRqRetrySuccess);
            CountRequest(RequestStat.UpstreamRqRetrySuccess);
        }

        var isFailedHandshake = IsFailedHandshake(status);
        if (isFailedHandshake && !endStream)
        {
            // What follows is no answer to an upgrade.
            var upstream = _upstream;
            OnUpstreamDone();
            upstream?.Reset();
            endStream = true;
        }
        else if (endStream)
        {
            OnUpstreamDone();
        }

        _responseStarted = true;
        _retryEnabled = false;
        if (_bodyComplete)
        {
            _body.Clear();
        }

        _perTryTimer.Stop();
        CountResponse(status);
        Info.ResponseCodeDetails =
            isFailedHandshake ? ResponseDetails.WebsocketHandshake : ResponseDetails.ViaUpstream;
        FinishResponseHeaders(status);
        _stream.EncodeHeaders(endStream);
    }

    void IUpstreamCallbacks.OnResponseData(BufferChain data, int length, bool endStream)
    {
        if (_stream.IsOver)
        {
            data.Consume(length);
            return;
        }

        RestartPerTryIdle();
        _attemptBodyBytes += length;
        if (Info.FirstUpstreamBodyNanos == 0 && length > 0)
        {
            Info.FirstUpstreamBodyNanos = _worker.NowNanos;
        }

        if (endStream)
        {
            OnUpstreamDone();
        }

        _stream.EncodeData(data, length, endStream);
        OfferResponseBody();
    }

    void IUpstreamCallbacks.OnResponseTrailers()
    {
        if (_stream.IsOver)
        {
            return;
        }

        if (!_hasLoadReport && Info.UpstreamHost is { } host
            && host.Cluster.Config.Options.ReportedMetrics is { Length: > 0 } metrics)
        {
            LoadMetrics.TryTake(_stream.ResponseTrailers, host, metrics);
        }

        OnUpstreamDone();
        _stream.EncodeTrailers();
        OfferResponseBody();
    }

    /// <summary>An upgrade to a websocket that was answered with success, but without changing the protocol.</summary>
    private bool IsFailedHandshake(int status)
    {
        var response = _stream.Response;
        if (!_stream.IsUpgrade || status is < 200 or >= 300
            || !System.Text.Ascii.EqualsIgnoreCase(_stream.Request.Get(HeaderId.Upgrade), "websocket"u8))
        {
            return false;
        }

        response.Remove(HeaderId.ContentLength);
        response.Remove(HeaderId.ContentType);
        return true;
    }

    /// <summary>The router may be asked to leave the codes of gRPC calls out.</summary>
    private void CountResponse(int status)
    {
        if (!_filter!.DynamicStats || Info.IsHealthCheck)
        {
            return;
        }

        var response = _stream.Response;
        var isCanary = Info.UpstreamHost is { Attributes.Canary: true }
            || response.Get(HeaderId.XEnvoyUpstreamCanary).SequenceEqual("true"u8);
        if (isCanary)
        {
            _cluster!.Stats.CountCanary(_worker.Index, status);
        }

        if (_altStatName is not null)
        {
            _cluster!.Stats.CountNamed(_worker.Index, _altStatName, status, Info.IsInternal, isCanary);
        }

        if (_filter!.SuppressGrpcCodeStats && RouteMatcher.IsGrpc(_stream.Request))
        {
            Count(ClusterStat.UpstreamRqCompleted);
        }
        else
        {
            Info.CountResponse(_cluster!, _worker.Index, status);
        }
    }

    private void OnUpstreamDone()
    {
        _upstream = null;
        StopTimers();
        Info.LastUpstreamRxNanos = _worker.NowNanos;
        LogUpstream(Info.ResponseCode, Streams.ResponseFlags.None);
        TrackRequest();
        if (!_filter!.DynamicStats)
        {
            return;
        }

        var millis = (_worker.NowNanos - Info.LastDownstreamRxNanos) / 1_000_000;
        _cluster!.Stats.RecordTime(
            _worker.Index, millis, Info.IsInternal, Info.UpstreamHost is { Attributes.Canary: true });
        Info.VirtualCluster?.Stats.RecordTime(_worker.Index, millis);
        Info.Route?.Stats?.RecordTime(_worker.Index, millis);
    }

    private void CountRequest(RequestStat stat)
    {
        Info.VirtualCluster?.Stats.Add(_worker.Index, stat);
        Info.Route?.Stats?.Add(_worker.Index, stat);
    }

    /// <summary>An attempt is over: its span and its entry in the router's own access log are written.</summary>
    private void LogUpstream(int status, Streams.ResponseFlags flags, bool isConnected = true)
    {
        _attemptStatus = status > 0 ? status : _attemptStatus;
        _attemptFlags = flags;
        _attemptConnected = isConnected;
        EndAttempt();
    }

    private bool TryRetryResponse(int status, bool endStream)
    {
        if (!_retryEnabled || !_retry.IsRetriable(status, _stream.Response))
        {
            return false;
        }

        var wait = _retry.RateLimitBackoffNanos(_stream.Response, _worker.Loop.UnixNanos, ref _worker.Random);
        if (!TryScheduleRetry(wait))
        {
            return false;
        }

        _cluster!.Stats.CountRetriedResponse(_worker.Index, status);
        _perTryTimer.Stop();
        _perTryIdleTimer.Stop();
        _upstreamDurationTimer.Stop();
        var upstream = _upstream;
        _upstream = null;
        EndAttempt(!endStream);
        if (!endStream)
        {
            upstream?.Reset();
        }

        if (_filters.Length > 0)
        {
            EndFilters();
            _stream.ResponsePath.Clear();
        }

        _stream.Response.Clear();
        return true;
    }

    private void FinishResponseHeaders(int status)
    {
        var response = _stream.Response;
        if (!_filter!.SuppressEnvoyHeaders && _stream.RequestPassed)
        {
            SetNumber(
                response, HeaderId.XEnvoyUpstreamServiceTime,
                    (_worker.NowNanos - Info.LastDownstreamRxNanos) / 1_000_000);
        }

        if (Info.VirtualHost is { IncludeAttemptCountInResponse: true } && !_filter.IsInternal)
        {
            SetNumber(response, HeaderId.XEnvoyAttemptCount, Info.AttemptCount);
        }

        if (_setCookie is not null)
        {
            response.Add(HeaderId.SetCookie, _setCookie);
        }

        Info.ResponseCode = status;
        Info.ResponseHeaders = response;
        if (!_filter.IsInternal)
        {
            Info.Route?.FinalizeResponseHeaders(Info, response);
        }

        if (status == 101 || (_stream.IsConnect && status is >= 200 and < 300))
        {
            _globalTimer.Stop();
            _stream.OnTunnelEstablished();
        }
    }

    private void RestartPerTryIdle()
    {
        if (_timeouts.PerTryIdle > 0)
        {
            _perTryIdleTimer.Start((_timeouts.PerTryIdle + 999_999) / 1_000_000);
        }
    }
}
