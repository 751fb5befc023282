using System.Diagnostics;
using Lateen.EndToEnd.Tests.Mesh;
using Lateen.TestKit;

namespace Lateen.EndToEnd.Tests.Interop;

/// <summary>
/// Proxies one behind the other, with programs behind the last: HTTP/1.1 with upgrades and TCP (node), gRPC (grpc-js).
/// Between proxies there is HTTP/2 with mutual TLS.
/// </summary>
internal sealed class ProxyChain : IDisposable
{
    private static readonly TimeSpan _startLimit = TimeSpan.FromSeconds(30);
    private static readonly Lazy<Task<string>> _grpcJs = new(InstallAsync);

    private readonly List<Process> _processes = [];
    private readonly TemporaryFolder _folder = new();

    private ProxyChain()
    {
    }

    /// <summary>Where the first proxy listens.</summary>
    public int Port { get; private set; }

    public string Folder => _folder.Path;

    /// <summary>The folder of the grpc-js programs, with their packages.</summary>
    public static Task<string> GrpcJsFolder => _grpcJs.Value;

    /// <summary>Starts everything.</summary>
    /// <param name="proxies">From the client on: <c>lateen</c> or <c>envoy</c>, separated by blanks.</param>
    /// <param name="first">What the first asks of clients.</param>
    /// <param name="withGrpc">Whether the gRPC server is wanted.</param>
    public static async Task<ProxyChain> StartAsync(string proxies, HopTls first = HopTls.None, bool withGrpc = false)
    {
        var chain = new ProxyChain();
        try
        {
            var ports = (await chain.StartProgramAsync(
                Path.Combine(AppContext.BaseDirectory, "Interop", "backend", "backend.js"), "")).Split(' ');
            var grpc = withGrpc ? await chain.StartProgramAsync("server.js", await GrpcJsFolder) : "1";
            await chain.StartProxiesAsync(
                proxies.Split(' '), first, [.. ports.Append(grpc).Select(text => Convert.ToInt32(text, null))]);
            return chain;
        }
        catch
        {
            chain.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        foreach (var process in _processes)
        {
            try
            {
                process.Kill(entireProcessTree: true);
            }
            catch (InvalidOperationException)
            {
                // It has ended by itself.
            }

            process.Dispose();
        }

        _folder.Dispose();
    }

    private async Task StartProxiesAsync(string[] kinds, HopTls first, int[] programs)
    {
        var certificates = new InteropCertificates();
        var hops = kinds.Select((_, index) =>
            new Hop(FreePorts.Take(), FreePorts.Take(), index == 0 ? first : HopTls.Mutual)).ToArray();
        for (var i = 0; i < kinds.Length; i++)
        {
            var text = i == kinds.Length - 1
                ? InteropConfig.Last(hops[i], programs[0], programs[1], programs[2], certificates)
                : InteropConfig.Middle(hops[i], hops[i + 1].Port, certificates);
            var file = Path.Combine(_folder.Path, $"hop{i}.yaml");
            await File.WriteAllTextAsync(file, text);
            _processes.Add(kinds[i] == "envoy"
                ? Peer.Start(Peer.Find("envoy")!,
                    ["-c", file, "--disable-hot-restart", "--concurrency", "1", "-l", "error"])
                : Peer.Start(LateenProgram.Path, ["proxy", "-c", file, "--concurrency", "1", "-l", "error"]));
        }

        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(2) };
        for (var i = 0; i < kinds.Length; i++)
        {
            await WaitAsync(http, hops[i].AdminPort, _processes[^(kinds.Length - i)], kinds[i]);
        }

        Port = hops[0].Port;
    }

    private static async Task WaitAsync(HttpClient http, int port, Process process, string kind)
    {
        using var stop = new CancellationTokenSource(_startLimit);
        while (!stop.IsCancellationRequested)
        {
            if (process.HasExited)
            {
                Assert.Fail($"{kind} ended: {await process.StandardError.ReadToEndAsync(stop.Token)}");
            }

            try
            {
                if ((await http.GetAsync(new Uri($"http://127.0.0.1:{port}/ready"), stop.Token)).IsSuccessStatusCode)
                {
                    return;
                }
            }
            catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
            {
                // Not yet.
            }

            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, CancellationToken.None);
        }

        Assert.Fail($"{kind} was not ready within {_startLimit}");
    }

    private async Task<string> StartProgramAsync(string script, string folder)
    {
        var process = Peer.Start(Peer.Find("node")!, [script], folder);
        _processes.Add(process);
        return await process.StandardOutput.ReadLineAsync().WaitAsync(_startLimit) ?? "";
    }

    private static async Task<string> InstallAsync()
    {
        var folder = Path.Combine(AppContext.BaseDirectory, "peer-js");
        if (!File.Exists(Path.Combine(folder, "node_modules", ".package-lock.json")))
        {
            var (exit, _, error) = await Peer.RunAsync(Peer.Find("npm")!,
                ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], folder,
                TimeSpan.FromMinutes(3));
            Assert.True(exit == 0, error);
        }

        return folder;
    }
}
