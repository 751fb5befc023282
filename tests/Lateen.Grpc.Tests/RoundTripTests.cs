using Google.Protobuf.WellKnownTypes;

namespace Lateen.Grpc.Tests;

public sealed class RoundTripTests : IAsyncLifetime
{
    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(30);
    private readonly HangProbe _hang = new();
    private EchoServer _echo = null!;

    public async Task InitializeAsync() => _echo = await EchoServer.StartAsync(_hang);

    public async Task DisposeAsync() => await _echo.DisposeAsync();

    [Fact]
    public async Task Unary_Message_ComesBack()
    {
        var response = await _echo.Channel.UnaryAsync(EchoService.Unary, new StringValue { Value = "hi" });

        Assert.Equal("hi", response.Value);
    }

    [Fact]
    public async Task Unary_LargeMessage_ComesBack()
    {
        var text = new string('x', 3_000_000);

        var response = await _echo.Channel.UnaryAsync(EchoService.Unary, new StringValue { Value = text });

        Assert.Equal(text, response.Value);
    }

    [Fact]
    public async Task Unary_Metadata_GoesBothWays()
    {
        var headers = new GrpcMetadata();
        headers.Add("x-echo", "text");
        headers.Add("x-bytes-bin", [0, 255, 7, 8]);
        await using var call = _echo.Channel.Open(EchoService.Unary, new() { Headers = headers });
        await call.WriteAsync(new StringValue());
        call.Complete();

        var responseHeaders = await call.ReadHeadersAsync();
        await call.ReadSingleAsync();

        Assert.Equal("text", responseHeaders.Get("x-echo"));
        Assert.Equal([0, 255, 7, 8], call.Trailers.GetBinary("x-echo-bin"));
    }

    [Fact]
    public async Task Unary_ServerFails_StatusDetailsAndTrailersArrive()
    {
        var error = await Assert.ThrowsAsync<GrpcException>(
            () => _echo.Channel.UnaryAsync(EchoService.Fail, new StringValue { Value = "no ñandú" }));

        Assert.Equal(GrpcStatusCode.NotFound, error.Status.Code);
        Assert.Equal("no ñandú", error.Status.Message);
        Assert.Equal([1, 2, 3], error.Status.Details);
        Assert.Equal("because", error.Trailers.Get("x-why"));
    }

    [Fact]
    public async Task Unary_HandlerThrows_UnknownWithoutItsText()
    {
        var error = await Assert.ThrowsAsync<GrpcException>(
            () => _echo.Channel.UnaryAsync(EchoService.Throw, new StringValue()));

        Assert.Equal(GrpcStatusCode.Unknown, error.Status.Code);
        Assert.DoesNotContain("secret", error.Status.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Unary_UnknownMethod_Unimplemented()
    {
        var error = await Assert.ThrowsAsync<GrpcException>(
            () => _echo.Channel.UnaryAsync(EchoService.Missing, new StringValue()));

        Assert.Equal(GrpcStatusCode.Unimplemented, error.Status.Code);
    }

    /// <summary>The server answers from the headers alone, so its end and the first write meet in any order.</summary>
    [Fact]
    public async Task Unary_EndedWhileTheClientWrites_StatusIsTheServers()
    {
        var message = new StringValue { Value = new string('x', 300_000) };
        var codes = await Task.WhenAll(Enumerable.Range(0, 200).Select(async _ =>
            (await Assert.ThrowsAsync<GrpcException>(() => _echo.Channel.UnaryAsync(EchoService.Missing, message))
                .WaitAsync(_limit)).Status.Code));

        Assert.All(codes, code => Assert.Equal(GrpcStatusCode.Unimplemented, code));
    }

    [Fact]
    public async Task Unary_DeadlinePasses_BothSidesEnd()
    {
        var call = _echo.Channel.UnaryAsync(
            EchoService.Hang, new StringValue(), new() { Timeout = TimeSpan.FromSeconds(3) });
        await _hang.Started.Task.WaitAsync(_limit);

        var error = await Assert.ThrowsAsync<GrpcException>(() => call);

        Assert.Equal(GrpcStatusCode.DeadlineExceeded, error.Status.Code);
        await _hang.Cancelled.Task.WaitAsync(_limit);
    }

    [Fact]
    public async Task Unary_CallerCancels_ServerIsTold()
    {
        using var stop = new CancellationTokenSource();
        var call = _echo.Channel.UnaryAsync(EchoService.Hang, new StringValue(), cancellation: stop.Token);
        await _hang.Started.Task.WaitAsync(_limit);

        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        await _hang.Cancelled.Task.WaitAsync(_limit);
    }

    [Fact]
    public async Task ServerStreaming_Messages_ArriveInOrder()
    {
        await using var call =
            await _echo.Channel.ServerStreamingAsync(EchoService.Count, new Int32Value { Value = 1000 });

        var numbers = await call.ReadAllAsync().Select(message => message.Value).ToListAsync();

        Assert.Equal(Enumerable.Range(0, 1000), numbers);
        Assert.Equal(GrpcStatusCode.Ok, call.Status!.Code);
    }

    [Fact]
    public async Task ServerStreaming_FailsMidway_MessagesThenStatus()
    {
        await using var call = await _echo.Channel.ServerStreamingAsync(
            EchoService.FailMidway, new StringValue { Value = "one" });

        Assert.True(await call.MoveNextAsync());
        var error = await Assert.ThrowsAsync<GrpcException>(async () => await call.MoveNextAsync());

        Assert.Equal(GrpcStatusCode.Aborted, error.Status.Code);
        Assert.Equal("half-way: äöü 100%", error.Status.Message);
    }

    [Fact]
    public async Task ClientStreaming_Messages_AreSummed()
    {
        await using var call = _echo.Channel.Open(EchoService.Sum);
        for (var i = 1; i <= 100; i++)
        {
            await call.WriteAsync(new Int32Value { Value = i });
        }

        call.Complete();

        Assert.Equal(5050, (await call.ReadSingleAsync()).Value);
    }

    [Fact]
    public async Task Duplex_ServerSpeaksFirst_ThenEchoesEach()
    {
        await using var call = _echo.Channel.Open(EchoService.Duplex);

        Assert.True(await call.MoveNextAsync());
        Assert.Equal("hello", call.Current.Value);
        for (var i = 0; i < 100; i++)
        {
            await call.WriteAsync(new StringValue { Value = $"{i}" });
            Assert.True(await call.MoveNextAsync());
            Assert.Equal($"{i}", call.Current.Value);
        }

        call.Complete();
        Assert.False(await call.MoveNextAsync());
    }

    [Fact]
    public async Task Duplex_ReaderStops_WriterIsHeldBack()
    {
        await using var call = _echo.Channel.Open(EchoService.Duplex);
        var message = new StringValue { Value = new string('x', 100_000) };
        var written = 0;

        // The echo fills the client's window, then the server's: after some megabytes a write must wait.
        var pending = Task.CompletedTask;
        while (pending.IsCompleted && written < 1000)
        {
            pending = call.WriteAsync(message).AsTask();
            await Task.WhenAny(pending, Task.Delay(300));
            written++;
        }

        Assert.True(written < 1000);
    }
}
