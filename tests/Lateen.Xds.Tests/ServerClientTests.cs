using Envoy.Config.Core.V3;
using Lateen.Grpc;
using Lateen.Grpc.Client;
using Lateen.Xds.Client;
using Lateen.Xds.Server;
using Lateen.Xds.Tests.Client;

namespace Lateen.Xds.Tests;

/// <summary>Server and client over real sockets.</summary>
public sealed class ServerClientTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Stream_PushAckNackAndReconnect_WorkOverGrpc(bool isDelta)
    {
        await using var source = new SetSource();
        await source.StartAsync();
        source.Publish(Resource("a"), Resource("b"));
        using var channel = new GrpcChannel(new() { Address = $"http://127.0.0.1:{source.Port}" });
        var handler = new RecordingHandler();
        var client = new XdsClient(new GrpcXdsTransport(channel), handler, new XdsClientOptions
        {
            Node = new Node { Id = "n", Cluster = "c" },
            IsDelta = isDelta,
            BackoffBase = TimeSpan.FromMilliseconds(10),
            Random = new Random(3),
        });
        client.SubscribeAll(TypeUrls.Cluster);
        using var stop = new CancellationTokenSource();
        var running = client.RunAsync(stop.Token);
        Assert.Equal("connected", await handler.NextAsync());
        Assert.StartsWith("Cluster +a@", await handler.NextAsync(), StringComparison.Ordinal);
        await Eventually.IsAsync("the ACK", () => source.Acks.Any(ack => ack.Error is null));

        source.Publish(Resource("bad"));
        await Eventually.IsAsync("the NACK", () => source.Acks.Any(ack => ack.Error == "rejected bad"));
        var status = Assert.Single(Assert.Single(source.Server.Streams).GetStatus());
        Assert.Equal("rejected bad", status.NackError);
        Assert.Contains("bad", await handler.NextAsync(), StringComparison.Ordinal);

        Assert.Single(source.Server.Streams).Close(new GrpcStatus(GrpcStatusCode.Unavailable, "go elsewhere"));
        Assert.Equal("disconnected Unavailable", await handler.NextAsync());
        Assert.Equal("connected", await handler.NextAsync());
        Assert.Equal(1, source.ClosedCount);
        Assert.Equal(["a", "b"], handler.Applied[TypeUrls.Cluster].Keys.Order());
        await stop.CancelAsync();
        await running;
        await Eventually.IsAsync("the end of the stream", () =>
            source.ClosedCount == 2 && source.Server.Streams.Count == 0);
    }

    [Fact]
    public async Task Stream_NotAuthenticated_IsRefused()
    {
        await using var source = new SetSource((_, _) =>
            throw new GrpcException(GrpcStatusCode.Unauthenticated, "no token"));
        await source.StartAsync();
        using var channel = new GrpcChannel(new() { Address = $"http://127.0.0.1:{source.Port}" });
        var handler = new RecordingHandler();
        var client = new XdsClient(new GrpcXdsTransport(channel), handler, new XdsClientOptions
        {
            Node = new Node { Id = "n" },
            Random = new Random(3),
        });
        client.SubscribeAll(TypeUrls.Cluster);
        using var stop = new CancellationTokenSource();
        var running = client.RunAsync(stop.Token);

        Assert.Equal("disconnected Unauthenticated", await handler.NextAsync());

        await stop.CancelAsync();
        await running;
    }

    private static XdsResource Resource(string name) =>
        XdsResource.Create(TypeUrls.Cluster, name, new global::Envoy.Config.Cluster.V3.Cluster { Name = name });
}
