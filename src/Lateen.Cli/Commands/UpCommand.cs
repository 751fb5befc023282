using System.CommandLine;
using System.Runtime.InteropServices;
using Lateen.Local;
using Lateen.Local.Hosting;

namespace Lateen.Cli.Commands;

/// <summary><c>lateen up</c>: a mesh on this machine, out of a folder of Kubernetes YAML.</summary>
internal static class UpCommand
{
    private static readonly Argument<string> _folder =
        new("FOLDER") { Description = "Folder (or file) of Kubernetes and Istio YAML." };

    private static readonly Option<string> _state = new("--state")
    {
        Description = "Folder for the authority, logs and status (default: ~/.local/state/lateen/NAME).",
    };

    private static readonly Option<string> _proxy =
        new("--proxy") { Description = "An Envoy for the agents to drive instead of our proxy." };

    private static readonly Option<bool> _mix =
        new("--mix") { Description = "With --proxy: about half of the pods keep our proxy." };

    private static readonly Option<string[]> _images = new("--image")
    {
        Description = "A local command for an image: IMAGE=\"COMMAND WORDS\".",
    };

    private static readonly Option<bool> _platformOnly =
        new("--platform-only") { Description = "No control plane and no proxies." };

    private static readonly Option<bool> _noNamespaces = NoNamespaces();

    /// <summary>Asks for a mesh without capture.</summary>
    internal static Option<bool> NoNamespaces() => new("--no-namespaces")
    {
        Description = "Pods on this machine's own loopback, without capture: HTTP_PROXY and explicit ports.",
    };

    internal static Command Build()
    {
        var json = new Option<string>("--json") { Description = "Write the status there whenever it changes." };
        var command = new Command("up", "Runs a mesh on this machine from ordinary Kubernetes YAML.")
        {
            _folder, _state, _proxy, _mix, _images, _platformOnly, _noNamespaces, json,
        };
        command.SetAction((result, cancel) => RunAsync(
            Options(result), result.GetValue(json), result.InvocationConfiguration.Output,
                result.InvocationConfiguration.Error, cancel));
        return command;
    }

    /// <summary>The inside of <c>up</c>: runs in the mesh's namespaces and talks to it in lines.</summary>
    internal static Command BuildNode()
    {
        var command = new Command("up-node", "The inside of a mesh on this machine.")
        {
            _folder, _state, _proxy, _mix, _images, _platformOnly, _noNamespaces,
        };
        command.Hidden = true;
        command.SetAction((result, _) => RunNodeAsync(
            Options(result), result.InvocationConfiguration.Output, result.InvocationConfiguration.Error));
        return command;
    }

    private static NodeOptions Options(ParseResult result)
    {
        var folder = Path.GetFullPath(result.GetValue(_folder)!);
        return Options(folder, result.GetValue(_state)) with
        {
            ProxyPath = result.GetValue(_proxy),
            MixProxies = result.GetValue(_mix),
            Images = result.GetValue(_images) ?? [],
            PlatformOnly = result.GetValue(_platformOnly),
            NoNamespaces = result.GetValue(_noNamespaces),
        };
    }

    /// <summary>Options with the executables that stand beside ours.</summary>
    internal static NodeOptions Options(string folder, string? state)
    {
        var beside = Path.GetDirectoryName(Environment.ProcessPath)!;
        // Beside ours when published; in its own folder when built by the solution.
        var bookinfo =
            ((string[])[Path.Combine(beside, "bookinfo"), Path.Combine(beside, "../../Bookinfo/debug/bookinfo")])
            .Select(Path.GetFullPath).FirstOrDefault(File.Exists);
        var home = Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData,
            Environment.SpecialFolderOption.DoNotVerify);
        var place = Path.Combine(Path.GetDirectoryName(home) ?? "/tmp", "state", "lateen",
            Path.GetFileName(folder.TrimEnd('/')));
        return new NodeOptions
        {
            Folder = folder,
            StateFolder = Path.GetFullPath(state ?? place),
            Executable = Environment.ProcessPath!,
            AgentExecutable = AgentExecutable(beside),
            BookinfoExecutable = bookinfo,
        };
    }

    /// <summary>The native <c>bin/lateen</c> where this is its <c>lib/lateen/lateen</c>; else this one.</summary>
    private static string AgentExecutable(string beside)
    {
        var native = Path.GetFullPath(Path.Combine(beside, "../../bin/lateen"));
        return Path.GetFileName(beside) == "lateen" && File.Exists(native) ? native : Environment.ProcessPath!;
    }

    private static async Task<int> RunAsync(
        NodeOptions options, string? json, TextWriter output, TextWriter error, CancellationToken cancel)
    {
        using var host = new MeshHost(options);
        var view = new UpView(output);
        host.Happened += view.Show;
        host.Changed += view.Show;
        if (json is not null)
        {
            var status = Path.Combine(options.StateFolder, "status.json");
            host.Changed += _ => File.Copy(status, json, overwrite: true);
        }

        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        void Stop(PosixSignalContext context)
        {
            context.Cancel = true;
            stop.Cancel();
        }

        using var term = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using var hangup = PosixSignalRegistration.Create(PosixSignal.SIGHUP, Stop);
        try
        {
            host.Start();
        }
        catch (LocalException e)
        {
            await error.WriteLineAsync($"lateen up: {e.Message}").ConfigureAwait(false);
            return 1;
        }

        var stopped = Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, stop.Token);
        await Task.WhenAny(host.Completion, stopped).ConfigureAwait(false);
        var failed = host.Completion.IsCompleted;
        await host.StopAsync().ConfigureAwait(false);
        return failed ? 1 : 0;
    }

    private static async Task<int> RunNodeAsync(NodeOptions options, TextWriter output, TextWriter error)
    {
        using var stop = new CancellationTokenSource();
        // Starting pods waits for tools, one blocked thread each; names must be answered meanwhile.
        ThreadPool.SetMinThreads(32, 32);
        // The host says stop by closing our input; a terminal's Ctrl-C reaches both of us, and the host decides.
        using var term = PosixSignalRegistration.Create(PosixSignal.SIGTERM, c => c.Cancel = true);
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, c => c.Cancel = true);
        _ = Task.Run(async () =>
        {
            // The command line is the one place that reads standard input.
#pragma warning disable RS0030
            await Console.In.ReadToEndAsync().ConfigureAwait(false);
#pragma warning restore RS0030
            await stop.CancelAsync().ConfigureAwait(false);
        });
        try
        {
            using var node = new MeshNode(options, TimeProvider.System, output);
            await node.RunAsync(stop.Token).ConfigureAwait(false);
            return 0;
        }
        catch (LocalException e)
        {
            await error.WriteLineAsync($"lateen up: {e.Message}").ConfigureAwait(false);
            return 1;
        }
    }
}
