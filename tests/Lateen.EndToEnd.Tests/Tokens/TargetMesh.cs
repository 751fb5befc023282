using System.Globalization;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using Lateen.EndToEnd.Tests.Mesh;
using Lateen.TestKit;
using Data = Lateen.TestKit.Conformance;

namespace Lateen.EndToEnd.Tests.Tokens;

/// <summary>The mesh that the suite <c>jwt</c> describes: a target, a client, a gateway and the server of the
/// keys.</summary>
internal sealed class TargetMesh : IAsyncDisposable
{
    public const string Suite = "jwt";
    private const string Target = "10.96.1.1:80";
    private const string TargetHost = "target.ns1.svc.cluster.local";
    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(30);
    private readonly TemporaryFolder _folder;
    private readonly UpProcess _up;

    private TargetMesh(TemporaryFolder folder, UpProcess up) => (_folder, _up) = (folder, up);

    public string Output => _up.Output;

    public static async Task<TargetMesh> StartAsync()
    {
        var folder = new TemporaryFolder();
        folder.Write("mesh/target.yaml", await File.ReadAllTextAsync(
            Path.Combine(AppContext.BaseDirectory, "Tokens", "mesh", "target.yaml")));
        folder.Write("mesh/echo.json", ConfigMap("echo", "echo.py", ShopObjects.Read("echo.py")));
        folder.Write("mesh/keys.json", ConfigMap("keys", "jwks", Read("keys/jwks.json")));
        var mesh = new TargetMesh(folder, new UpProcess(
            [LateenProgram.Path, "up", folder.At("mesh"), "--state", folder.At("state")], folder.At("state")));
        try
        {
            await mesh._up.WaitReadyAsync();
            return mesh;
        }
        catch
        {
            await mesh.DisposeAsync();
            throw;
        }
    }

    /// <summary>Puts policies of the suite into their namespaces, in place of those that were there.</summary>
    public void Apply(IEnumerable<string> policies, IReadOnlyCollection<string> ofTheRoot)
    {
        var documents = policies.Select(file => Read(file).Replace(
            "metadata:\n", $"metadata:\n  namespace: {(ofTheRoot.Contains(file) ? "istio-system" : "ns1")}\n",
            StringComparison.Ordinal));
        _folder.Write("policies.part", string.Join("\n---\n", documents));
        File.Move(_folder.At("policies.part"), _folder.At("mesh", "policies.yaml"), overwrite: true);
    }

    /// <summary>One request from the client, or from outside through the gateway: status, and headers that the target
    /// saw.</summary>
    public async Task<(int Status, JsonNode? Seen)> SendAsync(
        bool throughGateway, string method, string path, IReadOnlyDictionary<string, string> headers)
    {
        using var limit = new CancellationTokenSource(_limit, TimeProvider.System);
        try
        {
            using var socket = throughGateway ? await DialGatewayAsync(limit.Token)
                : await _up.Control.DialFromAsync(Client(), Target, limit.Token);
            var text = new StringBuilder($"{method} {path} HTTP/1.1\r\nconnection: close\r\n");
            foreach (var (name, value) in headers)
            {
                text.Append(CultureInfo.InvariantCulture, $"{name}: {value}\r\n");
            }
            if (!headers.ContainsKey("Host"))
            {
                text.Append(CultureInfo.InvariantCulture, $"host: {TargetHost}\r\n");
            }
            await socket.SendAsync(Encoding.ASCII.GetBytes(text.Append("\r\n").ToString()), limit.Token);
            await using var stream = new NetworkStream(socket);
            using var reader = new StreamReader(stream);
            return Parse(await reader.ReadToEndAsync(limit.Token));
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            return (0, null);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _up.DisposeAsync();
        _folder.Dispose();
    }

    private static (int Status, JsonNode? Seen) Parse(string answer)
    {
        var end = answer.IndexOf("\r\n\r\n", StringComparison.Ordinal);
        if (end < 0)
        {
            return (0, null);
        }
        var status = int.Parse(answer.Split(' ')[1], CultureInfo.InvariantCulture);
        return (status, status == 200 ? JsonNode.Parse(answer[(end + 4)..])!["headers"] : null);
    }

    private static string Read(string file) => File.ReadAllText(Path.Combine(Data.Suite(Suite), file));

    private static string ConfigMap(string name, string file, string text) => new JsonObject
    {
        ["apiVersion"] = "v1",
        ["kind"] = "ConfigMap",
        ["metadata"] = new JsonObject { ["name"] = name, ["namespace"] = "ns1" },
        ["data"] = new JsonObject { [file] = text },
    }.ToJsonString();

    private string Client()
    {
        var pod = _up.Status.Pods.First(p => p.Workload.EndsWith("/client", StringComparison.Ordinal));
        return $"{pod.Namespace}/{pod.Name}";
    }

    private async Task<Socket> DialGatewayAsync(CancellationToken cancel)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            var port = _up.Status.Published.First(p => p.Name == "ns1/ingressgateway:http2").HostPort;
            await socket.ConnectAsync("127.0.0.1", port, cancel);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
