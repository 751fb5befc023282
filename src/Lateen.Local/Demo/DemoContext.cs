using System.Net.Sockets;
using System.Text;
using Lateen.Local.Hosting;

namespace Lateen.Local.Demo;

/// <summary>What a step of the demo works with.</summary>
public sealed class DemoContext
{
    private static readonly TimeSpan _convergence = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan _poll = TimeSpan.FromMilliseconds(200);
    private readonly DemoWorkspace _workspace;
    private readonly TimeProvider _clock;

    internal DemoContext(MeshHost host, DemoWorkspace workspace, Traffic traffic, TimeProvider clock)
    {
        Host = host;
        Traffic = traffic;
        _workspace = workspace;
        _clock = clock;
    }

    /// <summary>The mesh.</summary>
    public MeshHost Host { get; }

    /// <summary>Requests through the gateway.</summary>
    public Traffic Traffic { get; }

    /// <summary>Puts an example of the sample into force, in place of a file.</summary>
    public void Apply(string example, string file) => _workspace.Apply(example, file);

    /// <summary>Puts a file back to how it was.</summary>
    public void Restore(string file) => _workspace.Restore(file);

    /// <summary>Puts a file in.</summary>
    public void Put(string file, string text) => _workspace.Put(file, text);

    /// <summary>Name of the first pod with a label <c>app</c> of this value.</summary>
    /// <exception cref="LocalException">There is none.</exception>
    public PodStatusView Pod(string app) =>
        Host.Status.Pods.FirstOrDefault(p => p.Labels.TryGetValue("app", out var a) && a == app && p.Phase == "Running")
        ?? throw new LocalException($"there is no running pod of {app}");

    /// <summary>Asks again until it holds; false when it does not in 20 s.</summary>
    public async Task<bool> UntilAsync(Func<Task<bool>> holds, CancellationToken cancel, TimeSpan? deadline = null)
    {
        var began = _clock.GetTimestamp();
        while (!await holds().ConfigureAwait(false))
        {
            if (_clock.GetElapsedTime(began) > (deadline ?? _convergence))
            {
                return false;
            }

            await Task.Delay(_poll, _clock, cancel).ConfigureAwait(false);
        }

        return true;
    }

    /// <summary>Waits.</summary>
    public Task PauseAsync(TimeSpan time, CancellationToken cancel) => Task.Delay(time, _clock, cancel);

    /// <summary>
    /// One plain HTTP request from inside a pod; null when the connection was refused or closed without an answer.
    /// </summary>
    public async Task<string?> GetFromAsync(string pod, string target, string path, CancellationToken cancel)
    {
        try
        {
            using var socket = await Host.Control.DialFromAsync(pod, target, cancel).ConfigureAwait(false);
            await socket.SendAsync(
                Encoding.ASCII.GetBytes($"GET {path} HTTP/1.1\r\nhost: {target}\r\nconnection: close\r\n\r\n"), cancel)
                .ConfigureAwait(false);
            using var stream = new NetworkStream(socket);
            using var reader = new StreamReader(stream);
            var answer = await reader.ReadToEndAsync(cancel).ConfigureAwait(false);
            return answer.Length == 0 ? null : answer;
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            return null;
        }
    }

    /// <summary>Last line of a container's log that holds a text; empty when there is none.</summary>
    public string LogLine(PodStatusView pod, string container, string text)
    {
        var folder = Path.Combine(Path.GetDirectoryName(Host.Status.ControlSocket)!, "logs");
        var path = Path.Combine(folder, $"{pod.Namespace}_{pod.Name}_{container}.log");
        return File.Exists(path)
            ? File.ReadLines(path).LastOrDefault(l => l.Contains(text, StringComparison.Ordinal)) ?? ""
            : "";
    }
}
