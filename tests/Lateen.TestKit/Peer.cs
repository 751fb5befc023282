using System.Diagnostics;

namespace Lateen.TestKit;

/// <summary>Other people's programs that tests talk to: those of the shared tools, else those on the path.</summary>
public static class Peer
{
    // Unpacks on first use.
    private static readonly TimeSpan _findLimit = TimeSpan.FromSeconds(60);

    /// <summary>The path of a program; null where it is not to be had.</summary>
    public static string? Find(string name) => FindShared(name) ?? FindOnPath(name);

    /// <summary>Starts a program with its output redirected. The caller ends it.</summary>
    public static Process Start(string path, IEnumerable<string> arguments, string? folder = null)
    {
        var start = new ProcessStartInfo(path, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = folder ?? "",
        };
        return Process.Start(start) ?? throw new InvalidOperationException($"{path} did not start");
    }

    /// <summary>Runs a program to its end, which must come within the limit, and returns what it said.</summary>
    public static async Task<(int ExitCode, string Output, string Error)> RunAsync(
        string path, IEnumerable<string> arguments, string? folder = null, TimeSpan? limit = null)
    {
        using var process = Start(path, arguments, folder);
        using var stop = new CancellationTokenSource(limit ?? TimeSpan.FromSeconds(60));
        var output = process.StandardOutput.ReadToEndAsync(stop.Token);
        var error = process.StandardError.ReadToEndAsync(stop.Token);
        try
        {
            await process.WaitForExitAsync(stop.Token);
            return (process.ExitCode, await output, await error);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"{path} did not end in time");
        }
    }

    private static string? FindShared(string name)
    {
        if (Conformance.FindShared() is not { } shared || Path.Combine(shared, "tools", "peer") is not { } tool
            || !File.Exists(tool) || !File.Exists(Path.Combine(shared, "peers", $"{name}.xz")))
        {
            return null;
        }
        using var process = Start(tool, [name]);
        var path = process.StandardOutput.ReadToEndAsync();
        if (!process.WaitForExit(_findLimit))
        {
            process.Kill(entireProcessTree: true);
            return null;
        }

        return process.ExitCode == 0 ? path.GetAwaiter().GetResult().Trim() : null;
    }

    private static string? FindOnPath(string name) => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':')
        .Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists);
}
