using System.Diagnostics;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Lateen.Local.Hosting;

namespace Lateen.EndToEnd.Tests.Mesh;

/// <summary>A running <c>lateen up</c>, seen as a user sees it: its output and its status file.</summary>
internal sealed class UpProcess : IAsyncDisposable
{
    private static readonly TimeSpan _endLimit = TimeSpan.FromSeconds(40);
    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private readonly InstanceRecord? _stale;

    /// <param name="words">The program and its arguments, more or less <c>lateen up FOLDER</c>.</param>
    /// <param name="state">The state folder that the arguments name.</param>
    public UpProcess(IReadOnlyList<string> words, string state)
    {
        State = state;
        _stale = ReadInstance();
        var start = new ProcessStartInfo(words[0], words.Skip(1))
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        _process = new Process { StartInfo = start };
        _process.OutputDataReceived += (_, e) => Keep(e.Data);
        _process.ErrorDataReceived += (_, e) => Keep(e.Data);
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public string State { get; }

    public int Id => _process.Id;

    /// <summary>All that it said so far.</summary>
    public string Output
    {
        get
        {
            lock (_output)
            {
                return _output.ToString();
            }
        }
    }

    /// <summary>The newest status; empty while there is none.</summary>
    public MeshStatus Status
    {
        get
        {
            try
            {
                var text = File.ReadAllText(Path.Combine(State, "status.json"));
                return JsonSerializer.Deserialize(text, LocalJson.Default.MeshStatus) ?? MeshStatus.Empty;
            }
            catch (IOException)
            {
                return MeshStatus.Empty;
            }
        }
    }

    public MeshControl Control => new(Path.Combine(State, "control.sock"));

    /// <summary>Number of the node's process, as the host wrote it down.</summary>
    public int NodeProcess => ReadInstance()!.NodeProcess;

    public Task WaitReadyAsync() => Eventually.IsAsync(
        "the mesh to be ready",
        // Status and instance of an earlier run may still lie there.
        () => _process.HasExited ? throw new InvalidOperationException($"it ended:\n{Output}")
            : ReadInstance() is { } now && now != _stale && Status.Ready,
        180,
        () => Output);

    /// <summary>Waits for a text in the output.</summary>
    public Task WaitSaidAsync(string text, int seconds = 30) =>
        Eventually.IsAsync($"'{text}'", () => Output.Contains(text, StringComparison.Ordinal), seconds, () => Output);

    /// <summary>Waits for a line that the pattern matches: lines may come after the status that they are of.</summary>
    public Task WaitMatchAsync(string pattern, int seconds = 30) =>
        Eventually.IsAsync($"'{pattern}'", () => Regex.IsMatch(Output, pattern), seconds, () => Output);

    /// <summary>Demands a text in the output, and shows the output where it is missing.</summary>
    public void AssertSaid(string text) =>
        Assert.True(Output.Contains(text, StringComparison.Ordinal), $"'{text}' is not in:\n{Output}");

    /// <summary>Demands an output for people: no stack trace.</summary>
    public void AssertNoTrace() => Assert.DoesNotContain("   at ", Output, StringComparison.Ordinal);

    /// <summary>Sends a signal by number to the process alone.</summary>
    public void Signal(int number)
    {
        using var kill = Process.Start("kill", [$"-{number}", $"{_process.Id}"]);
        kill.WaitForExit();
    }

    /// <summary>Waits for its end and gives the exit code.</summary>
    public async Task<int> WaitExitAsync()
    {
        using var limit = new CancellationTokenSource(_endLimit, TimeProvider.System);
        await _process.WaitForExitAsync(limit.Token);
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            Signal(15);
            try
            {
                await WaitExitAsync();
            }
            catch (OperationCanceledException)
            {
                _process.Kill(entireProcessTree: true);
            }
        }

        _process.Dispose();
    }

    private InstanceRecord? ReadInstance()
    {
        var path = Path.Combine(State, "instance.json");
        return File.Exists(path)
            ? JsonSerializer.Deserialize(File.ReadAllText(path), LocalJson.Default.InstanceRecord) : null;
    }

    private void Keep(string? line)
    {
        lock (_output)
        {
            _output.AppendLine(line);
        }
    }
}
