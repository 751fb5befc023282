using System.Text;
using Lateen.Grpc;
using Lateen.Proxy.Clusters;
using Lateen.Proxy.Runtime;

namespace Lateen.Proxy.Tests.Runtime;

public sealed class GrpcStreamTests
{
    [Fact]
    public void Start_WithMetadata_SendsHeadersAndMessagesInOrder()
    {
        using var harness = new RuntimeHarness();
        using var upstream = new FakeHttp2Upstream(harness.Loop);
        var user = new FakeUser();
        var target = Target(harness, upstream).With(new GrpcMetadata { { "x-more", "b" } });
        var call = GrpcStream.Start(harness.Worker, target, "/s/m"u8, user)!;

        call.SendFramed(GrpcFrameReader.Frame("one"u8));
        call.SendFramed(GrpcFrameReader.Frame("two"u8));
        call.Close();
        harness.Until("request", () => upstream.Peers.Count == 1 && upstream.Peers[0].HasEnded(1));

        var request = upstream.Peers[0].Received(1);
        Assert.Contains(":path: /s/m\n", request, StringComparison.Ordinal);
        Assert.Contains("content-type: application/grpc\n", request, StringComparison.Ordinal);
        Assert.Contains("x-more: b\n", request, StringComparison.Ordinal);
        Assert.Contains("x-envoy-internal: true\n", request, StringComparison.Ordinal);
        Assert.EndsWith("\0\0\0\0\u0003one\0\0\0\0\u0003two[end]", request, StringComparison.Ordinal);
    }

    [Fact]
    public void Answer_InPieces_ComesMessageByMessageAndEndsWithItsStatus()
    {
        using var harness = new RuntimeHarness();
        using var upstream = new FakeHttp2Upstream(harness.Loop)
        {
            WhenRequest = static (peer, stream) =>
            {
                peer.SendHeaders(stream, false, ":status: 200");
                byte[] both = [.. GrpcFrameReader.Frame("first"u8), .. GrpcFrameReader.Frame("second"u8)];
                peer.SendData(stream, both.AsSpan(0, 7), false);
                peer.SendData(stream, both.AsSpan(7), false);
                peer.SendHeaders(stream, true, "grpc-status: 5", "grpc-message: not%20here");
            },
        };
        var user = Call(harness, upstream);

        harness.Until("end", () => user.End is not null);

        Assert.Equal(["first", "second"], user.Messages);
        Assert.Equal(GrpcStatusCode.NotFound, user.End!.Value.Status);
        Assert.Equal("not here{via_upstream}", user.End.Value.Text);
    }

    [Theory]
    [InlineData("grpc-status: 0", GrpcStatusCode.Ok)]
    [InlineData("x: y", GrpcStatusCode.Unknown)]
    public void Answer_OfHeadersOnly_EndsTheCall(string header, GrpcStatusCode expected)
    {
        using var harness = new RuntimeHarness();
        using var upstream = new FakeHttp2Upstream(harness.Loop)
        {
            WhenRequest = (peer, stream) => peer.SendHeaders(stream, true, ":status: 200", header),
        };
        var user = Call(harness, upstream);

        harness.Until("end", () => user.End is not null);

        Assert.Equal(expected, user.End!.Value.Status);
    }

    [Fact]
    public void Answer_WithAnotherHttpStatus_StandsForAGrpcOne()
    {
        using var harness = new RuntimeHarness();
        using var upstream = new FakeHttp2Upstream(harness.Loop)
        {
            WhenRequest = static (peer, stream) => peer.SendHeaders(stream, false, ":status: 404"),
        };
        var user = Call(harness, upstream);

        harness.Until("end", () => user.End is not null);

        Assert.Equal(GrpcStatusCode.Unimplemented, user.End!.Value.Status);
    }

    [Fact]
    public void Message_OverTheLimit_EndsTheCall()
    {
        using var harness = new RuntimeHarness();
        using var upstream = new FakeHttp2Upstream(harness.Loop)
        {
            WhenRequest = static (peer, stream) =>
            {
                peer.SendHeaders(stream, false, ":status: 200");
                peer.SendData(stream, GrpcFrameReader.Frame(new byte[101]), false);
            },
        };
        var user = new FakeUser();
        var target = Target(harness, upstream) with { MessageBytesMax = 100 };
        var call = GrpcStream.Start(harness.Worker, target, "/s/m"u8, user)!;
        call.SendFramed(GrpcFrameReader.Frame("x"u8));
        call.Close();

        harness.Until("end", () => user.End is not null);

        Assert.Equal(GrpcStatusCode.ResourceExhausted, user.End!.Value.Status);
        Assert.Empty(user.Messages);
    }

    [Fact]
    public void Send_WithoutHosts_EndsTheCallWithinTheSend()
    {
        using var harness = new RuntimeHarness();
        harness.AddCluster("up", null);
        var user = new FakeUser();
        var target = new GrpcServiceTarget(harness.Clusters.GetOrAdd("up"), "up"u8.ToArray(), 0, []);

        GrpcStream.Start(harness.Worker, target, "/s/m"u8, user)!.SendFramed(GrpcFrameReader.Frame("x"u8));

        Assert.Equal("no healthy upstream{no_healthy_upstream}", user.End?.Text);
    }

    [Fact]
    public void Reset_TellsNothingMore()
    {
        using var harness = new RuntimeHarness();
        using var upstream = new FakeHttp2Upstream(harness.Loop);
        var user = new FakeUser();
        var call = GrpcStream.Start(harness.Worker, Target(harness, upstream), "/s/m"u8, user)!;
        call.SendFramed(GrpcFrameReader.Frame("x"u8));
        harness.Until("request", () => upstream.Peers.Count == 1 && upstream.Peers[0].Streams.Count == 1);

        call.Reset();
        call.SendFramed(GrpcFrameReader.Frame("y"u8));

        Assert.True(call.IsOver);
        Assert.Equal(0, call.WaitingBytes);
        Assert.Null(user.End);
    }

    [Fact]
    public void WireBytes_OfMessages_CountTheirFrames()
    {
        using var harness = new RuntimeHarness();
        using var upstream = new FakeHttp2Upstream(harness.Loop);
        var user = new FakeUser();
        var call = GrpcStream.Start(harness.Worker, Target(harness, upstream), "/s/m"u8, user)!;
        call.Connect();
        harness.Until("request", () => upstream.Peers.Count == 1 && upstream.Peers[0].Streams.Count == 1);
        var peer = upstream.Peers[0];
        peer.SendHeaders(peer.OpenStreams[0], false, ":status: 200");
        harness.Until("headers", () => call.WireBytes.Received > 0);
        var before = call.WireBytes;

        call.SendFramed(GrpcFrameReader.Frame("one"u8));
        peer.SendData(peer.OpenStreams[0], GrpcFrameReader.Frame("four"u8), false);
        harness.Until("message", () => user.Messages.Count == 1);
        var after = call.WireBytes;
        call.Reset();

        Assert.Equal((9 + 5 + 3, 9 + 5 + 4), (after.Sent - before.Sent, after.Received - before.Received));
        Assert.Equal(after, call.WireBytes);
    }

    private static FakeUser Call(RuntimeHarness harness, FakeHttp2Upstream upstream)
    {
        var user = new FakeUser();
        var call = GrpcStream.Start(harness.Worker, Target(harness, upstream), "/s/m"u8, user)!;
        call.SendFramed(GrpcFrameReader.Frame("x"u8));
        call.Close();
        return user;
    }

    private static GrpcServiceTarget Target(RuntimeHarness harness, FakeHttp2Upstream upstream)
    {
        var config =
            new ClusterConfig { Name = "up", Http = new UpstreamHttpOptions { Protocol = UpstreamProtocol.Http2 } };
        harness.AddCluster("up", config, upstream.Address);
        return new GrpcServiceTarget(harness.Clusters.GetOrAdd("up"), "up"u8.ToArray(), 0, []);
    }

    private sealed class FakeUser : IGrpcStreamUser
    {
        public List<string> Messages { get; } = [];

        public GrpcStreamEnd? End { get; private set; }

        void IGrpcStreamUser.OnMessage(ReadOnlyMemory<byte> message) =>
            Messages.Add(Encoding.ASCII.GetString(message.Span));

        void IGrpcStreamUser.OnClosed(in GrpcStreamEnd end) => End = end;
    }
}
