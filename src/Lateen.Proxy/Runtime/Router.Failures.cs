using System.Text;
using Lateen.Proxy.Clusters;
using Lateen.Proxy.Routing;
using Lateen.Proxy.Stats;
using Lateen.Proxy.Streams;

namespace Lateen.Proxy.Runtime;

/// <content>Attempts that failed: another one, or an answer of the proxy.</content>
internal sealed partial class Router
{
    void IUpstreamCallbacks.OnPoolFailure(UpstreamResetReason reason, byte[]? transportFailure)
    {
        _pool = null;
        EndFilters();
        Info.UpstreamTransportFailureReason = transportFailure;
        LogUpstream(0, FlagOf(reason), false);
        OnAttemptFailed(reason);
    }

    void IUpstreamCallbacks.OnUpstreamReset(UpstreamResetReason reason)
    {
        _upstream = null;
        if (!_responseStarted)
        {
            EndFilters();
        }

        LogUpstream(0, FlagOf(reason));
        CountReset(reason);
        Info.UpstreamHost?.Add(_worker.Index, HostStat.RqError);
        if (_cluster!.Outlier is { } outlier && Info.UpstreamHost is { } host && !_responseStarted)
        {
            outlier.OnLocalOriginFailure(host, false);
        }

        OnAttemptFailed(reason);
    }

    private void CountReset(UpstreamResetReason reason)
    {
        if (reason == UpstreamResetReason.RemoteReset)
        {
            Count(ClusterStat.UpstreamRqRxReset);
        }
        else if (reason == UpstreamResetReason.ProtocolError && Info.UpstreamProtocol == HttpProtocol.Http2)
        {
            Count(ClusterStat.UpstreamRqTxReset);
        }
    }

    private void OnAttemptFailed(UpstreamResetReason reason)
    {
        _perTryTimer.Stop();
        _perTryIdleTimer.Stop();
        _upstreamDurationTimer.Stop();
        if (_stream.IsOver)
        {
            return;
        }

        if (_responseStarted)
        {
            _stream.Count(HttpStat.RqResetAfterDownstreamResponseStarted);
            Info.ResponseFlags |= FlagOf(reason);
            Info.ResponseCodeDetails =
                Encoding.ASCII.GetBytes($"upstream_reset_after_response_started{{{Underscored(TextOf(reason))}}}");
            _stream.Reset();
            return;
        }

        if (TryRetry(reason))
        {
            return;
        }

        FailRequest(reason);
    }

    private void FailRequest(UpstreamResetReason reason)
    {
        var text = TextOf(reason);
        var details = Underscored(text);
        if (Info.UpstreamTransportFailureReason is { Length: > 0 } transport)
        {
            details += "|" + Encoding.UTF8.GetString(transport).Replace(' ', '_');
        }

        var prefix = Info.AttemptCount > 1 ? "retried and the latest " : "";
        var body = $"upstream connect error or disconnect/reset before headers. {prefix}reset reason: {text}";
        var code = reason == UpstreamResetReason.ProtocolError ? 502 : 503;
        CountResponse(code);
        _stream.SendLocalReply(
            code, Encoding.UTF8.GetBytes(body), FlagOf(reason),
            Encoding.UTF8.GetBytes($"upstream_reset_before_response_started{{{details}}}"), -1,
            reason == UpstreamResetReason.Overflow);
    }

    private bool TryRetry(UpstreamResetReason reason)
    {
        if (!_retryEnabled || !_retry.IsRetriable(reason, _headersSent))
        {
            return false;
        }

        return TryScheduleRetry(-1);
    }

    /// <summary>Another attempt after a pause, if one is left and the breaker lets it.</summary>
    private bool TryScheduleRetry(long backoffNanos)
    {
        if (!_retry.TryTake())
        {
            Info.ResponseFlags |= ResponseFlags.UpstreamRetryLimitExceeded;
            Count(ClusterStat.UpstreamRqRetryLimitExceeded);
            CountRequest(RequestStat.UpstreamRqRetryLimitExceeded);
            return false;
        }

        var stats = _cluster!.Stats.Scope;
        var load = stats.Read((int)ClusterStat.UpstreamRqActive) + stats.Read((int)ClusterStat.UpstreamRqPendingActive);
        if (!GetBreakers().TryAcquireRetry(load))
        {
            Info.ResponseFlags |= ResponseFlags.UpstreamOverflow;
            Count(ClusterStat.UpstreamRqRetryOverflow);
            CountRequest(RequestStat.UpstreamRqRetryOverflow);
            return false;
        }

        _retryHeld = true;
        Count(ClusterStat.UpstreamRqRetry);
        CountRequest(RequestStat.UpstreamRqRetry);
        Count(backoffNanos >= 0
            ? ClusterStat.UpstreamRqRetryBackoffRatelimited
            : ClusterStat.UpstreamRqRetryBackoffExponential);
        var nanos = backoffNanos >= 0 ? backoffNanos : _retry.NextBackoffNanos(ref _worker.Random);
        _backoffTimer.Start((nanos + 999_999) / 1_000_000);
        return true;
    }

    private void ReleaseRetry()
    {
        if (_retryHeld)
        {
            _retryHeld = false;
            GetBreakers().ReleaseRetry();
        }
    }

    internal static ResponseFlags FlagOf(UpstreamResetReason reason) => reason switch
    {
        UpstreamResetReason.LocalReset => ResponseFlags.LocalReset,
        UpstreamResetReason.RemoteReset or UpstreamResetReason.RemoteRefusedStreamReset =>
            ResponseFlags.UpstreamRemoteReset,
        UpstreamResetReason.LocalConnectionFailure or UpstreamResetReason.RemoteConnectionFailure
            or UpstreamResetReason.ConnectionTimeout => ResponseFlags.UpstreamConnectionFailure,
        UpstreamResetReason.ConnectionTermination => ResponseFlags.UpstreamConnectionTermination,
        UpstreamResetReason.Overflow => ResponseFlags.UpstreamOverflow,
        UpstreamResetReason.ProtocolError => ResponseFlags.UpstreamProtocolError,
        _ => ResponseFlags.UpstreamRequestTimeout,
    };

    internal static string TextOf(UpstreamResetReason reason) => reason switch
    {
        UpstreamResetReason.LocalReset => "local reset",
        UpstreamResetReason.RemoteReset => "remote reset",
        UpstreamResetReason.RemoteRefusedStreamReset => "remote refused stream reset",
        UpstreamResetReason.LocalConnectionFailure => "local connection failure",
        UpstreamResetReason.RemoteConnectionFailure => "remote connection failure",
        UpstreamResetReason.ConnectionTimeout => "connection timeout",
        UpstreamResetReason.ConnectionTermination => "connection termination",
        UpstreamResetReason.Overflow => "overflow",
        _ => "protocol error",
    };

    private static string Underscored(string text) => text.Replace(' ', '_');
}
