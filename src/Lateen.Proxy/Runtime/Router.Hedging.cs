using Lateen.Http;
using Lateen.Net;
using Lateen.Proxy.Clusters;
using Lateen.Proxy.Routing;

namespace Lateen.Proxy.Runtime;

/// <content>Several attempts at the same time: one whose time is over goes on beside the next.</content>
internal sealed partial class Router
{
    private static readonly List<HedgedAttempt> NoAttempts = [];

    private bool _hedges;
    private List<HedgedAttempt>? _attempts;

    internal void OnHedgedReady(HedgedAttempt attempt, HttpClientStream stream)
    {
        NoteUpstream(stream);
        SendRequest(stream, attempt.Host);
        if (_stream.RequestComplete)
        {
            attempt.StartPerTry(_timeouts.PerTry);
        }
    }

    internal void OnHedgedFailure(HedgedAttempt attempt, UpstreamResetReason reason, byte[]? transportFailure)
    {
        Info.UpstreamTransportFailureReason = transportFailure;
        GiveUp(attempt, reason);
    }

    internal void OnHedgedReset(HedgedAttempt attempt, UpstreamResetReason reason)
    {
        CountReset(reason);
        attempt.Host.Add(_worker.Index, HostStat.RqError);
        _cluster!.Outlier?.OnLocalOriginFailure(attempt.Host, false);
        GiveUp(attempt, reason);
    }

    /// <summary>It goes on; if retries are left, another attempt starts beside it.</summary>
    internal void OnHedgedTimeout(HedgedAttempt attempt)
    {
        if (_stream.IsOver || _responseStarted)
        {
            return;
        }

        _cluster!.Outlier?.OnLocalOriginFailure(attempt.Host, true);
        _timedOutOnce = true;
        if (_retryEnabled && TryScheduleRetry(-1))
        {
            attempt.IsRetried = true;
        }
    }

    internal void OnHedgedHeaders(HedgedAttempt attempt, int status, bool endStream)
    {
        if (_stream.IsOver)
        {
            return;
        }

        var isBad = false;
        if (_retry.IsRetriable(status, attempt.ResponseHeaders))
        {
            if (!attempt.IsRetried && _retryEnabled
                && TryScheduleRetry(_retry.RateLimitBackoffNanos(
                    attempt.ResponseHeaders, _worker.Loop.UnixNanos, ref _worker.Random)))
            {
                _cluster!.Stats.CountRetriedResponse(_worker.Index, status);
                Drop(attempt, endStream);
                return;
            }

            isBad = _retryEnabled;
        }

        if (isBad && (_attempts!.Count > 1 || _backoffTimer.IsStarted))
        {
            attempt.Host.Add(_worker.Index, HostStat.RqError);
            Drop(attempt, endStream);
            return;
        }

        attempt.IsWinner = true;
        attempt.StopTimer();
        CancelAttempts(attempt);
        _backoffTimer.Stop();
        ReleaseRetry();
        _upstream = attempt.Upstream;
        Describe(attempt.Upstream!);
        _stream.Response.CopyFrom(attempt.ResponseHeaders);
        JudgeResponse(status, endStream);
        AcceptResponse(status, endStream, !attempt.IsRetried);
    }

    internal void TakeTrailers(HeaderMap trailers)
    {
        _stream.ResponseTrailers.CopyFrom(trailers);
        ((IUpstreamCallbacks)this).OnResponseTrailers();
    }

    private void StartHedged(Host host)
    {
        var attempt = new HedgedAttempt(this, _worker, host);
        (_attempts ??= []).Add(attempt);
        _worker.GetHostState(host).GetPool(Info.Protocol, _action!.HighPriority, OverridesFor(host))
            .NewStream(attempt.Pending);
    }

    /// <summary>The request's body goes to all attempts that have a connection.</summary>
    private void SendToAttempts(BufferChain data, int length, bool endStream)
    {
        foreach (var attempt in _attempts!)
        {
            if (attempt.Upstream is { } upstream)
            {
                var copy = new BufferChain(_worker.Loop.Buffers);
                data.AppendTo(copy, length);
                upstream.EncodeData(copy, length, endStream);
            }
        }
    }

    private void GiveUp(HedgedAttempt attempt, UpstreamResetReason reason)
    {
        _attempts!.Remove(attempt);
        if (_stream.IsOver || _responseStarted)
        {
            return;
        }

        if ((!attempt.IsRetried && TryRetry(reason)) || _attempts.Count > 0 || _backoffTimer.IsStarted)
        {
            return;
        }

        FailRequest(reason);
    }

    private void Drop(HedgedAttempt attempt, bool isComplete)
    {
        _attempts!.Remove(attempt);
        if (isComplete)
        {
            attempt.End();
        }
        else
        {
            attempt.Cancel();
        }
    }

    private void CancelAttempts(HedgedAttempt? but)
    {
        if (_attempts is not { Count: > 0 } attempts)
        {
            return;
        }

        for (var i = attempts.Count - 1; i >= 0; i--)
        {
            var attempt = attempts[i];
            attempts.RemoveAt(i);
            if (!ReferenceEquals(attempt, but) && !attempt.IsWinner)
            {
                attempt.Cancel();
            }
        }
    }
}
