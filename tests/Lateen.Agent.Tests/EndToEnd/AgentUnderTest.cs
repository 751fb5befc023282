using Lateen.Agent.Bootstrap;
using Lateen.Core;
using Lateen.Core.Logging;
using Lateen.TestKit;

namespace Lateen.Agent.Tests.EndToEnd;

/// <summary>An agent in a folder of its own, with free ports, against a control plane on loopback.</summary>
internal sealed class AgentUnderTest : IAsyncDisposable
{
    private static readonly TimeSpan _endLimit = TimeSpan.FromSeconds(30);
    private readonly TemporaryFolder _folder = new();
    private readonly StringWriter _log = new();
    private readonly AgentRuntime _runtime;
    private Task _running = Task.CompletedTask;

    public AgentUnderTest(FakeControlPlane controlPlane, string program, TimeSpan certificateLife, TimeSpan drain)
    {
        StatusPort = FreePorts.Take();
        AdminPort = FreePorts.Take();
        var token =
            _folder.Write("token", controlPlane.Citadel.JoinTokens.Issue("shop", "cart", TimeSpan.FromHours(1)));
        var root = _folder.Write("root.pem", controlPlane.Citadel.Authority.Bundle.RootPem);
        var errors = new List<ConfigError>();
        var environment = new AgentEnvironment(new Dictionary<string, string>
        {
            ["POD_NAME"] = "cart-1",
            ["POD_NAMESPACE"] = "shop",
            ["SERVICE_ACCOUNT"] = "cart",
            ["INSTANCE_IP"] = "127.0.0.1",
            ["ENVOY_PROMETHEUS_PORT"] = $"{FreePorts.Take()}",
            ["ENVOY_STATUS_PORT"] = $"{FreePorts.Take()}",
            ["SECRET_TTL"] = $"{certificateLife.TotalSeconds}s",
            ["PROXY_CONFIG"] = $$"""
                {"configPath": "{{_folder.At("proxy")}}", "statusPort": {{StatusPort}}, "proxyAdminPort": {{AdminPort}},
                 "discoveryAddress": "localhost:{{controlPlane.Port}}", "concurrency": 1,
                 "terminationDrainDuration": "{{drain.TotalSeconds}}s"}
                """,
        });
        var options = AgentOptionsResolver.Resolve(new AgentFlags { Proxy = program }, environment, errors);
        Assert.Empty(errors);
        options = options with
        {
            Bootstrap = options.Bootstrap with
            {
                SecretSocketFolder = _folder.Path,
                DiscoverySocketPath = _folder.At("XDS"),
            },
            CertificateService = options.CertificateService with { TokenPath = token, RootPath = root },
            Discovery = options.Discovery with { TokenPath = token, RootPath = root },
        };
        _runtime =
            new AgentRuntime(options, TimeProvider.System, new Random(5), new LogSink(_log, TimeProvider.System));
    }

    public int StatusPort { get; }

    public int AdminPort { get; }

    public Task Running => _running;

    public string Log => _log.ToString();

    public async Task StartAsync(HttpClient client)
    {
        _running = _runtime.RunAsync();
        await WaitAsync("the agent to be ready", async () => await StatusAsync(client) == 200);
    }

    public async Task<int> StatusAsync(HttpClient client)
    {
        try
        {
            using var reply = await client.GetAsync(new Uri($"http://127.0.0.1:{StatusPort}/healthz/ready"));
            return (int)reply.StatusCode;
        }
        catch (HttpRequestException)
        {
            return 0;
        }
    }

    public void Terminate() => _runtime.Terminate();

    /// <summary>Waits for a condition of another process; says what for when it does not come.</summary>
    public async Task WaitAsync(string what, Func<Task<bool>> condition)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (!await condition())
        {
            Assert.False(deadline.IsCancellationRequested, $"waited in vain for {what}\n{Log}");
            Assert.False(_running.IsFaulted, $"{_running.Exception}\n{Log}");
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _runtime.DisposeAsync().AsTask().WaitAsync(_endLimit);
        await Task.WhenAny(_running).WaitAsync(_endLimit);
        await _log.DisposeAsync();
        _folder.Dispose();
    }
}
