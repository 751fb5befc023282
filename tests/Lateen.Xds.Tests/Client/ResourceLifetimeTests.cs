using Envoy.Config.Core.V3;
using Envoy.Service.Discovery.V3;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Lateen.TestKit;
using Lateen.Xds.Client;

namespace Lateen.Xds.Tests.Client;

/// <summary>Resources that live only for some time, and heartbeats that let them live on.</summary>
public sealed class ResourceLifetimeTests : IAsyncLifetime
{
    private static readonly TimeSpan Ttl = TimeSpan.FromSeconds(60);

    private readonly PipeTransport _transport = new();
    private readonly RecordingHandler _handler = new();
    private readonly VirtualClock _clock = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly XdsClient _client;
    private Task _running = Task.CompletedTask;

    public ResourceLifetimeTests() => _client = new XdsClient(_transport, _handler, new XdsClientOptions
    {
        Node = new Node { Id = "n", Cluster = "c" },
        Random = new Random(7),
        Clock = _clock,
    });

    public Task InitializeAsync()
    {
        _client.SubscribeAll(TypeUrls.Cluster);
        _running = _client.RunAsync(_stop.Token);
        return Task.CompletedTask;
    }

    public async Task DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running.WaitAsync(TimeSpan.FromSeconds(20));
    }

    [Fact]
    public async Task Resource_WhoseTimeIsOver_IsRemoved()
    {
        var server = await StartAsync();
        await SendAsync(server, "n1", Cluster("a", hasBody: true), Cluster("b", hasBody: true, lives: false));
        Assert.Equal("Cluster +a@1 +b@1", await _handler.NextAsync());

        _clock.Advance(Ttl + TimeSpan.FromMilliseconds(1));

        Assert.Equal("Cluster -a", await _handler.NextAsync());
    }

    [Fact]
    public async Task Resource_WithAHeartbeat_LivesOn()
    {
        var server = await StartAsync();
        await SendAsync(server, "n1", Cluster("a", hasBody: true));
        Assert.Equal("Cluster +a@1", await _handler.NextAsync());
        _clock.Advance(Ttl - TimeSpan.FromSeconds(1));

        await SendAsync(server, "n2", Cluster("a", hasBody: false));

        Assert.Equal(Ttl + TimeSpan.FromMilliseconds(1), _clock.NextTimer);
        _clock.Advance(Ttl + TimeSpan.FromMilliseconds(1));
        Assert.Equal("Cluster -a", await LastAsync());
    }

    [Fact]
    public async Task Resource_SentAgainWithoutATime_LivesForEver()
    {
        var server = await StartAsync();
        await SendAsync(server, "n1", Cluster("a", hasBody: true));

        await SendAsync(server, "n2", Cluster("a", hasBody: true, lives: false));

        Assert.Null(_clock.NextTimer);
    }

    private static Resource Cluster(string name, bool hasBody, bool lives = true) => new()
    {
        Name = name,
        Version = "1",
        Ttl = lives ? Duration.FromTimeSpan(Ttl) : null,
        Resource_ = hasBody ? new Any { TypeUrl = TypeUrls.Cluster, Value = ByteString.CopyFromUtf8("x") } : null,
    };

    private async Task<PipeTransport.ServerEnd> StartAsync()
    {
        var server = await _transport.AcceptAsync();
        await server.ReadAsync();
        return server;
    }

    /// <summary>Sends a response and waits until it is acknowledged.</summary>
    private async Task SendAsync(PipeTransport.ServerEnd server, string nonce, params Resource[] resources)
    {
        var isFirst = nonce == "n1";
        server.Write(new DeltaDiscoveryResponse
        {
            TypeUrl = TypeUrls.Cluster,
            Nonce = nonce,
            SystemVersionInfo = "v",
            Resources = { resources },
        }.ToByteArray());
        var ack = DeltaDiscoveryRequest.Parser.ParseFrom(await server.ReadAsync());
        Assert.Equal((nonce, null), (ack.ResponseNonce, ack.ErrorDetail));
        if (isFirst)
        {
            Assert.Equal("connected", await _handler.NextAsync());
        }
    }

    /// <summary>What was told last, after what heartbeats have told.</summary>
    private async Task<string> LastAsync()
    {
        var text = await _handler.NextAsync();
        return text == "Cluster" ? await _handler.NextAsync() : text;
    }
}
