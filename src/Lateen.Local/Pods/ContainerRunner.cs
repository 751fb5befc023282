using System.Globalization;
using Lateen.Kubernetes.Objects;
using Lateen.Local.Platform;

namespace Lateen.Local.Pods;

/// <summary>
/// Keeps one container running: starts it, starts it again after it ended (ever later while it keeps failing), and asks
/// its probes. Started before it is ready; ready only while its probes say so.
/// </summary>
internal sealed class ContainerRunner(
    PodServices services, IPodSandbox sandbox, LocalPod pod, Container container, IReadOnlyDictionary<string,
        string> volumes)
{
    private static readonly TimeSpan _backoffMin = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan _backoffMax = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan _stable = TimeSpan.FromSeconds(60);
    private readonly ProbeRunner _probes = new(services.Clock);
    private readonly TaskCompletionSource _started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private ContainerProcess? _process;

    public string Name => container.Name;

    public bool Ready { get; private set; }

    /// <summary>Why it is not ready; empty when it is, or nothing is known yet.</summary>
    public string Message { get; private set; } = "starting";

    /// <summary>Ends when its start-up probe has succeeded for the first time (at once without one).</summary>
    public Task Started => _started.Task;

    /// <summary>Runs to the end once; for init containers.</summary>
    public async Task<int> RunOnceAsync(CancellationToken stop)
    {
        _process = Start();
        return await _process.WaitAsync(stop).ConfigureAwait(false);
    }

    /// <summary>Keeps it running until told to stop. A restart policy other than Always ends it after an
    /// exit.</summary>
    public async Task SuperviseAsync(string restartPolicy, CancellationToken stop)
    {
        var backoff = _backoffMin;
        while (!stop.IsCancellationRequested)
        {
            var began = services.Clock.GetTimestamp();
            var (code, reason) = await RunWithProbesAsync(stop).ConfigureAwait(false);
            SetReady(false, "");
            if (stop.IsCancellationRequested || restartPolicy == "Never" || (restartPolicy == "OnFailure" && code == 0))
            {
                Message = code == 0 ? "" : reason;
                return;
            }

            backoff = services.Clock.GetElapsedTime(began) > _stable ? _backoffMin : backoff;
            pod.Restarts++;
            Message =
                string.Create(CultureInfo.InvariantCulture,
                    $"{container.Name} {reason}; starts again in {backoff.TotalSeconds:0.#} s");
            services.Report(pod, true, Message);
            services.Changed();
            await Task.Delay(backoff, services.Clock, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            backoff = backoff * 2 > _backoffMax ? _backoffMax : backoff * 2;
        }
    }

    /// <summary>Asks the program to end, or makes it and all that it started.</summary>
    public void Signal(int signal, bool all = false) => _process?.Signal(signal, all);

    private ContainerProcess Start()
    {
        var environment = new ContainerEnvironment(pod, container, services.Cluster());
        foreach (var (name, value) in services.Variables)
        {
            environment.Set(name, value);
        }

        var words = services.Images.Resolve(pod.Id.Name, container, environment.Expand);
        var log = Path.Combine(services.Folders.Logs, $"{pod.Id.Namespace}_{pod.Id.Name}_{container.Name}.log");
        if (!File.Exists(log))
        {
            // Programs open /dev/stdout by name, which asks for the file's own permission.
            File.WriteAllText(log, "");
            File.SetUnixFileMode(log, (UnixFileMode)0x1B6);
        }

        return sandbox.Start(container, words, environment.Variables, volumes, log);
    }

    private async Task<(int Code, string Reason)> RunWithProbesAsync(CancellationToken stop)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(stop);
        try
        {
            using var process = Start();
            _process = process;
            var probing = ProbeAsync(ended.Token);
            var code = await process.WaitAsync(CancellationToken.None).ConfigureAwait(false);
            _process = null;
            await ended.CancelAsync().ConfigureAwait(false);
            await probing.ConfigureAwait(false);
            return (code, $"ended with exit code {code.ToString(CultureInfo.InvariantCulture)}");
        }
        catch (LocalException e)
        {
            return (1, e.Message);
        }
    }

    /// <summary>Start-up probe first, then readiness and liveness side by side.</summary>
    private async Task ProbeAsync(CancellationToken ended)
    {
        if (container.StartupProbe is { } startup
            && !await RepeatAsync(startup, untilSuccess: true, failed: true, ended).ConfigureAwait(false))
        {
            return;
        }

        _started.TrySetResult();
        var readiness = container.ReadinessProbe is { } ready
            ? RepeatAsync(ready, untilSuccess: false, failed: false, ended)
            : Task.FromResult(true);
        if (container.ReadinessProbe is null)
        {
            SetReady(true, "");
        }

        if (container.LivenessProbe is { } live)
        {
            await RepeatAsync(live, untilSuccess: false, failed: true, ended).ConfigureAwait(false);
        }

        await readiness.ConfigureAwait(false);
    }

    /// <summary>
    /// Asks again and again. With <paramref name="failed"/> a probe that keeps failing ends the program; without, it
    /// only decides readiness. True when it succeeded and that was all that was wanted.
    /// </summary>
    private async Task<bool> RepeatAsync(Probe probe, bool untilSuccess, bool failed, CancellationToken ended)
    {
        var period = TimeSpan.FromSeconds(probe.PeriodSeconds > 0 ? probe.PeriodSeconds : 10);
        // A pod that just started is asked often, so that a mesh is up soon.
        var eager = TimeSpan.FromMilliseconds(200);
        await DelayAsync(TimeSpan.FromSeconds(probe.InitialDelaySeconds), ended).ConfigureAwait(false);
        var patience = period * (probe.FailureThreshold > 0 ? probe.FailureThreshold : 3);
        var since = services.Clock.GetTimestamp();
        while (!ended.IsCancellationRequested)
        {
            var problem = await _probes.RunAsync(probe, container, pod, ended).ConfigureAwait(false);
            if (ended.IsCancellationRequested)
            {
                return false;
            }

            since = problem is null ? services.Clock.GetTimestamp() : since;
            // Asked more often than the period says, failures count by the time that they last.
            var failing = services.Clock.GetElapsedTime(since);
            if (problem is null && untilSuccess)
            {
                return true;
            }

            if (!failed)
            {
                SetReady(problem is null || (Ready && failing < patience),
                    problem is null ? "" : $"{container.Name} is not ready: {problem}");
            }
            else if (problem is not null && failing >= patience)
            {
                services.Report(pod, true, $"{container.Name} failed its probe: {problem}; it is ended");
                Signal(SystemCalls.SigKill, all: true);
                return false;
            }
            else if (untilSuccess)
            {
                SetReady(false, $"{container.Name} has not started: {problem}");
            }

            await DelayAsync(Ready || (failed && !untilSuccess) ? period : eager, ended).ConfigureAwait(false);
        }

        return false;
    }

    private Task DelayAsync(TimeSpan time, CancellationToken ended) => time > TimeSpan.Zero
        ? Task.Delay(time, services.Clock, ended).ContinueWith(_ => { }, CancellationToken.None,
            TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default)
        : Task.CompletedTask;

    private void SetReady(bool ready, string message)
    {
        var changed = ready != Ready || message != Message;
        (Ready, Message) = (ready, message);
        if (changed)
        {
            services.Changed();
        }
    }
}
