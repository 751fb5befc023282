using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using Lateen.Local.Demo;
using Lateen.Local.Hosting;
using Lateen.TestKit;

namespace Lateen.EndToEnd.Tests.Mesh;

/// <summary>
/// A mesh that the tests of a class share: gateway edge, services client and backend (v1, v2), and an outsider without
/// a proxy. It starts with the first test that needs it. A test puts back what it changed.
/// </summary>
internal sealed class ShopMesh(ProxyKind kind, bool noNamespaces = false)
{
    private readonly TemporaryFolder _folder = new();
    private UpProcess? _up;
    private Traffic? _traffic;
    private Task? _start;

    public UpProcess Up => _up!;

    /// <summary>Requests through the gateway.</summary>
    public Traffic Traffic => _traffic!;

    public Task StartAsync() => _start ??= StartOnceAsync();

    /// <summary>Ends it, if it was started.</summary>
    public async Task StopAsync()
    {
        _traffic?.Dispose();
        if (_up is not null)
        {
            await _up.DisposeAsync();
        }

        _folder.Dispose();
    }

    /// <summary>Puts a file in, whole at once; null removes it.</summary>
    public void Put(string file, string? text)
    {
        var path = _folder.At("mesh", file);
        if (text is null)
        {
            File.Delete(path);
            return;
        }

        File.WriteAllText(path + ".part", text);
        File.Move(path + ".part", path, overwrite: true);
    }

    /// <summary>Brings a file back to what it was.</summary>
    public void Restore(string file) => Put(file, ShopObjects.Read(file));

    /// <summary>The running pod of a workload.</summary>
    public PodStatusView Pod(string workload) =>
        Up.Status.Pods.First(p => p.Workload.EndsWith("/" + workload, StringComparison.Ordinal)
            && p.Phase == "Running");

    /// <summary>
    /// One plain request from inside a pod, on a new connection; null when it was refused or closed without an answer.
    /// </summary>
    public async Task<string?> GetFromAsync(string workload, string target, string path)
    {
        var pod = Pod(workload);
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30), TimeProvider.System);
        try
        {
            using var socket = await Up.Control.DialFromAsync($"{pod.Namespace}/{pod.Name}", target, limit.Token);
            await socket.SendAsync(
                Encoding.ASCII.GetBytes($"GET {path} HTTP/1.1\r\nhost: {target}\r\nconnection: close\r\n\r\n"),
                limit.Token);
            await using var stream = new NetworkStream(socket);
            using var reader = new StreamReader(stream);
            var answer = await reader.ReadToEndAsync(limit.Token);
            return answer.Length == 0 ? null : answer;
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            return null;
        }
    }

    /// <summary>What the program of client got when it called a URL: status, headers and body.</summary>
    public async Task<JsonNode> CallAsync(string url)
    {
        var answer = await GetFromAsync("client-v1", "127.0.0.1:8080", $"/call?to={Uri.EscapeDataString(url)}");
        Assert.True(answer is not null, $"the program of client gives no answer when it is to call {url}");
        return JsonNode.Parse(answer[answer.IndexOf("\r\n\r\n", StringComparison.Ordinal)..])!;
    }

    /// <summary>The version of backend that answers a call through gateway and client; else what went wrong.</summary>
    public static string Version(int status, string body)
    {
        if (status != 200)
        {
            return status == 0 ? $"no answer: {body}" : $"gateway: {status}";
        }

        var reply = JsonNode.Parse(body)!;
        return (int)reply["status"]! == 200
            ? (string)JsonNode.Parse((string)reply["body"]!)!["version"]!
            : $"client: {reply["status"]} {reply["body"]}";
    }

    /// <summary>Calls backend through gateway and client and counts who answers.</summary>
    public Task<TrafficReport> SendAsync(int count, string? user = null) =>
        Traffic.SendAsync("/call?to=http://backend/", count, Version, user, CancellationToken.None);

    /// <summary>The same, one after another until told to stop.</summary>
    public async Task<TrafficReport> SendUntilAsync(string? user, CancellationToken stop)
    {
        List<string> outcomes = [];
        while (!stop.IsCancellationRequested)
        {
            var (status, body) = await Traffic.GetAsync("/call?to=http://backend/", user, CancellationToken.None);
            outcomes.Add(Version(status, body));
        }

        return new TrafficReport(outcomes);
    }

    /// <summary>Logs of the proxies, for messages.</summary>
    public string Logs()
    {
        var text = new StringBuilder(Up.Output);
        foreach (var file in Directory.GetFiles(Path.Combine(Up.State, "logs"), "*.log"))
        {
            text.Append("== ").AppendLine(Path.GetFileName(file));
            foreach (var line in File.ReadLines(file).TakeLast(20))
            {
                text.AppendLine(line);
            }
        }

        return text.ToString();
    }

    private async Task StartOnceAsync()
    {
        ShopObjects.Write(_folder, kind);
        List<string> words = [LateenProgram.Path, "up", _folder.At("mesh"), "--state", _folder.At("state")];
        if (noNamespaces)
        {
            words.Add("--no-namespaces");
        }

        if (kind != ProxyKind.Own)
        {
            words.AddRange(["--proxy", Peer.Find("envoy")!]);
        }

        _up = new UpProcess(words, _folder.At("state"));
        await _up.WaitReadyAsync();
        var port = _up.Status.Published.First(p => p.Name == "shop/edge:http2").HostPort;
        _traffic = new Traffic(new Uri($"http://127.0.0.1:{port}"));
        await Eventually.IsAsync(
            "the first answer through the gateway", async () => (await SendAsync(1)).IsOnly("v1"), 60, Logs);
    }
}
