using Lateen.Net;
using Lateen.Proxy.Clusters;
using Lateen.Proxy.Runtime;

namespace Lateen.Proxy.HealthChecks;

/// <summary>
/// The checks of one host: 1. a check starts, with a limit of its time; 2. its outcome changes the host's health when
/// the threshold is reached; 3. the next one follows after an interval that depends on both. On the checker's loop.
/// </summary>
internal abstract class HealthCheckSession : ITimerTarget
{
    private const int IntervalTimer = 1;
    private const int TimeoutTimer = 2;

    private readonly LoopTimer _interval;
    private readonly LoopTimer _timeout;
    private bool _isFirst = true;
    private bool _isOver;
    private int _successes;
    private int _failures;

    protected HealthCheckSession(HealthChecker checker, Host host)
    {
        Checker = checker;
        Host = host;
        _interval = new LoopTimer(checker.Worker.Loop.Timers, this, IntervalTimer);
        _timeout = new LoopTimer(checker.Worker.Loop.Timers, this, TimeoutTimer);
    }

    internal Host Host { get; }

    protected HealthChecker Checker { get; }

    protected HealthCheckConfig Config => Checker.Config;

    protected Worker Worker => Checker.Worker;

    internal void Start()
    {
        if ((Host.Health & HealthFlags.FailedActiveHealthCheck) == 0)
        {
            Checker.CountHealthy(1);
        }
        var jitter = Checker.Random(Config.InitialJitterNanos);
        if (jitter > 0)
        {
            _interval.Start(jitter / 1_000_000);
            return;
        }
        Begin();
    }

    internal void Stop()
    {
        _isOver = true;
        _interval.Remove();
        _timeout.Remove();
        Cancel();
        if ((Host.Health & HealthFlags.FailedActiveHealthCheck) == 0)
        {
            Checker.CountHealthy(-1);
        }
        if ((Host.Health & HealthFlags.DegradedActiveHealthCheck) != 0)
        {
            Checker.CountDegraded(-1);
        }
    }

    /// <summary>A response to a request said that the host wants no more.</summary>
    internal void FailImmediately()
    {
        if (_isOver)
        {
            return;
        }
        Host.SetHealth(HealthFlags.ExcludedViaImmediateHealthCheckFail, true);
        SetUnhealthy(HealthCheckFailure.Passive, false);
    }

    void ITimerTarget.OnTimer(LoopTimer timer)
    {
        if (timer.Kind == IntervalTimer)
        {
            Begin();
            return;
        }
        Cancel();
        OnFailure(HealthCheckFailure.NetworkTimeout, false);
    }

    /// <summary>The status that the present check was answered with; zero: none.</summary>
    protected virtual int AnswerStatus => 0;

    private int StatusOf(HealthCheckFailure failure) => failure == HealthCheckFailure.Active ? AnswerStatus : 0;

    /// <summary>Starts a check.</summary>
    protected abstract void Check();

    /// <summary>The present check is not wanted any more.</summary>
    protected abstract void Cancel();

    protected void OnSuccess(bool isDegraded)
    {
        if (_isOver)
        {
            return;
        }
        _failures = 0;
        var transition = HealthTransition.Unchanged;
        if ((Host.Health & HealthFlags.FailedActiveHealthCheck) != 0)
        {
            if (_isFirst || ++_successes >= Config.HealthyThreshold)
            {
                _successes = 0;
                Host.SetHealth(
                    HealthFlags.FailedActiveHealthCheck | HealthFlags.ActiveHealthCheckTimeout
                    | HealthFlags.ExcludedViaImmediateHealthCheckFail, false);
                Host.AddedNanos = Worker.NowNanos;
                Checker.CountHealthy(1);
                Checker.Events.AddHealthy(Host, _isFirst);
                transition = HealthTransition.Changed;
            }
            else
            {
                transition = HealthTransition.Pending;
            }
        }
        ClearPending(ref transition);
        SetDegraded(isDegraded, ref transition);
        Checker.Count(HealthCheckStat.Success);
        if (Config.AlwaysLogSuccess)
        {
            Checker.Events.Success(Host);
        }
        Finish(transition, true);
    }

    protected void OnFailure(HealthCheckFailure failure, bool isRetriable)
    {
        if (_isOver)
        {
            return;
        }
        var transition = SetUnhealthy(failure, isRetriable);
        if (!_isOver)
        {
            ScheduleNext(transition, false);
        }
    }

    private void Begin()
    {
        Checker.Count(HealthCheckStat.Attempt);
        _timeout.Start((Config.TimeoutNanos + 999_999) / 1_000_000);
        Check();
    }

    private HealthTransition SetUnhealthy(HealthCheckFailure failure, bool isRetriable)
    {
        _successes = 0;
        var transition = HealthTransition.Unchanged;
        var isNetwork = failure is HealthCheckFailure.Network or HealthCheckFailure.NetworkTimeout;
        if ((Host.Health & HealthFlags.FailedActiveHealthCheck) == 0)
        {
            if ((!isNetwork && !isRetriable) || ++_failures >= Config.UnhealthyThreshold)
            {
                _failures = 0;
                Host.SetHealth(HealthFlags.FailedActiveHealthCheck, true);
                Checker.CountHealthy(-1);
                Checker.Events.EjectUnhealthy(Host, failure, StatusOf(failure));
                transition = HealthTransition.Changed;
            }
            else
            {
                transition = HealthTransition.Pending;
            }
        }
        if ((Host.Health & HealthFlags.FailedActiveHealthCheck) != 0)
        {
            Host.SetHealth(HealthFlags.ActiveHealthCheckTimeout, failure == HealthCheckFailure.NetworkTimeout);
        }
        ClearPending(ref transition);
        if (_isFirst || Config.AlwaysLogFailures)
        {
            Checker.Events.Failure(Host, failure, _isFirst, StatusOf(failure));
        }
        Checker.Count(HealthCheckStat.Failure);
        if (isNetwork)
        {
            Checker.Count(HealthCheckStat.NetworkFailure);
        }
        else if (failure == HealthCheckFailure.Passive)
        {
            Checker.Count(HealthCheckStat.PassiveFailure);
        }
        Conclude(transition);
        return transition;
    }

    private void ClearPending(ref HealthTransition transition)
    {
        if ((Host.Health & HealthFlags.PendingActiveHealthCheck) != 0)
        {
            Host.SetHealth(HealthFlags.PendingActiveHealthCheck, false);
            transition = HealthTransition.Changed;
        }
    }

    private void SetDegraded(bool isDegraded, ref HealthTransition transition)
    {
        if (isDegraded == ((Host.Health & HealthFlags.DegradedActiveHealthCheck) != 0))
        {
            return;
        }
        Host.SetHealth(HealthFlags.DegradedActiveHealthCheck, isDegraded);
        Checker.CountDegraded(isDegraded ? 1 : -1);
        if (isDegraded)
        {
            Checker.Events.Degraded(Host);
        }
        else
        {
            Checker.Events.NoLongerDegraded(Host);
        }
        if (transition == HealthTransition.Unchanged)
        {
            transition = HealthTransition.Changed;
        }
    }

    private void Finish(HealthTransition transition, bool isHealthy)
    {
        Conclude(transition);
        if (!_isOver)
        {
            ScheduleNext(transition, isHealthy);
        }
    }

    private void Conclude(HealthTransition transition)
    {
        var wasFirst = _isFirst;
        _isFirst = false;
        Checker.OnResult(this, transition == HealthTransition.Changed, wasFirst);
    }

    private void ScheduleNext(HealthTransition transition, bool isHealthy)
    {
        _timeout.Stop();
        _interval.Start((Checker.NextIntervalNanos(isHealthy, transition) + 999_999) / 1_000_000);
    }
}
