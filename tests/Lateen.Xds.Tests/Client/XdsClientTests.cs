using Envoy.Service.Discovery.V3;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Lateen.Grpc;

namespace Lateen.Xds.Tests.Client;

public sealed class XdsClientTests : XdsClientTestBase
{
    [Fact]
    public async Task FirstRequest_Wildcard_IsEmptyAndCarriesTheNode()
    {
        var server = await Transport.AcceptAsync();

        var request = await ReadAsync(server);

        Assert.Equal("/envoy.service.discovery.v3.AggregatedDiscoveryService/DeltaAggregatedResources", server.Path);
        Assert.Equal(NodeId, request.Node.Id);
        Assert.Equal(TypeUrls.Cluster, request.TypeUrl);
        Assert.Empty(request.ResourceNamesSubscribe);
        Assert.Equal("", request.ResponseNonce);
    }

    [Fact]
    public async Task Response_Good_IsAppliedAndAcknowledgedWithoutNode()
    {
        var server = await Transport.AcceptAsync();
        await ReadAsync(server);

        Write(server, TypeUrls.Cluster, "n1", ["a@1", "b@1"]);

        Assert.Equal("connected", await Handler.NextAsync());
        Assert.Equal("Cluster +a@1 +b@1", await Handler.NextAsync());
        var ack = await ReadAsync(server);
        Assert.Equal("n1", ack.ResponseNonce);
        Assert.Null(ack.ErrorDetail);
        Assert.Null(ack.Node);
    }

    [Fact]
    public async Task Response_PartlyRejected_NackNamesReasonAndOnlyGoodOnesCountAsHeld()
    {
        var server = await Transport.AcceptAsync();
        await ReadAsync(server);
        Write(server, TypeUrls.Cluster, "n1", ["a@1", "bad@1"]);
        var nack = await ReadAsync(server);
        Assert.Equal(13, nack.ErrorDetail.Code);
        Assert.Equal("rejected bad", nack.ErrorDetail.Message);

        server.Break(GrpcStatusCode.Unavailable);
        var again = await ReconnectAsync();

        Assert.Equal(["a"], (await ReadAsync(again)).InitialResourceVersions.Keys);
        Assert.Equal(1, Client.GetStats(TypeUrls.Cluster)!.UpdateRejected);
    }

    [Fact]
    public async Task Response_DuplicateName_IsRejectedUnseen()
    {
        var server = await Transport.AcceptAsync();
        await ReadAsync(server);

        Write(server, TypeUrls.Cluster, "n1", ["a@1", "a@2"]);

        var nack = await ReadAsync(server);
        Assert.Equal("n1", nack.ResponseNonce);
        Assert.Contains("duplicate", nack.ErrorDetail.Message, StringComparison.Ordinal);
        Assert.Empty(Handler.Applied);
    }

    [Fact]
    public async Task Response_TypeNotSubscribed_IsIgnored()
    {
        var server = await Transport.AcceptAsync();
        await ReadAsync(server);

        Write(server, TypeUrls.Listener, "n1", ["l@1"]);
        Write(server, TypeUrls.Cluster, "n2", ["a@1"]);

        Assert.Equal("n2", (await ReadAsync(server)).ResponseNonce);
    }

    [Fact]
    public async Task Response_ForeignTypeInside_IsRejected()
    {
        var server = await Transport.AcceptAsync();
        await ReadAsync(server);
        var response = new DeltaDiscoveryResponse { TypeUrl = TypeUrls.Cluster, Nonce = "n1" };
        response.Resources.Add(new Resource { Name = "a", Resource_ = new Any { TypeUrl = TypeUrls.Listener } });

        server.Write(response.ToByteArray());

        Assert.Contains("came in a response", (await ReadAsync(server)).ErrorDetail.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Response_NoMessageAtAll_IsIgnored()
    {
        var server = await Transport.AcceptAsync();
        await ReadAsync(server);

        server.Write([0xFF, 0xFF, 0xFF]);
        Write(server, TypeUrls.Cluster, "n2", ["a@1"]);

        Assert.Equal("n2", (await ReadAsync(server)).ResponseNonce);
    }

    [Fact]
    public async Task Subscribe_FromHandler_PrecedesTheAck()
    {
        Handler.OnUpdate = update =>
        {
            if (update.TypeUrl == TypeUrls.Cluster)
            {
                Client.Subscribe(TypeUrls.ClusterLoadAssignment, [.. update.Resources.Select(entry => entry.Name)]);
            }
        };
        var server = await Transport.AcceptAsync();
        await ReadAsync(server);

        Write(server, TypeUrls.Cluster, "n1", ["a@1", "b@1"]);

        var endpoints = await ReadAsync(server);
        Assert.Equal(TypeUrls.ClusterLoadAssignment, endpoints.TypeUrl);
        Assert.Equal(["a", "b"], endpoints.ResourceNamesSubscribe.Order());
        Assert.Equal("n1", (await ReadAsync(server)).ResponseNonce);
    }

    [Fact]
    public async Task Unsubscribe_WhileDisconnected_NameIsInNeitherList()
    {
        Client.Subscribe(TypeUrls.ClusterLoadAssignment, "x", "y");
        var server = await Transport.AcceptAsync();
        await ReadAsync(server);
        await ReadAsync(server);
        server.Break(GrpcStatusCode.Unavailable);
        Assert.Equal("disconnected Unavailable", await Handler.NextAsync());
        Client.Unsubscribe(TypeUrls.ClusterLoadAssignment, "x");

        var again = await ReconnectAsync();

        await ReadAsync(again);
        var request = await ReadAsync(again);
        Assert.Equal(["y"], request.ResourceNamesSubscribe);
        Assert.Empty(request.ResourceNamesUnsubscribe);
    }

    [Fact]
    public async Task Reconnect_HeldResources_AreNamedWithVersions()
    {
        var server = await Transport.AcceptAsync();
        await ReadAsync(server);
        Write(server, TypeUrls.Cluster, "n1", ["a@1", "b@2"]);
        await ReadAsync(server);
        server.Break(GrpcStatusCode.Unavailable);

        var again = await ReconnectAsync();

        var request = await ReadAsync(again);
        Assert.NotNull(request.Node);
        Assert.Empty(request.ResourceNamesSubscribe);
        Assert.Equal("", request.ResponseNonce);
        Assert.Equal("1", request.InitialResourceVersions["a"]);
        Assert.Equal("2", request.InitialResourceVersions["b"]);
    }

    [Fact]
    public async Task Reconnect_ServerDown_WaitsGrowWithJitterUpToTheLimit()
    {
        var server = await Transport.AcceptAsync();
        Transport.Refusal = new GrpcStatus(GrpcStatusCode.Unavailable, "down");
        server.Break(GrpcStatusCode.Unavailable);
        var bound = TimeSpan.FromMilliseconds(500);
        var waits = new List<TimeSpan>();

        for (var i = 0; i < 12; i++)
        {
            Assert.Equal("disconnected Unavailable", await Handler.NextAsync());
            var wait = await TimerAsync();
            Assert.InRange(wait, TimeSpan.Zero, bound);
            waits.Add(wait);
            bound = bound * 2 < TimeSpan.FromSeconds(30) ? bound * 2 : TimeSpan.FromSeconds(30);
            Clock.Advance(wait);
        }

        Assert.True(waits.Max() > TimeSpan.FromSeconds(8));
        Assert.Equal(12, waits.Distinct().Count());
    }

    private static async Task<DeltaDiscoveryRequest> ReadAsync(PipeTransport.ServerEnd server) =>
        DeltaDiscoveryRequest.Parser.ParseFrom(await server.ReadAsync());

    private static void Write(PipeTransport.ServerEnd server, string typeUrl, string nonce, string[] resources)
    {
        var response = new DeltaDiscoveryResponse { TypeUrl = typeUrl, Nonce = nonce, SystemVersionInfo = "v" };
        foreach (var text in resources)
        {
            var parts = text.Split('@');
            response.Resources.Add(new Resource
            {
                Name = parts[0],
                Version = parts[1],
                Resource_ = new Any { TypeUrl = typeUrl, Value = ByteString.CopyFromUtf8("x") },
            });
        }

        server.Write(response.ToByteArray());
    }

    /// <summary>Lets time pass until the client tries again, and takes the new stream.</summary>
    private async Task<PipeTransport.ServerEnd> ReconnectAsync()
    {
        Clock.Advance(await TimerAsync());
        return await Transport.AcceptAsync();
    }

    /// <summary>The client sets its timer on another thread: wait for it, in real time, with a limit.</summary>
    private async Task<TimeSpan> TimerAsync()
    {
        for (var i = 0; i < 2000; i++)
        {
            if (Clock.NextTimer is { } wait)
            {
                return wait;
            }

            await Task.Yield();
            await Task.Delay(1);
        }

        throw new TimeoutException("the client set no timer");
    }
}
