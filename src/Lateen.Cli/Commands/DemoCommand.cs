using System.CommandLine;
using System.Runtime.InteropServices;
using Lateen.Local;
using Lateen.Local.Demo;
using Lateen.Local.Hosting;
using Spectre.Console;

namespace Lateen.Cli.Commands;

/// <summary><c>lateen demo</c>: Bookinfo in a mesh on this machine, shown step by step.</summary>
internal static class DemoCommand
{
    internal static Command Build()
    {
        var once = new Option<bool>("--once")
        {
            Description = "Run through and end; exit code 0 only if every step was seen to happen.",
        };
        var proxy =
            new Option<string>("--proxy") { Description = "An Envoy for the agents to drive instead of our proxy." };
        var mix = new Option<bool>("--mix") { Description = "With --proxy: about half of the pods keep our proxy." };
        var noNamespaces = UpCommand.NoNamespaces();
        var state = new Option<string>("--state") { Description = "Folder for the authority, logs and status." };
        var command =
            new Command("demo", "Shows a mesh at work: Bookinfo on this machine.")
            {
                once, proxy, mix, noNamespaces, state,
            };
        command.SetAction((result, cancel) => RunAsync(
            result.GetValue(once),
            UpCommand.Options("demo", result.GetValue(state)) with
            {
                ProxyPath = result.GetValue(proxy),
                MixProxies = result.GetValue(mix),
                NoNamespaces = result.GetValue(noNamespaces),
            },
            result.InvocationConfiguration.Output, result.InvocationConfiguration.Error, cancel));
        return command;
    }

    private static async Task<int> RunAsync(
        bool once, NodeOptions options, TextWriter output, TextWriter error, CancellationToken cancel)
    {
        if (FindSample() is not { } sample)
        {
            await error.WriteLineAsync(
                "lateen demo: the folder samples/bookinfo is not beside this executable; run it from a "
                + "clone of the repository").ConfigureAwait(false);
            return 1;
        }

        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        void Stop(PosixSignalContext context)
        {
            context.Cancel = true;
            stop.Cancel();
        }

        using var term = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using var demo = new Demo(options, sample, TimeProvider.System);
        var console = UpView.CreateConsole(output);
        try
        {
            var passed = await ShowAsync(demo, console, stop.Token).ConfigureAwait(false);
            if (!once)
            {
                Invite(demo, console);
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, stop.Token)
                    .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }

            return passed ? 0 : 1;
        }
        catch (LocalException e)
        {
            await error.WriteLineAsync($"lateen demo: {e.Message} (logs: {options.LogFolder})").ConfigureAwait(false);
            return 1;
        }
        catch (OperationCanceledException)
        {
            return 1;
        }
        finally
        {
            await demo.StopAsync().ConfigureAwait(false);
        }
    }

    private static async Task<bool> ShowAsync(Demo demo, IAnsiConsole console, CancellationToken stop)
    {
        await console.Status().StartAsync("starting the mesh", async context =>
            await demo.StartAsync(text => context.Status = Markup.Escape(text), stop).ConfigureAwait(false))
            .ConfigureAwait(false);
        if (demo.Host.Notice.Length > 0)
        {
            console.WriteLine($"capture: {demo.Host.Notice}");
        }

        console.Write(UpView.Pods(demo.Host.Status));
        var passed = console.Profile.Capabilities.Ansi
            ? await ShowTableAsync(demo, console, stop).ConfigureAwait(false)
            : await ShowLinesAsync(demo, console, stop).ConfigureAwait(false);
        console.MarkupLine(passed ? "[green]every step was seen to happen[/]"
            : "[red]not every step was seen to happen[/]");
        return passed;
    }

    private static async Task<bool> ShowTableAsync(Demo demo, IAnsiConsole console, CancellationToken stop)
    {
        List<(DemoStep Step, StepResult? Result)> rows = [.. Demo.Steps.Select(s => (s, (StepResult?)null))];
        await console.Live(Table(rows, -1)).StartAsync(async live =>
        {
            for (var i = 0; i < rows.Count; i++)
            {
                live.UpdateTarget(Table(rows, i));
                rows[i] = (rows[i].Step, await demo.RunAsync(rows[i].Step, stop).ConfigureAwait(false));
            }

            live.UpdateTarget(Table(rows, -1));
        }).ConfigureAwait(false);
        return rows.TrueForAll(r => r.Result!.Seen);
    }

    private static async Task<bool> ShowLinesAsync(Demo demo, IAnsiConsole console, CancellationToken stop)
    {
        var passed = true;
        foreach (var step in Demo.Steps)
        {
            var result = await demo.RunAsync(step, stop).ConfigureAwait(false);
            passed &= result.Seen;
            console.WriteLine($"{(result.Seen ? "seen    " : "NOT SEEN")} {step.Title}: {result.What}");
        }

        return passed;
    }

    private static Table Table(List<(DemoStep Step, StepResult? Result)> rows, int running)
    {
        var table = new Table().Border(TableBorder.Simple).AddColumns("STEP", "SEEN", "WHAT");
        for (var i = 0; i < rows.Count; i++)
        {
            var (step, result) = rows[i];
            table.AddRow(
                Markup.Escape(step.Title),
                result is null ? (i == running ? "[yellow]...[/]" : "") : result.Seen ? "[green]yes[/]" : "[red]no[/]",
                Markup.Escape(result?.What ?? ""));
        }

        return table;
    }

    private static void Invite(Demo demo, IAnsiConsole console)
    {
        console.Write(UpView.Ports(demo.Host.Status));
        console.MarkupLine("The mesh stays up. To try:");
        console.WriteLine($"  curl {demo.Gateway}productpage");
        console.WriteLine($"  curl -H 'end-user: jason' {demo.Gateway}api/v1/products/0");
        console.WriteLine("Ctrl-C ends it and leaves nothing behind.");
    }

    /// <summary>The sample's folder, looked for upwards from the executable and from here.</summary>
    private static string? FindSample()
    {
        foreach (var start in (string[])[Path.GetDirectoryName(Environment.ProcessPath)!, Environment.CurrentDirectory])
        {
            for (var folder = new DirectoryInfo(start); folder is not null; folder = folder.Parent)
            {
                var sample = Path.Combine(folder.FullName, "samples", "bookinfo");
                if (Directory.Exists(Path.Combine(sample, "kube")))
                {
                    return sample;
                }
            }
        }

        return null;
    }
}
