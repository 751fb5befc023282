using System.Diagnostics;
using Lateen.Local.Platform;

namespace Lateen.Local.Pods;

/// <summary>One run of a container's program.</summary>
internal sealed class ContainerProcess : IDisposable
{
    private readonly Process _process;

    private ContainerProcess(Process process) => _process = process;

    /// <summary>Number of the program's process, which leads a session of its own.</summary>
    public int Id => _process.Id;

    /// <summary>Starts it; its output is appended to a log file.</summary>
    /// <param name="words">The program and its arguments.</param>
    /// <param name="variables">All of its variables.</param>
    /// <param name="logFile">Where its output goes.</param>
    public static ContainerProcess Start(
        IEnumerable<string> words, IReadOnlyDictionary<string, string> variables, string logFile)
    {
        var start = new ProcessStartInfo("/bin/sh",
            ["-c", "exec >>\"$0\" 2>&1 </dev/null; exec \"$@\"", logFile, "setsid", .. words]);
        start.Environment.Clear();
        foreach (var (name, value) in variables)
        {
            start.Environment[name] = value;
        }

        return new ContainerProcess(Process.Start(start)!);
    }

    /// <summary>Waits for its end; gives the exit code.</summary>
    public async Task<int> WaitAsync(CancellationToken cancel)
    {
        await _process.WaitForExitAsync(cancel).ConfigureAwait(false);
        return _process.ExitCode;
    }

    /// <summary>Sends a signal to the program alone, or to it and all that it started.</summary>
    public void Signal(int signal, bool all)
    {
        if (!_process.HasExited)
        {
            SystemCalls.Signal(all ? -_process.Id : _process.Id, signal);
        }
    }

    public void Dispose() => _process.Dispose();
}
