using Lateen.Local.Hosting;
using Spectre.Console;

namespace Lateen.Cli.Commands;

/// <summary>Shows a mesh on this machine: events as lines, and the table of pods whenever all has come to
/// rest.</summary>
internal sealed class UpView(TextWriter output)
{
    private const int PlainWidth = 200;
    private readonly Lock _lock = new();
    private readonly IAnsiConsole _console = CreateConsole(output);
    private readonly Dictionary<string, string> _phases = [];
    private bool _wasReady;

    public void Show(MeshEvent happened)
    {
        lock (_lock)
        {
            var line = $"{happened.Time:HH:mm:ss} {happened.Subject}: {happened.Message}";
            if (!_console.Profile.Capabilities.Ansi)
            {
                // For a file or a program: a line stays one line, however long.
                output.WriteLine(happened.IsWarning ? $"! {line}" : $"- {line}");
                return;
            }

            var mark = happened.IsWarning ? "[yellow]![/]" : "[grey]-[/]";
            _console.MarkupLine($"{mark} {Markup.Escape(line)}");
        }
    }

    public void Show(MeshStatus status)
    {
        lock (_lock)
        {
            foreach (var pod in status.Pods)
            {
                var now = pod.Ready ? "ready" : pod.Phase.ToLowerInvariant();
                var name = $"{pod.Namespace}/{pod.Name}";
                if (!_phases.TryGetValue(name, out var before) || before != now)
                {
                    _phases[name] = now;
                    _console.MarkupLine($"[grey]-[/] pod {Markup.Escape(name)}: {Color(now)} {pod.Address}");
                }
            }

            if (status.Ready && !_wasReady)
            {
                _console.Write(Pods(status));
                _console.Write(Ports(status));
            }

            _wasReady = status.Ready;
        }
    }

    /// <summary>Colours and width of the terminal; plain and wide lines where there is none.</summary>
    internal static IAnsiConsole CreateConsole(TextWriter output)
    {
        // The command line is the one place that asks about the terminal.
#pragma warning disable RS0030
        var plain = Console.IsOutputRedirected;
#pragma warning restore RS0030
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(output),
            Ansi = plain ? AnsiSupport.No : AnsiSupport.Detect,
            ColorSystem = plain ? ColorSystemSupport.NoColors : ColorSystemSupport.Detect,
        });
        console.Profile.Width = plain ? PlainWidth : console.Profile.Width;
        return console;
    }

    internal static Table Pods(MeshStatus status)
    {
        var table = new Table().Border(TableBorder.Simple);
        foreach (var name in (string[])["NAMESPACE", "POD", "READY", "STATUS", "RESTARTS", "PROXY", "ADDRESS"])
        {
            table.AddColumn(name, c => c.NoWrap = name != "STATUS");
        }

        foreach (var pod in status.Pods)
        {
            table.AddRow(
                Markup.Escape(pod.Namespace), Markup.Escape(pod.Name), pod.Ready ? "[green]yes[/]" : "[yellow]no[/]",
                Markup.Escape(pod.Message.Length > 0 ? pod.Message : pod.Phase),
                $"{pod.Restarts}", pod.Injected ? "yes" : "no", pod.Address);
        }

        return table;
    }

    internal static Table Ports(MeshStatus status)
    {
        var table = new Table().Border(TableBorder.Simple).AddColumns("ON THIS MACHINE", "LEADS TO");
        foreach (var port in status.Published)
        {
            table.AddRow($"127.0.0.1:{port.HostPort}", Markup.Escape($"{port.Name} ({port.Target})"));
        }

        return table;
    }

    private static string Color(string phase) => phase switch
    {
        "ready" => "[green]ready[/]",
        "running" or "pending" => $"[yellow]{phase}[/]",
        _ => $"[grey]{phase}[/]",
    };
}
