using Lateen.Capture;

namespace Lateen.Local.Platform;

/// <summary>Runs the system's tools and demands that they succeed.</summary>
internal static class Tool
{
    private static readonly ToolRunner _runner = new();

    /// <summary>Runs a tool off the caller's thread.</summary>
    /// <exception cref="LocalException">It failed; the message holds its words.</exception>
    public static Task<string> RunAsync(string program, IReadOnlyList<string> arguments, string input = "") =>
        Task.Run(() => Run(program, arguments, input));

    public static string Run(string program, IReadOnlyList<string> arguments, string input = "")
    {
        var result = _runner.Run(program, arguments, input);
        return result.Succeeded
            ? result.Output
            : throw new LocalException($"{program} {string.Join(' ', arguments)} failed: {result.Error.Trim()}");
    }

    public static bool Try(string program, params IReadOnlyList<string> arguments) =>
        _runner.Run(program, arguments).Succeeded;

    /// <summary>Whether there is no such program on the path.</summary>
    public static bool IsAbsent(string program) => _runner.Run(program, []).ExitCode == ToolRunner.NotFound;
}
