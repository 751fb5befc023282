using Envoy.Config.Core.V3;
using Envoy.Service.Discovery.V3;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Lateen.Grpc;
using Lateen.TestKit;
using Lateen.Xds.Client;

namespace Lateen.Xds.Tests.Client;

public sealed class XdsClientTests : IAsyncLifetime
{
    private readonly PipeTransport _transport = new();
    private readonly RecordingHandler _handler = new();
    private readonly VirtualClock _clock = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly XdsClient _client;
    private Task _running = Task.CompletedTask;

    public XdsClientTests()
    {
        _client = new XdsClient(_transport, _handler, new XdsClientOptions
        {
            Node = new Node { Id = "sidecar~10.0.0.1~a.b~b.svc", Cluster = "a" },
            Random = new Random(7),
            Clock = _clock,
        });
    }

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
    public async Task FirstRequest_Wildcard_IsEmptyAndCarriesTheNode()
    {
        var server = await _transport.AcceptAsync();

        var request = await ReadAsync(server);

        Assert.Equal("/envoy.service.discovery.v3.AggregatedDiscoveryService/DeltaAggregatedResources", server.Path);
        Assert.Equal("sidecar~10.0.0.1~a.b~b.svc", request.Node.Id);
        Assert.Equal(TypeUrls.Cluster, request.TypeUrl);
        Assert.Empty(request.ResourceNamesSubscribe);
        Assert.Equal("", request.ResponseNonce);
    }

    [Fact]
    public async Task Response_Good_IsAppliedAndAcknowledgedWithoutNode()
    {
        var server = await _transport.AcceptAsync();
        await ReadAsync(server);

        Write(server, TypeUrls.Cluster, "n1", ["a@1", "b@1"]);

        Assert.Equal("connected", await _handler.NextAsync());
        Assert.Equal("Cluster +a@1 +b@1", await _handler.NextAsync());
        var ack = await ReadAsync(server);
        Assert.Equal("n1", ack.ResponseNonce);
        Assert.Null(ack.ErrorDetail);
        Assert.Null(ack.Node);
    }

    [Fact]
    public async Task Response_PartlyRejected_NackNamesReasonAndOnlyGoodOnesCountAsHeld()
    {
        var server = await _transport.AcceptAsync();
        await ReadAsync(server);
        Write(server, TypeUrls.Cluster, "n1", ["a@1", "bad@1"]);
        var nack = await ReadAsync(server);
        Assert.Equal(13, nack.ErrorDetail.Code);
        Assert.Equal("rejected bad", nack.ErrorDetail.Message);

        server.Break(GrpcStatusCode.Unavailable);
        var again = await ReconnectAsync();

        Assert.Equal(["a"], (await ReadAsync(again)).InitialResourceVersions.Keys);
        Assert.Equal(1, _client.GetStats(TypeUrls.Cluster)!.UpdateRejected);
    }

    [Fact]
    public async Task Response_DuplicateName_IsRejectedUnseen()
    {
        var server = await _transport.AcceptAsync();
        await ReadAsync(server);

        Write(server, TypeUrls.Cluster, "n1", ["a@1", "a@2"]);

        var nack = await ReadAsync(server);
        Assert.Equal("n1", nack.ResponseNonce);
        Assert.Contains("duplicate", nack.ErrorDetail.Message, StringComparison.Ordinal);
        Assert.Empty(_handler.Applied);
    }

    [Fact]
    public async Task Response_TypeNotSubscribed_IsIgnored()
    {
        var server = await _transport.AcceptAsync();
        await ReadAsync(server);

        Write(server, TypeUrls.Listener, "n1", ["l@1"]);
        Write(server, TypeUrls.Cluster, "n2", ["a@1"]);

        Assert.Equal("n2", (await ReadAsync(server)).ResponseNonce);
    }

    [Fact]
    public async Task Response_ForeignTypeInside_IsRejected()
    {
        var server = await _transport.AcceptAsync();
        await ReadAsync(server);
        var response = new DeltaDiscoveryResponse { TypeUrl = TypeUrls.Cluster, Nonce = "n1" };
        response.Resources.Add(new Resource { Name = "a", Resource_ = new Any { TypeUrl = TypeUrls.Listener } });

        server.Write(response.ToByteArray());

        Assert.Contains("came in a response", (await ReadAsync(server)).ErrorDetail.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Response_NoMessageAtAll_IsIgnored()
    {
        var server = await _transport.AcceptAsync();
        await ReadAsync(server);

        server.Write([0xFF, 0xFF, 0xFF]);
        Write(server, TypeUrls.Cluster, "n2", ["a@1"]);

        Assert.Equal("n2", (await ReadAsync(server)).ResponseNonce);
    }

    [Fact]
    public async Task Subscribe_FromHandler_PrecedesTheAck()
    {
        _handler.OnUpdate = update =>
        {
            if (update.TypeUrl == TypeUrls.Cluster)
            {
                _client.Subscribe(TypeUrls.ClusterLoadAssignment, [.. update.Resources.Select(entry => entry.Name)]);
            }
        };
        var server = await _transport.AcceptAsync();
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
        _client.Subscribe(TypeUrls.ClusterLoadAssignment, "x", "y");
        var server = await _transport.AcceptAsync();
        await ReadAsync(server);
        await ReadAsync(server);
        server.Break(GrpcStatusCode.Unavailable);
        Assert.Equal("disconnected Unavailable", await _handler.NextAsync());
        _client.Unsubscribe(TypeUrls.ClusterLoadAssignment, "x");

        var again = await ReconnectAsync();

        await ReadAsync(again);
        var request = await ReadAsync(again);
        Assert.Equal(["y"], request.ResourceNamesSubscribe);
        Assert.Empty(request.ResourceNamesUnsubscribe);
    }

    [Fact]
    public async Task Reconnect_HeldResources_AreNamedWithVersions()
    {
        var server = await _transport.AcceptAsync();
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
        var server = await _transport.AcceptAsync();
        _transport.Refusal = new GrpcStatus(GrpcStatusCode.Unavailable, "down");
        server.Break(GrpcStatusCode.Unavailable);
        var bound = TimeSpan.FromMilliseconds(500);
        var waits = new List<TimeSpan>();

        for (var i = 0; i < 12; i++)
        {
            Assert.Equal("disconnected Unavailable", await _handler.NextAsync());
            var wait = await TimerAsync();
            Assert.InRange(wait, TimeSpan.Zero, bound);
            waits.Add(wait);
            bound = bound * 2 < TimeSpan.FromSeconds(30) ? bound * 2 : TimeSpan.FromSeconds(30);
            _clock.Advance(wait);
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
        _clock.Advance(await TimerAsync());
        return await _transport.AcceptAsync();
    }

    /// <summary>The client sets its timer on another thread: wait for it, in real time, with a limit.</summary>
    private async Task<TimeSpan> TimerAsync()
    {
        for (var i = 0; i < 2000; i++)
        {
            if (_clock.NextTimer is { } wait)
            {
                return wait;
            }

            await Task.Yield();
            await Task.Delay(1);
        }

        throw new TimeoutException("the client set no timer");
    }
}
