using Lateen.Proxy.Clusters;
using Lateen.Proxy.Stats;
using Lateen.Proxy.Streams;

namespace Lateen.Proxy.Runtime;

/// <content>What happens when a time limit of the request or of an attempt is over.</content>
internal sealed partial class Router
{
    private void OnGlobalTimeout()
    {
        Count(ClusterStat.UpstreamRqTimeout);
        CountRequest(RequestStat.UpstreamRqTimeout);
        _isGloballyTimedOut = !_responseStarted;
        TrackRequest();
        Info.UpstreamHost?.Add(_worker.Index, HostStat.RqTimeout);
        if (!_responseStarted && Info.UpstreamHost is { } host)
        {
            _cluster!.Outlier?.OnLocalOriginFailure(host, true);
        }

        if (_responseStarted)
        {
            Info.ResponseFlags |= ResponseFlags.UpstreamRequestTimeout;
            Info.ResponseCodeDetails = ResponseDetails.ResponseTimeout;
            Abort();
            _stream.Reset();
            return;
        }

        FailByTimeout(ResponseDetails.ResponseTimeout);
    }

    private void OnPerTryTimeout(byte[] details)
    {
        Info.UpstreamHost?.Add(_worker.Index, HostStat.RqTimeout);
        if (Info.UpstreamHost is { } host)
        {
            _cluster!.Outlier?.OnLocalOriginFailure(host, true);
        }

        _timedOutOnce = true;
        if (_pending.Pool is { } pool)
        {
            pool.Cancel(_pending);
        }

        var upstream = _upstream;
        _upstream = null;
        _attemptFlags = ResponseFlags.UpstreamRequestTimeout;
        EndFilters();
        EndAttempt(true);
        upstream?.Reset();
        if (_responseStarted)
        {
            Info.ResponseFlags |= ResponseFlags.UpstreamRequestTimeout;
            Info.ResponseCodeDetails = details;
            _stream.Reset();
            return;
        }

        if (TryRetry(Routing.UpstreamResetReason.PerTryTimeout))
        {
            return;
        }

        FailByTimeout(details);
    }

    /// <summary>504, or an empty 204 where the caller asked for that.</summary>
    private void FailByTimeout(byte[] details)
    {
        var code = _timeoutAltResponse ? 204 : 504;
        CountResponse(code);
        _stream.SendLocalReply(
            code, _timeoutAltResponse ? default : "upstream request timeout"u8, ResponseFlags.UpstreamRequestTimeout,
            details);
    }

    private void OnUpstreamDurationReached()
    {
        Count(ClusterStat.UpstreamRqMaxDurationReached);
        if (_responseStarted)
        {
            Info.ResponseFlags |= ResponseFlags.UpstreamMaxStreamDurationReached;
            Info.ResponseCodeDetails = ResponseDetails.UpstreamMaxDuration;
            Abort();
            _stream.Reset();
            return;
        }

        _stream.SendLocalReply(
            _stream.RequestPassed ? 504 : 408, "upstream max stream duration reached"u8,
            ResponseFlags.UpstreamMaxStreamDurationReached, ResponseDetails.UpstreamMaxDuration);
    }
}
