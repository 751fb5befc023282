using Lateen.Local.Hosting;

namespace Lateen.Local.Demo;

/// <summary>
/// Bookinfo in a mesh on this machine, step by step: each step changes what a user would change and counts what then
/// happens to real requests through the gateway.
/// </summary>
public sealed class Demo : IDisposable
{
    private static readonly TimeSpan _startDeadline = TimeSpan.FromMinutes(3);
    private static readonly TimeSpan _poll = TimeSpan.FromMilliseconds(250);
    private readonly DemoWorkspace _workspace;
    private readonly TimeProvider _clock;
    private Traffic? _traffic;

    /// <param name="options">Where to run; its folder becomes the demo's.</param>
    /// <param name="sample">Folder of the sample Bookinfo.</param>
    /// <param name="clock">The time.</param>
    public Demo(NodeOptions options, string sample, TimeProvider clock)
    {
        _clock = clock;
        _workspace = new DemoWorkspace(sample, Path.Combine(options.StateFolder, "bookinfo"));
        Host = new MeshHost(options with { Folder = _workspace.Folder });
    }

    /// <summary>The mesh.</summary>
    public MeshHost Host { get; }

    /// <summary>Where the gateway is reached on this machine; null until it is.</summary>
    public Uri? Gateway { get; private set; }

    /// <summary>The steps in order.</summary>
    public static IReadOnlyList<DemoStep> Steps => DemoSteps.All;

    /// <summary>Starts the mesh and waits until the gateway answers.</summary>
    /// <param name="progress">Told what is waited for.</param>
    /// <param name="cancel">Gives up.</param>
    /// <exception cref="LocalException">It does not come up.</exception>
    public async Task StartAsync(Action<string> progress, CancellationToken cancel)
    {
        _workspace.Create();
        Host.Start();
        var began = _clock.GetTimestamp();
        while (true)
        {
            var status = Host.Status;
            var waiting = status.Pods.Where(p => !p.Ready).ToList();
            if (status.Ready && await TryGatewayAsync(status, cancel).ConfigureAwait(false))
            {
                return;
            }

            progress(waiting.Count > 0
                ? $"{status.Pods.Count - waiting.Count} of {status.Pods.Count} pods are ready; waiting for "
                    + $"{waiting[0].Name}"
                : "waiting for the gateway's first answer");
            if (Host.Completion.IsCompleted || _clock.GetElapsedTime(began) > _startDeadline)
            {
                throw new LocalException("the mesh did not come up: "
                    + string.Join("; ", waiting.Select(p => $"{p.Name}: {p.Message}")
                        .DefaultIfEmpty("the gateway gives no answer")));
            }

            await Task.Delay(_poll, _clock, cancel).ConfigureAwait(false);
        }
    }

    /// <summary>Runs one step and puts its changes back.</summary>
    public async Task<StepResult> RunAsync(DemoStep step, CancellationToken cancel)
    {
        try
        {
            return await step.Run(new DemoContext(Host, _workspace, _traffic!, _clock), cancel).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or LocalException)
        {
            return new StepResult(false, e.Message);
        }
    }

    /// <summary>Ends the mesh.</summary>
    public Task StopAsync() => Host.StopAsync();

    /// <summary>Closes connections and ports.</summary>
    public void Dispose()
    {
        _traffic?.Dispose();
        Host.Dispose();
    }

    private async Task<bool> TryGatewayAsync(MeshStatus status, CancellationToken cancel)
    {
        var port = status.Published.FirstOrDefault(p => p.Name == "istio-system/istio-ingressgateway:http2")?.HostPort
            ?? 0;
        if (port == 0)
        {
            return false;
        }

        Gateway = new Uri($"http://127.0.0.1:{port}");
        _traffic ??= new Traffic(Gateway);
        var (code, _) = await _traffic.GetAsync("/productpage", null, cancel).ConfigureAwait(false);
        return code == 200;
    }
}
