using System.CommandLine;
using Lateen.Cli.Commands;

namespace Lateen.Native;

/// <summary>
/// The executable <c>lateen</c>, compiled ahead: what runs beside every workload starts and stays small. It gives every
/// other word to the whole command line, which stands in <c>lib/lateen</c> and runs on the .NET runtime.
/// </summary>
public static class Program
{
    // EX_USAGE, as the whole command line has it.
    private const int WrongUsage = 64;

    /// <summary>Runs a command of the data plane, or becomes the whole command line.</summary>
    /// <returns>The command's exit code; of <c>proxy</c> those of Envoy.</returns>
    public static int Main(string[] args)
    {
        if (args is not [var name, ..] || Find(name) is not { } build)
        {
            return CommandLine.Become(args);
        }

        var root = new RootCommand("Lateen: the Istio service mesh in one executable.") { build() };
        var parsed = root.Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
        var code = parsed.Invoke();
        return parsed.Errors.Count == 0 ? code : name == "proxy" ? 1 : WrongUsage;
    }

    private static Func<Command>? Find(string name) => name switch
    {
        "agent" => AgentCommand.Build,
        "capture" => CaptureCommand.Build,
        "proxy" => ProxyCommand.Build,
        _ => null,
    };
}
