using Lateen.Http;
using Lateen.Net;
using Lateen.Proxy.Clusters;
using Lateen.Proxy.Routing;
using Lateen.Proxy.Stats;

namespace Lateen.Proxy.Runtime;

/// <summary>A call of the proxy's own that is made again when it fails, as a policy says. Thread: the worker.</summary>
internal sealed class RetriedHttpCall : ITimerTarget
{
    private readonly Worker _worker;
    private readonly Cluster _cluster;
    private readonly Action<HeaderMap> _prepare;
    private readonly byte[] _body;
    private readonly long _deadlineNanos;
    private readonly long _attemptNanos;
    private readonly Action<HttpCall, HttpCallOutcome> _done;
    private readonly HttpCallTrace _trace;
    private readonly bool _tellsMachine;
    private readonly RetryState _retry = new();
    private readonly LoopTimer _timer;
    private HttpCall? _call;
    private int _retries;
    private bool _isOver;

    private RetriedHttpCall(
        Worker worker, Cluster cluster, Action<HeaderMap> prepare, byte[]? body, long timeoutNanos,
        RetryPolicy? policy, Action<HttpCall, HttpCallOutcome> done, HttpCallTrace trace, bool tellsMachine)
    {
        _trace = trace;
        _tellsMachine = tellsMachine;
        (_worker, _cluster, _prepare, _body, _done) = (worker, cluster, prepare, body ?? [], done);
        _deadlineNanos = timeoutNanos > 0 ? worker.NowNanos + timeoutNanos : 0;
        _timer = new LoopTimer(worker.Loop.Timers, this);
        if (policy is not null)
        {
            // As in Envoy: the longest pause is each attempt's time, too.
            _attemptNanos = policy.MaxIntervalNanos;
            _retry.Start(policy, new HeaderMap());
        }
    }

    /// <summary>Starts the first attempt. <paramref name="done"/> may be called before this returns.</summary>
    /// <param name="worker">Whose thread it is.</param>
    /// <param name="cluster">Whom it asks.</param>
    /// <param name="prepare">Fills the headers of each attempt.</param>
    /// <param name="body">Null or empty: none.</param>
    /// <param name="timeoutNanos">Of all attempts together; zero: none.</param>
    /// <param name="policy">What is tried again; null: nothing.</param>
    /// <param name="done">Takes the last attempt's outcome.</param>
    /// <param name="trace">Makes each attempt's span.</param>
    /// <param name="tellsMachine">Whether the proxy tells its address.</param>
    public static RetriedHttpCall Start(
        Worker worker, Cluster cluster, Action<HeaderMap> prepare, byte[]? body, long timeoutNanos,
        RetryPolicy? policy, Action<HttpCall, HttpCallOutcome> done, HttpCallTrace trace = default,
        bool tellsMachine = false)
    {
        var call = new RetriedHttpCall(
            worker, cluster, prepare, body, timeoutNanos, policy, done, trace, tellsMachine);
        call.Attempt();
        return call;
    }

    /// <summary>Nobody waits any more.</summary>
    public void Cancel()
    {
        _isOver = true;
        _timer.Remove();
        _call?.Cancel();
    }

    void ITimerTarget.OnTimer(LoopTimer timer) => Attempt();

    private void Attempt()
    {
        var left = _deadlineNanos == 0 ? 0 : Math.Max(1, _deadlineNanos - _worker.NowNanos);
        left = _attemptNanos > 0 && (left == 0 || _attemptNanos < left) ? _attemptNanos : left;
        var isDone = false;
        var call = HttpCall.Start(
            _worker, _cluster, _prepare, _body, left,
            (ended, outcome) =>
            {
                isDone = true;
                OnEnd(ended, outcome);
            },
            tellsMachine: _tellsMachine, trace: _trace, countsResponse: false);
        if (!isDone)
        {
            _call = call;
        }
    }

    private void OnEnd(HttpCall call, HttpCallOutcome outcome)
    {
        _call = null;
        if (_isOver)
        {
            return;
        }
        var isRetriable = outcome switch
        {
            HttpCallOutcome.Success => _retry.IsRetriable(call.Status, call.ResponseHeaders),
            HttpCallOutcome.Reset or HttpCallOutcome.Timeout when HasTime =>
                _retry.IsRetriable(UpstreamResetReason.LocalConnectionFailure, false),
            _ => false,
        };
        if (isRetriable && TrySchedule())
        {
            return;
        }
        if (!isRetriable && outcome == HttpCallOutcome.Success && _retries > 0)
        {
            Count(ClusterStat.UpstreamRqRetrySuccess);
        }
        if (outcome == HttpCallOutcome.Success || call.FailureText is not null)
        {
            // Answers that are asked for again count as retries only.
            _cluster.Stats.CountResponse(_worker.Index, call.StatusOf(outcome), true);
        }
        _isOver = true;
        _timer.Remove();
        _done(call, outcome);
    }

    private bool HasTime => _deadlineNanos == 0 || _worker.NowNanos < _deadlineNanos;

    private bool TrySchedule()
    {
        if (!_retry.TryTake())
        {
            Count(ClusterStat.UpstreamRqRetryLimitExceeded);
            return false;
        }
        _retries++;
        Count(ClusterStat.UpstreamRqRetry);
        Count(ClusterStat.UpstreamRqRetryBackoffExponential);
        _timer.Start((_retry.NextBackoffNanos(ref _worker.Random) + 999_999) / 1_000_000);
        return true;
    }

    private void Count(ClusterStat stat) => _cluster.Stats.Add(_worker.Index, stat);
}
