using System.Diagnostics;
using System.Text.Json;
using Lateen.Local.Loopback;
using Lateen.Local.Platform;

namespace Lateen.Local.Hosting;

/// <summary>
/// The outside of a mesh on one machine: starts the node in its namespaces, opens the ports that lead in, and passes on
/// what happens. When this process ends, however it ends, the kernel ends the node and with it everything of the mesh.
/// </summary>
public sealed class MeshHost : IDisposable
{
    private const int PathBytesMax = 90;
    private readonly NodeOptions _options;
    private readonly HostPorts _ports;
    private readonly TaskCompletionSource<int> _exit = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Process? _node;
    private MeshGuard? _guard;
    private StateFolderClaim? _claim;
    private MeshStatus _status = MeshStatus.Empty;

    /// <summary>Starts nothing yet.</summary>
    public MeshHost(NodeOptions options)
    {
        _options = options;
        _ports = new HostPorts(options.ControlSocket);
    }

    /// <summary>Raised for each event, on the thread that reads from the node.</summary>
    public event Action<MeshEvent>? Happened;

    /// <summary>Raised for each change of the status, on the thread that reads from the node.</summary>
    public event Action<MeshStatus>? Changed;

    /// <summary>The newest status.</summary>
    public MeshStatus Status => Volatile.Read(ref _status);

    /// <summary>Commands to the mesh.</summary>
    public MeshControl Control => new(_options.ControlSocket);

    /// <summary>What a mesh without namespaces does not do; empty where it has them. Known once it was
    /// started.</summary>
    public string Notice { get; private set; } = "";

    /// <summary>Ends when the node has ended, with its exit code.</summary>
    public Task<int> Completion => _exit.Task;

    private string InstanceFile => Path.Combine(_options.StateFolder, "instance.json");

    /// <summary>Cleans up after an earlier run that was killed, and starts the node.</summary>
    /// <exception cref="LocalException">It cannot run here, or runs already.</exception>
    public void Start()
    {
        if (!Directory.Exists(_options.Folder) && !File.Exists(_options.Folder))
        {
            throw new LocalException($"there is no folder {_options.Folder}");
        }

        if (_options.ControlSocket.Length > PathBytesMax)
        {
            throw new LocalException(
                $"the path of the state folder is too long for a unix socket: choose another by --state");
        }

        var isolation = Isolation.Find(_options.NoNamespaces);
        _claim = StateFolderClaim.Take(_options.StateFolder);
        try
        {
            CleanUp();
            foreach (var folder in (string[])[_options.ConfigFolder, _options.LogFolder, _options.PodFolder])
            {
                Directory.CreateDirectory(folder);
            }

            StateFolder.Probe(_options.StateFolder);
            if (isolation.IsShared)
            {
                _guard = ProcessMark.Guard(_options.StateFolder, _options.PodFolder);
                Notice = NoticeOf(isolation.SharedReason);
                Warn("capture", Notice);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new LocalException(StateFolder.Explain(_options.StateFolder, e), e);
        }

        using var started = new ManualResetEventSlim();
        Exception? failure = null;
        // The kernel ends the node when the thread that started it ends, so that thread stays.
        var thread =
            new Thread(() => RunNode(isolation, started, e => failure = e)) { Name = "mesh-node", IsBackground = true };
        thread.Start();
        started.Wait();
        if (failure is not null)
        {
            throw new LocalException($"the mesh's namespaces could not be made: {failure.Message}", failure);
        }
    }

    /// <summary>Ends the mesh and waits until nothing of it is left.</summary>
    public async Task StopAsync()
    {
        if (_node is { } node && !_exit.Task.IsCompleted)
        {
            node.StandardInput.Close();
            if (await Task.WhenAny(_exit.Task, Task.Delay(TimeSpan.FromSeconds(5), TimeProvider.System))
                .ConfigureAwait(false)
                != _exit.Task)
            {
                SystemCalls.Signal(node.Id, SystemCalls.SigKill);
                await _exit.Task.ConfigureAwait(false);
            }
        }

        _ports.Dispose();
        _guard?.Dispose();
        if (_claim is not null)
        {
            File.Delete(InstanceFile);
            File.Delete(_options.ControlSocket);
        }
    }

    /// <summary>Closes the ports.</summary>
    public void Dispose()
    {
        _ports.Dispose();
        _guard?.Dispose();
        _node?.Dispose();
        _claim?.Dispose();
    }

    private void RunNode(Isolation isolation, ManualResetEventSlim started, Action<Exception> fail)
    {
        try
        {
            var start = new ProcessStartInfo(isolation.Words[0])
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
            };
            foreach (var word in isolation.Words.Skip(1).Concat([_options.Executable, "up-node"])
                .Concat(NodeArguments(isolation)))
            {
                start.ArgumentList.Add(word);
            }

            _node = Process.Start(start)!;
            WriteInstance(_node.Id);
        }
        catch (Exception e) when (e is System.ComponentModel.Win32Exception or IOException
            or UnauthorizedAccessException)
        {
            fail(e);
            return;
        }
        finally
        {
            started.Set();
        }

        while (_node.StandardOutput.ReadLine() is { } line)
        {
            Read(line);
        }

        _node.WaitForExit();
        _exit.TrySetResult(_node.ExitCode);
    }

    private IEnumerable<string> NodeArguments(Isolation isolation) =>
    [
        Path.GetFullPath(_options.Folder), "--state", _options.StateFolder,
        .. _options.ProxyPath is { } proxy ? (string[])["--proxy", Path.GetFullPath(proxy)] : [],
        .. _options.MixProxies ? (string[])["--mix"] : [],
        .. _options.Images.SelectMany(i => (string[])["--image", i]),
        .. _options.PlatformOnly ? (string[])["--platform-only"] : [],
        .. isolation.IsShared ? (string[])["--no-namespaces"] : [],
    ];

    private static string NoticeOf(string reason) =>
        $"no namespaces ({reason}). Pods are on this machine's own loopback and nothing is captured: in the mesh are "
        + "HTTP calls of programs that honour HTTP_PROXY, TCP calls to NAME_SERVICE_HOST:NAME_SERVICE_PORT, and what "
        + "comes to a pod's address; HTTPS, UDP and calls by other ways are not, and who is on this machine reaches a "
        + "program past its proxy at 127.0.0.1. Programs must listen on HOST and PORT.";

    private void Read(string line)
    {
        NodeMessage? message;
        try
        {
            message = JsonSerializer.Deserialize(line, LocalJson.Default.NodeMessage);
        }
        catch (JsonException)
        {
            Warn("node", line);
            return;
        }

        if (message?.Event is { } happened)
        {
            Happened?.Invoke(happened);
        }

        if (message?.Publish is { } wanted)
        {
            var port = _ports.Publish(wanted);
            if (wanted.HostPort != 0 && port.HostPort != wanted.HostPort)
            {
                Warn($"service {wanted.Name}",
                    $"port {wanted.HostPort} of 127.0.0.1 is in use, so it is reached at 127.0.0.1:{port.HostPort}; "
                    + "to have that port, end what listens there and start again");
            }
        }

        if ((message?.Status ?? Status) is { } status && (message?.Status is not null || message?.Publish is not null))
        {
            Update(status with { Published = _ports.Open });
        }
    }

    private void Update(MeshStatus status)
    {
        Volatile.Write(ref _status, status);
        var path = Path.Combine(_options.StateFolder, "status.json");
        try
        {
            WriteWhole(path, JsonSerializer.Serialize(status, LocalJson.Default.MeshStatus));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Warn("status", StateFolder.Explain(_options.StateFolder, e));
        }

        Changed?.Invoke(status);
    }

    private void Warn(string subject, string message) =>
        Happened?.Invoke(new MeshEvent(TimeProvider.System.GetUtcNow(), true, subject, message));

    private void WriteInstance(int node)
    {
        var record = new InstanceRecord(node, ProcessTimes.StartTime(node) ?? 0);
        WriteWhole(InstanceFile, JsonSerializer.Serialize(record, LocalJson.Default.InstanceRecord));
    }

    // Others read it meanwhile, and the next run reads what a killed one left.
    private static void WriteWhole(string path, string text)
    {
        File.WriteAllText(path + ".part", text);
        File.Move(path + ".part", path, overwrite: true);
    }

    /// <summary>
    /// Ends what an earlier run left, which is nothing unless the kernel was kept from it, and empties the folders that
    /// belong to one run.
    /// </summary>
    private void CleanUp()
    {
        if (File.Exists(InstanceFile) && TryRead(InstanceFile) is { } old
            && ProcessTimes.StartTime(old.NodeProcess) == old.NodeStartTime)
        {
            SystemCalls.Signal(old.NodeProcess, SystemCalls.SigKill);
            SpinWait.SpinUntil(() => ProcessTimes.StartTime(old.NodeProcess) is null, TimeSpan.FromSeconds(5));
        }

        // A mesh without namespaces that was killed together with its guard leaves processes.
        ProcessMark.Sweep(_options.StateFolder, Path.Combine(_options.StateFolder, "pods", "none"));
        foreach (var folder in (string[])[_options.ConfigFolder, _options.LogFolder])
        {
            if (Directory.Exists(folder))
            {
                Directory.Delete(folder, recursive: true);
            }
        }

        File.Delete(_options.ControlSocket);
        File.Delete(Path.Combine(_options.StateFolder, "status.json"));
    }

    private static InstanceRecord? TryRead(string path)
    {
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllText(path), LocalJson.Default.InstanceRecord);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
