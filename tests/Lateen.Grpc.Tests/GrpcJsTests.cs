using System.Globalization;
using System.Text.Json.Nodes;
using Google.Protobuf.WellKnownTypes;
using Lateen.Grpc.Client;
using Lateen.TestKit;

namespace Lateen.Grpc.Tests;

/// <summary>@grpc/grpc-js at the other end, as client of our server and as server of our client.</summary>
public sealed class GrpcJsTests
{
    private static readonly Lazy<Task<string>> _package = new(InstallAsync);

    [PeerFact("node", "npm")]
    public async Task Server_GrpcJsClient_SeesEveryShapeAndError()
    {
        var folder = await _package.Value;
        await using var echo = await EchoServer.StartAsync();

        var (exit, output, error) = await Peer.RunAsync(
            Peer.Find("node")!, ["client.js", $"127.0.0.1:{echo.Port}"], folder);

        Assert.True(exit == 0, error);
        var seen = JsonNode.Parse(output)!;
        Assert.Equal("hi", (string?)seen["unary"]!["value"]);
        Assert.Equal("text", (string?)seen["unary"]!["headers"]!["x-echo"]);
        Assert.Equal([0, 255, 7, 8], Bytes(seen["unary"]!["trailers"]!["x-echo-bin"]!));
        Assert.Equal(10_000, (int)seen["gzip"]!);
        Assert.Equal((int)GrpcStatusCode.NotFound, (int)seen["fail"]!["code"]!);
        Assert.Equal("no ñandú", (string?)seen["fail"]!["details"]);
        Assert.Equal("because", (string?)seen["fail"]!["metadata"]!["x-why"]);
        Assert.Equal([1, 2, 3], Bytes(seen["fail"]!["metadata"]!["grpc-status-details-bin"]!));
        Assert.Equal((int)GrpcStatusCode.Unknown, (int)seen["throw"]!["code"]!);
        Assert.Equal((int)GrpcStatusCode.DeadlineExceeded, (int)seen["hang"]!["code"]!);
        Assert.Equal(1000, (int)seen["count"]!["values"]!);
        Assert.Equal(0, (int)seen["count"]!["code"]!);
        Assert.Equal("half-way: äöü 100%", (string?)seen["midway"]!["details"]);
        Assert.Equal("one", (string?)seen["midway"]!["values"]![0]);
        Assert.Equal(5050, (int)seen["sum"]!);
        Assert.Equal(101, (int)seen["duplex"]!["values"]!);
    }

    [PeerFact("node", "npm")]
    public async Task Client_GrpcJsServer_SeesEveryShapeAndError()
    {
        var folder = await _package.Value;
        using var process = Peer.Start(Peer.Find("node")!, ["server.js"], folder);
        try
        {
            var port = await process.StandardOutput.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(30));
            using var channel = new GrpcChannel(new() { Address = $"http://127.0.0.1:{port}" });
            await CallAllAsync(channel);
        }
        finally
        {
            process.Kill(entireProcessTree: true);
        }
    }

    private static async Task CallAllAsync(GrpcChannel channel)
    {
        var headers = new GrpcMetadata();
        headers.Add("x-echo", "text");
        headers.Add("x-bytes-bin", [0, 255, 7, 8]);
        await using var unary = channel.Open(EchoService.Unary, new() { Headers = headers });
        await unary.WriteAsync(new StringValue { Value = "hi" });
        unary.Complete();
        Assert.Equal("text", (await unary.ReadHeadersAsync()).Get("x-echo"));
        Assert.Equal("hi", (await unary.ReadSingleAsync()).Value);
        Assert.Equal([0, 255, 7, 8], unary.Trailers.GetBinary("x-echo-bin"));

        var failed = await Assert.ThrowsAsync<GrpcException>(
            () => channel.UnaryAsync(EchoService.Fail, new StringValue { Value = "no ñandú" }));
        Assert.Equal(GrpcStatusCode.NotFound, failed.Status.Code);
        Assert.Equal("no ñandú", failed.Status.Message);
        Assert.Equal([1, 2, 3], failed.Status.Details);
        Assert.Equal("because", failed.Trailers.Get("x-why"));

        var late = await Assert.ThrowsAsync<GrpcException>(() => channel.UnaryAsync(
            EchoService.Hang, new StringValue(), new() { Timeout = TimeSpan.FromMilliseconds(200) }));
        Assert.Equal(GrpcStatusCode.DeadlineExceeded, late.Status.Code);
        var unknown =
            await Assert.ThrowsAsync<GrpcException>(() => channel.UnaryAsync(EchoService.Missing, new StringValue()));
        Assert.Equal(GrpcStatusCode.Unimplemented, unknown.Status.Code);

        await using var count = await channel.ServerStreamingAsync(EchoService.Count, new Int32Value { Value = 1000 });
        Assert.Equal(1000, await count.ReadAllAsync().CountAsync());

        await using var midway =
            await channel.ServerStreamingAsync(EchoService.FailMidway, new StringValue { Value = "one" });
        Assert.True(await midway.MoveNextAsync());
        var aborted = await Assert.ThrowsAsync<GrpcException>(async () => await midway.MoveNextAsync());
        Assert.Equal("half-way: äöü 100%", aborted.Status.Message);

        await using var sum = channel.Open(EchoService.Sum);
        for (var i = 1; i <= 100; i++)
        {
            await sum.WriteAsync(new Int32Value { Value = i });
        }

        sum.Complete();
        Assert.Equal(5050, (await sum.ReadSingleAsync()).Value);

        await using var duplex = channel.Open(EchoService.Duplex);
        Assert.True(await duplex.MoveNextAsync());
        for (var i = 0; i < 100; i++)
        {
            await duplex.WriteAsync(new StringValue { Value = i.ToString(CultureInfo.InvariantCulture) });
            Assert.True(await duplex.MoveNextAsync());
        }

        duplex.Complete();
        Assert.False(await duplex.MoveNextAsync());
    }

    private static byte[] Bytes(JsonNode buffer) => [.. buffer["data"]!.AsArray().Select(b => (byte)(int)b!)];

    /// <summary>Installs the locked packages beside the built tests, once.</summary>
    private static async Task<string> InstallAsync()
    {
        var folder = Path.Combine(AppContext.BaseDirectory, "peer-js");
        if (!File.Exists(Path.Combine(folder, "node_modules", ".package-lock.json")))
        {
            var (exit, _, error) = await Peer.RunAsync(
                Peer.Find("npm")!,
                ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"],
                folder,
                TimeSpan.FromMinutes(3));
            Assert.True(exit == 0, error);
        }

        return folder;
    }
}
