using System.ComponentModel;
using System.Diagnostics;
using Lateen.Core.Logging;

namespace Lateen.Agent.Lifecycle;

/// <summary>A proxy as a program of its own. It is not started again: when it ends, the agent ends, and who runs both
/// decides.</summary>
public sealed class EnvoyProcess : IProxyProcess
{
    private readonly Process _process;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Logger _log;
    private bool _started;

    /// <summary>Prepares the program.</summary>
    /// <param name="program">Its path.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="environment">Variables besides the agent's own.</param>
    /// <param name="log">Where its end is told.</param>
    public EnvoyProcess(
        string program,
        IReadOnlyList<string> arguments,
        IReadOnlyDictionary<string, string> environment,
        Logger log)
    {
        _log = log;
        var start = new ProcessStartInfo(program, arguments) { UseShellExecute = false };
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }
        _process = new Process { StartInfo = start, EnableRaisingEvents = true };
        _process.Exited += (_, _) =>
        {
            _log.Info($"{program} ended with code {_process.ExitCode}");
            _ended.TrySetResult();
        };
    }

    /// <inheritdoc/>
    public Task Ended => _ended.Task;

    /// <inheritdoc/>
    /// <exception cref="FileNotFoundException">The program is not there or cannot be run.</exception>
    public void Start()
    {
        try
        {
            _process.Start();
            _started = true;
        }
        catch (Win32Exception e)
        {
            throw new FileNotFoundException(
                $"the proxy {_process.StartInfo.FileName} cannot be started: {e.Message}; "
                + "give its path with --proxy or as binaryPath in PROXY_CONFIG", e);
        }
    }

    /// <inheritdoc/>
    public void Kill()
    {
        if (!_started || _process.HasExited)
        {
            return;
        }
        try
        {
            _process.Kill();
        }
        catch (InvalidOperationException)
        {
            // It ended meanwhile.
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        Kill();
        if (_started)
        {
            await _ended.Task;
        }
        _process.Dispose();
    }
}
