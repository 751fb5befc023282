using System.ComponentModel;
using System.Diagnostics;

namespace Lateen.Capture;

/// <summary>Runs the system's tools and waits for them, optionally inside another network namespace.</summary>
public sealed class ToolRunner(string? networkNamespace = null)
{
    /// <summary>Exit code when the program is not on PATH.</summary>
    public const int NotFound = 127;

    /// <summary>Runs a program to its end with <paramref name="input"/> on standard input.</summary>
    public ToolResult Run(string program, IReadOnlyList<string> arguments, string input = "")
    {
        IEnumerable<string> words = networkNamespace is null
            ? [program, .. arguments]
            : ["nsenter", $"--net={networkNamespace}", "--", program, .. arguments];
        var start = new ProcessStartInfo(words.First())
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var word in words.Skip(1))
        {
            start.ArgumentList.Add(word);
        }

        try
        {
            using var process = Process.Start(start)!;
            var error = process.StandardError.ReadToEndAsync();
            var output = process.StandardOutput.ReadToEndAsync();
            try
            {
                process.StandardInput.Write(input);
                process.StandardInput.Close();
            }
            catch (IOException)
            {
                // It ended without reading; its exit code and words tell why.
            }

            process.WaitForExit();
            return new ToolResult(process.ExitCode, output.GetAwaiter().GetResult(), error.GetAwaiter().GetResult());
        }
        catch (Win32Exception e)
        {
            return new ToolResult(NotFound, "", $"{words.First()}: {e.Message}");
        }
    }
}
