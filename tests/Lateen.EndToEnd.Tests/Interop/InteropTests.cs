using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Lateen.TestKit;

namespace Lateen.EndToEnd.Tests.Interop;

/// <summary>
/// Our proxy between real Envoys, a real Envoy between ours, and ours alone, with other people's clients and servers at
/// the ends. Goal: each protocol crosses three proxies, with mutual TLS between them, without a loss.
/// </summary>
[Collection(MeshCollection.Name)]
public sealed class InteropTests
{
    private const string Own = "lateen lateen lateen";
    private const string BetweenEnvoys = "envoy lateen envoy";
    private const string AroundEnvoy = "lateen envoy lateen";
    private const int BodyBytes = 300_000;

    [InteropTheory("curl", "node")]
    [InlineData(Own)]
    public Task Curl_BothProtocols_BodiesArriveAmongOwn(string proxies) => CurlAsync(proxies);

    [InteropTheory("curl", "node", "envoy")]
    [InlineData(BetweenEnvoys)]
    [InlineData(AroundEnvoy)]
    public Task Curl_BothProtocols_BodiesArrive(string proxies) => CurlAsync(proxies);

    [InteropTheory("h2load", "node", "envoy")]
    [InlineData(Own)]
    [InlineData(BetweenEnvoys)]
    [InlineData(AroundEnvoy)]
    public async Task H2load_ManyStreams_AllSucceed(string proxies)
    {
        using var chain = await ProxyChain.StartAsync(proxies);

        var (exit, output, error) = await Peer.RunAsync(
            Peer.Find("h2load")!, ["-n", "2000", "-c", "4", "-m", "20", $"http://127.0.0.1:{chain.Port}/x"]);

        Assert.True(exit == 0, error);
        Assert.Contains("2000 done, 2000 succeeded, 0 failed, 0 errored, 0 timeout", output, StringComparison.Ordinal);
        Assert.Contains("status codes: 2000 2xx", output, StringComparison.Ordinal);
    }

    [InteropTheory("ghz", "node", "npm", "envoy")]
    [InlineData(Own)]
    [InlineData(BetweenEnvoys)]
    [InlineData(AroundEnvoy)]
    public async Task Ghz_UnaryCalls_AllAreOk(string proxies)
    {
        using var chain = await ProxyChain.StartAsync(proxies, withGrpc: true);
        var message = Path.Combine(chain.Folder, "message");
        await File.WriteAllBytesAsync(message, [0x0a, 2, (byte)'h', (byte)'i']);

        var (exit, output, error) = await Peer.RunAsync(Peer.Find("ghz")!,
            ["--insecure", "--proto", Path.Combine(AppContext.BaseDirectory, "echo.proto"), "--call",
                "lateen.test.Echo.Unary", "--binary-file", message, "-n", "500", "-c", "10", "-O", "json",
                $"127.0.0.1:{chain.Port}"]);

        Assert.True(exit == 0, error);
        var codes = JsonNode.Parse(output)!["statusCodeDistribution"]!.AsObject();
        Assert.Equal(500, (int)Assert.Single(codes, code => code.Key == "OK").Value!);
        Assert.Single(codes);
    }

    [InteropTheory("node", "npm", "envoy")]
    [InlineData("lateen")]
    [InlineData(BetweenEnvoys)]
    [InlineData(AroundEnvoy)]
    public async Task GrpcJs_EveryShape_CrossesTheProxies(string proxies)
    {
        using var chain = await ProxyChain.StartAsync(proxies, withGrpc: true);

        var (exit, output, error) = await Peer.RunAsync(
            Peer.Find("node")!, ["client.js", $"127.0.0.1:{chain.Port}"], await ProxyChain.GrpcJsFolder);

        Assert.True(exit == 0, error);
        var seen = JsonNode.Parse(output)!;
        Assert.Equal("hi", (string?)seen["unary"]!["value"]);
        Assert.Equal("text", (string?)seen["unary"]!["headers"]!["x-echo"]);
        Assert.Equal(10_000, (int)seen["gzip"]!);
        Assert.Equal((5, "no ñandú"), ((int)seen["fail"]!["code"]!, (string?)seen["fail"]!["details"]));
        Assert.Equal(4, (int)seen["hang"]!["code"]!);
        Assert.Equal((1000, 0), ((int)seen["count"]!["values"]!, (int)seen["count"]!["code"]!));
        Assert.Equal((10, "half-way: äöü 100%"),
            ((int)seen["midway"]!["code"]!, (string?)seen["midway"]!["details"]));
        Assert.Equal(5050, (int)seen["sum"]!);
        Assert.Equal(101, (int)seen["duplex"]!["values"]!);
    }

    /// <summary>An upgrade over HTTP/1.1 outside, an extended CONNECT between the proxies.</summary>
    [InteropTheory("node", "envoy")]
    [InlineData(Own)]
    [InlineData(BetweenEnvoys)]
    [InlineData(AroundEnvoy)]
    public async Task WebSocket_AcrossExtendedConnect_EchoesEveryByte(string proxies)
    {
        using var chain = await ProxyChain.StartAsync(proxies);

        await EchoAsync(chain.Port, "GET /ws HTTP/1.1\r\nhost: interop.test\r\nconnection: Upgrade\r\n"
            + "upgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n",
            "HTTP/1.1 101 ");
    }

    [InteropTheory("node", "envoy")]
    [InlineData(Own)]
    [InlineData(BetweenEnvoys)]
    [InlineData(AroundEnvoy)]
    public async Task Connect_ToTheTcpProgram_EchoesEveryByte(string proxies)
    {
        using var chain = await ProxyChain.StartAsync(proxies);

        await EchoAsync(chain.Port, "CONNECT interop.test:80 HTTP/1.1\r\nhost: interop.test:80\r\n\r\n",
            "HTTP/1.1 200 ");
    }

    [InteropTheory("chromium", "node")]
    [InlineData("lateen")]
    [InlineData(Own)]
    public async Task Chromium_Page_ComesOverHttp2AndTls(string proxies)
    {
        using var chain = await ProxyChain.StartAsync(proxies, HopTls.Server);

        var (exit, output, error) = await Peer.RunAsync(Peer.Find("chromium")!,
            ["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--ignore-certificate-errors",
                $"--user-data-dir={Path.Combine(chain.Folder, "profile")}", "--dump-dom",
                $"https://127.0.0.1:{chain.Port}/page"], chain.Folder);

        Assert.True(exit == 0, error);
        Assert.Contains("protocol:h2", output, StringComparison.Ordinal);
    }

    private static async Task CurlAsync(string proxies)
    {
        using var chain = await ProxyChain.StartAsync(proxies);
        var body = Pattern();
        var file = Path.Combine(chain.Folder, "body");
        await File.WriteAllBytesAsync(file, body);
        foreach (var protocol in (string[])["--http1.1", "--http2-prior-knowledge"])
        {
            var (exit, output, error) = await Peer.RunAsync(Peer.Find("curl")!,
                ["-sS", protocol, "-w", " %{http_version} %{http_code}", "--data-binary", $"@{file}",
                    $"http://127.0.0.1:{chain.Port}/x?y=1"]);

            Assert.True(exit == 0, error);
            var version = protocol == "--http1.1" ? "1.1" : "2";
            Assert.Equal($"POST /x?y=1 {Convert.ToHexStringLower(SHA256.HashData(body))} {version} 200", output);
        }
    }

    private static async Task EchoAsync(int port, string head, string expected)
    {
        using var stop = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        using var client = new TcpClient();
        await client.ConnectAsync("127.0.0.1", port, stop.Token);
        var stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(head), stop.Token);
        var answer = new StringBuilder();
        while (!answer.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            answer.Append((char)await ReadByteAsync(stream, stop.Token));
        }

        Assert.StartsWith(expected, answer.ToString(), StringComparison.Ordinal);
        var sent = Pattern();
        var received = new byte[sent.Length];
        var writing = stream.WriteAsync(sent, stop.Token);
        await stream.ReadExactlyAsync(received, stop.Token);
        await writing;
        Assert.Equal(sent, received);
    }

    private static async Task<byte> ReadByteAsync(NetworkStream stream, CancellationToken stop)
    {
        var one = new byte[1];
        await stream.ReadExactlyAsync(one, stop);
        return one[0];
    }

    private static byte[] Pattern() => [.. Enumerable.Range(0, BodyBytes).Select(i => (byte)((i * 7) + (i >> 8)))];
}
