using System.CommandLine;
using Lateen.Cli.Commands;

namespace Lateen.Cli;

/// <summary>The executable <c>lateen</c>: every part of the mesh is a command of it.</summary>
public static class Program
{
    // EX_USAGE, as istioctl has it.
    private const int WrongUsage = 64;

    /// <summary>How lines are read: <c>@x</c> is a value (a socket's name), never a file with more arguments.</summary>
    internal static ParserConfiguration Parsing { get; } = new() { ResponseFileTokenReplacer = null };

    /// <summary>Parses the command line and runs the command. Exit code 0 means success.</summary>
    public static int Main(string[] args)
    {
        var parsed = BuildRoot(args).Parse(args, Parsing);
        var code = parsed.Invoke();
        if (parsed.Errors.Count == 0)
        {
            return code;
        }

        // Where the proxy stands in for Envoy, its exit codes are Envoy's.
        return parsed.CommandResult.Command.Name == "proxy" ? 1 : WrongUsage;
    }

    /// <summary>All commands; or, for arguments that name one, that one alone, as its process starts sooner.</summary>
    internal static RootCommand BuildRoot(params string[] args)
    {
        Func<Command>[] commands = args is [var name, ..] && One(name) is { } one ? [one] :
        [
            AgentCommand.Build, CaptureCommand.Build, ProxyCommand.Build, SimulateCommand.Build, ValidateCommand.Build,
            ControlPlaneCommand.Build, UpCommand.Build, UpCommand.BuildNode, DemoCommand.Build,
                ProxyConfigCommand.Build,
            ProxyStatusCommand.Build, VersionCommand.Build,
        ];
        var root = new RootCommand("Lateen: the Istio service mesh in one executable.");
        foreach (var build in commands)
        {
            root.Add(build());
        }

        return root;
    }

    /// <summary>The commands that run in great numbers.</summary>
    private static Func<Command>? One(string name) => name switch
    {
        "agent" => AgentCommand.Build,
        "proxy" => ProxyCommand.Build,
        _ => null,
    };
}
