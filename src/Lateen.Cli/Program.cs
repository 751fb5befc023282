using System.CommandLine;
using Lateen.Cli.Commands;

namespace Lateen.Cli;

/// <summary>The executable <c>lateen</c>: every part of the mesh is a command of it.</summary>
public static class Program
{
    /// <summary>Parses the command line and runs the command. Exit code 0 means success.</summary>
    public static int Main(string[] args)
    {
        return BuildRoot().Parse(args).Invoke();
    }

    internal static RootCommand BuildRoot()
    {
        return new RootCommand("Lateen: the Istio service mesh in one executable.")
        {
            CaptureCommand.Build(),
            VersionCommand.Build(),
        };
    }
}
