using System.Globalization;
using Lateen.Local.Platform;

namespace Lateen.Local.Pods;

/// <summary>
/// The life of one pod: namespaces, volumes, init containers one after the other, then all containers until it is
/// stopped.
/// </summary>
internal sealed class PodRunner(PodServices services, LocalPod pod) : IDisposable
{
    private static readonly TimeSpan _graceDefault = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan _initRetry = TimeSpan.FromSeconds(2);
    private readonly CancellationTokenSource _stop = new();
    private readonly List<ContainerRunner> _containers = [];
    private IPodSandbox? _sandbox;

    public LocalPod Pod => pod;

    /// <summary>Ends when nothing of the pod is left.</summary>
    public Task Completion { get; private set; } = Task.CompletedTask;

    public void Start() => Completion = RunAsync();

    /// <summary>Takes it out of its services and ends it after a grace.</summary>
    public void Stop()
    {
        pod.Terminating = true;
        pod.Phase = "Terminating";
        services.Changed();
        _stop.Cancel();
    }

    /// <summary>Ends one container's program at once, as a crash would; false when there is none of that
    /// name.</summary>
    public bool Kill(string container)
    {
        var runner = _containers.Find(c => c.Name == container);
        runner?.Signal(SystemCalls.SigKill, all: true);
        return runner is not null;
    }

    /// <summary>Brings the pod's readiness in line with its containers'.</summary>
    public void Refresh()
    {
        if (pod.Phase == "Running")
        {
            pod.Ready = _containers.Count > 0 && _containers.TrueForAll(c => c.Ready);
            pod.Message = string.Join("; ", _containers.Select(c => c.Message).Where(m => m.Length > 0));
        }
        else
        {
            pod.Ready = false;
        }
    }

    public void Dispose() => _stop.Dispose();

    private async Task RunAsync()
    {
        await Task.Yield();
        try
        {
            _sandbox = await services.Open(
                pod, Path.Combine(services.Folders.Pods, $"{pod.Id.Namespace}_{pod.Id.Name}")).ConfigureAwait(false);
            pod.Sandbox = _sandbox;
            var volumes = new PodVolumes(pod, services.Cluster(), _sandbox.Folder, services.IssueToken).Prepare()
                .ToDictionary(v => v.Key, v =>
                    v.Value.Replace(_sandbox.Folder, _sandbox.InnerFolder, StringComparison.Ordinal));
            if (await RunInitContainersAsync(volumes).ConfigureAwait(false))
            {
                await RunContainersAsync(volumes).ConfigureAwait(false);
            }
        }
        catch (LocalException e)
        {
            Fail(e.Message);
            await Task.Delay(Timeout.InfiniteTimeSpan, services.Clock, _stop.Token)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        finally
        {
            _containers.ForEach(c => c.Signal(SystemCalls.SigKill, all: true));
            _sandbox?.Dispose();
            pod.Phase = pod.Finished ? pod.Phase : "Terminated";
            services.Changed();
        }
    }

    private void Fail(string message)
    {
        pod.Message = message;
        services.Report(pod, true, message);
        services.Changed();
    }

    private async Task<bool> RunInitContainersAsync(Dictionary<string, string> volumes)
    {
        foreach (var container in pod.Object.Spec.InitContainers)
        {
            var runner = new ContainerRunner(services, _sandbox!, pod, container, volumes);
            if (container.RestartPolicy == "Always")
            {
                _containers.Add(runner);
                _ = runner.SuperviseAsync("Always", _stop.Token);
                await Task.WhenAny(runner.Started, Task.Delay(Timeout.InfiniteTimeSpan, services.Clock, _stop.Token))
                    .ConfigureAwait(false);
                continue;
            }

            while (true)
            {
                pod.Message = $"init container {container.Name} runs";
                services.Changed();
                var code = await RunInitAsync(runner).ConfigureAwait(false);
                if (_stop.IsCancellationRequested)
                {
                    return false;
                }

                if (code == 0)
                {
                    break;
                }

                pod.Restarts++;
                Fail(string.Create(CultureInfo.InvariantCulture,
                    $"init container {container.Name} failed with exit code {code}: ")
                    + LastWords(container.Name));
                await Task.Delay(_initRetry, services.Clock, _stop.Token)
                    .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }

        return !_stop.IsCancellationRequested;
    }

    private async Task<int> RunInitAsync(ContainerRunner runner)
    {
        try
        {
            return await runner.RunOnceAsync(_stop.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            runner.Signal(SystemCalls.SigKill, all: true);
            return 1;
        }
    }

    /// <summary>The end of a container's log, for a message.</summary>
    private string LastWords(string container)
    {
        var path = Path.Combine(services.Folders.Logs, $"{pod.Id.Namespace}_{pod.Id.Name}_{container}.log");
        return File.Exists(path) ? File.ReadLines(path).LastOrDefault() ?? "" : "";
    }

    private async Task RunContainersAsync(Dictionary<string, string> volumes)
    {
        var policy = pod.Object.Spec.RestartPolicy is { Length: > 0 } p ? p : "Always";
        var runs = new List<Task>();
        foreach (var container in pod.Object.Spec.Containers)
        {
            var runner = new ContainerRunner(services, _sandbox!, pod, container, volumes);
            _containers.Add(runner);
            runs.Add(runner.SuperviseAsync(policy, _stop.Token));
        }

        pod.Phase = "Running";
        services.Changed();
        var all = Task.WhenAll(runs);
        var stopped = Task.Delay(Timeout.InfiniteTimeSpan, services.Clock, _stop.Token);
        if (await Task.WhenAny(all, stopped).ConfigureAwait(false) == all && !_stop.IsCancellationRequested)
        {
            pod.Phase = _containers.TrueForAll(c => c.Message.Length == 0) ? "Succeeded" : "Failed";
            services.Changed();
            await Task.WhenAny(stopped).ConfigureAwait(false);
            return;
        }

        _containers.ForEach(c => c.Signal(SystemCalls.SigTerm));
        var seconds = pod.Object.Spec.TerminationGracePeriodSeconds;
        var grace = seconds is { } s ? TimeSpan.FromSeconds(Math.Clamp(s, 0, 300)) : _graceDefault;
        await Task.WhenAny(all, Task.Delay(grace, services.Clock)).ConfigureAwait(false);
        _containers.ForEach(c => c.Signal(SystemCalls.SigKill, all: true));
        await all.ConfigureAwait(false);
    }
}
