using Envoy.Service.Discovery.V3;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;

namespace Lateen.Xds.Tests.Client;

/// <summary>Resources that live only for some time, and heartbeats that let them live on.</summary>
public sealed class ResourceLifetimeTests : XdsClientTestBase
{
    private static readonly TimeSpan Ttl = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Resource_WhoseTimeIsOver_IsRemoved()
    {
        var server = await StartAsync();
        await SendAsync(server, "n1", Cluster("a", hasBody: true), Cluster("b", hasBody: true, lives: false));
        Assert.Equal("Cluster +a@1 +b@1", await Handler.NextAsync());

        Clock.Advance(Ttl + TimeSpan.FromMilliseconds(1));

        Assert.Equal("Cluster -a", await Handler.NextAsync());
    }

    [Fact]
    public async Task Resource_WithAHeartbeat_LivesOn()
    {
        var server = await StartAsync();
        await SendAsync(server, "n1", Cluster("a", hasBody: true));
        Assert.Equal("Cluster +a@1", await Handler.NextAsync());
        Clock.Advance(Ttl - TimeSpan.FromSeconds(1));

        await SendAsync(server, "n2", Cluster("a", hasBody: false));

        Assert.Equal(Ttl + TimeSpan.FromMilliseconds(1), Clock.NextTimer);
        Clock.Advance(Ttl + TimeSpan.FromMilliseconds(1));
        Assert.Equal("Cluster -a", await LastAsync());
    }

    [Fact]
    public async Task Resource_SentAgainWithoutATime_LivesForEver()
    {
        var server = await StartAsync();
        await SendAsync(server, "n1", Cluster("a", hasBody: true));

        await SendAsync(server, "n2", Cluster("a", hasBody: true, lives: false));

        Assert.Null(Clock.NextTimer);
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
        var server = await Transport.AcceptAsync();
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
            Assert.Equal("connected", await Handler.NextAsync());
        }
    }

    /// <summary>What was told last, after what heartbeats have told.</summary>
    private async Task<string> LastAsync()
    {
        var text = await Handler.NextAsync();
        return text == "Cluster" ? await Handler.NextAsync() : text;
    }
}
