using System.CommandLine;
using System.Reflection;

namespace Lateen.Cli.Commands;

/// <summary><c>lateen version</c>: the version of this executable.</summary>
internal static class VersionCommand
{
    internal static Command Build()
    {
        var command = new Command("version", "Prints the version of this executable.");
        command.SetAction(result => result.InvocationConfiguration.Output.WriteLine($"client version: {Version}"));
        return command;
    }

    internal static string Version => typeof(VersionCommand).Assembly
        .GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];
}
