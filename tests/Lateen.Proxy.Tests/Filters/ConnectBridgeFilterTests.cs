using System.Text;
using Lateen.Http.Http2;
using Lateen.Proxy.Clusters;
using Lateen.Proxy.Filters;
using Lateen.Proxy.Http;
using Lateen.Proxy.Routing;
using Lateen.Proxy.Runtime;
using Lateen.Proxy.Tests.Runtime;

namespace Lateen.Proxy.Tests.Filters;

/// <summary>A client of Connect over HTTP/1.1, the filter, and a gRPC service over HTTP/2.</summary>
public sealed class ConnectBridgeFilterTests
{
    private const string Unary = "content-type: application/json\r\nconnect-protocol-version: 1\r\n";
    private const string Stream = "content-type: application/connect+json\r\n";

    [Fact]
    public void Unary_Call_GetsItsFrameAndLosesThatOfTheAnswer()
    {
        var run = Call(
            "POST", "/s/m", Unary + "connect-timeout-ms: 1000\r\naccept-encoding: gzip\r\ngrpc-accept-encoding: br\r\n",
            "{}",
            Answer("\0\0\0\0\u0002[]", "grpc-status: 0", "x-t: a"));

        Assert.Contains("content-type: application/grpc+json\n", run.Request, StringComparison.Ordinal);
        Assert.Contains("grpc-timeout: 1000m\n", run.Request, StringComparison.Ordinal);
        Assert.Contains("grpc-accept-encoding: br,gzip\n", run.Request, StringComparison.Ordinal);
        Assert.Contains("te: trailers\n", run.Request, StringComparison.Ordinal);
        Assert.DoesNotContain("connect-", run.Request, StringComparison.Ordinal);
        Assert.EndsWith("\0\0\0\0\u0002{}[end]", run.Request, StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 200 ", run.Response, StringComparison.Ordinal);
        Assert.Contains("content-type: application/json\r\n", run.Response, StringComparison.Ordinal);
        Assert.Contains("trailer-x-t: a\r\n", run.Response, StringComparison.Ordinal);
        Assert.EndsWith("\r\n\r\n2\r\n[]\r\n0\r\n\r\n", run.Response, StringComparison.Ordinal);
    }

    [Fact]
    public void Unary_WithoutBody_SendsAnEmptyMessage() => Assert.EndsWith(
        "\0\0\0\0\0[end]", Call("POST", "/s/m", Unary, "", Answer("\0\0\0\0\0", "grpc-status: 0")).Request,
        StringComparison.Ordinal);

    [Theory]
    [InlineData("gzip", 1, true)]
    [InlineData("gzip", 0, false)]
    public void Unary_Compressed_TellsTheCodingWhereTheAnswerHasIt(string coding, int flag, bool isTold)
    {
        var run = Call(
            "POST", "/s/m", Unary + $"content-encoding: {coding}\r\n", "zz", (peer, stream) =>
            {
                peer.SendHeaders(
                    stream, false, ":status: 200", "content-type: application/grpc", $"grpc-encoding: {coding}");
                peer.SendData(stream, [(byte)flag, 0, 0, 0, 1, (byte)'x'], false);
                peer.SendHeaders(stream, true, "grpc-status: 0");
            });

        Assert.EndsWith("\u0001\0\0\0\u0002zz[end]", run.Request, StringComparison.Ordinal);
        Assert.Contains($"grpc-encoding: {coding}\n", run.Request, StringComparison.Ordinal);
        Assert.Equal(isTold, run.Response.Contains("content-encoding: gzip\r\n", StringComparison.Ordinal));
        Assert.Contains("content-type: application/proto\r\n", run.Response, StringComparison.Ordinal);
    }

    [Fact]
    public void Unary_ThatFails_AnswersWithTheErrorInPlaceOfTheMessage()
    {
        var run = Call(
            "POST", "/s/m", Unary, "{}",
            Answer("\0\0\0\0\u0004part", "grpc-status: 5", "grpc-message: no", "x-t: a"));

        Assert.StartsWith("HTTP/1.1 404 ", run.Response, StringComparison.Ordinal);
        Assert.Contains("trailer-x-t: a\r\n", run.Response, StringComparison.Ordinal);
        Assert.DoesNotContain("part", run.Response, StringComparison.Ordinal);
        Assert.DoesNotContain("grpc-", run.Response, StringComparison.Ordinal);
        Assert.Contains("""{"code":"not_found","message":"no"}""", run.Response, StringComparison.Ordinal);
    }

    [Fact]
    public void Unary_AnsweredByHeadersAlone_AnswersWithTheError()
    {
        var run = Call("POST", "/s/m", Unary, "{}", static (peer, stream) => peer.SendHeaders(
            stream, true, ":status: 200", "content-type: application/grpc", "grpc-status: 7", "x-h: v"));

        Assert.StartsWith("HTTP/1.1 403 ", run.Response, StringComparison.Ordinal);
        Assert.Contains("x-h: v\r\n", run.Response, StringComparison.Ordinal);
        Assert.DoesNotContain("grpc-", run.Response, StringComparison.Ordinal);
        Assert.Contains("""{"code":"permission_denied"}""", run.Response, StringComparison.Ordinal);
    }

    [Fact]
    public void Get_WithTheMessageInTheQuery_BecomesAPost()
    {
        var run = Call(
            "GET", "/s/m?connect=v1&encoding=json&compression=gzip&base64=1&message=YWI", "", "",
            Answer("\0\0\0\0\u0001x", "grpc-status: 0"));

        Assert.Contains(":method: POST\n", run.Request, StringComparison.Ordinal);
        Assert.Contains(":path: /s/m\n", run.Request, StringComparison.Ordinal);
        Assert.Contains("grpc-encoding: gzip\n", run.Request, StringComparison.Ordinal);
        Assert.EndsWith("\u0001\0\0\0\u0002ab[end]", run.Request, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("encoding=a%0d%0ax:y", "content-type")]
    [InlineData("encoding=a&compression=a%00", "grpc-encoding")]
    public void Get_WithControlCharacters_IsRefused(string query, string name)
    {
        var run = Call("GET", "/s/m?connect=v1&" + query, "", "", null);

        Assert.Equal("", run.Request);
        Assert.StartsWith("HTTP/1.1 503 ", run.Response, StringComparison.Ordinal);
        Assert.EndsWith($"\r\n\r\ninvalid header value for: {name}", run.Response, StringComparison.Ordinal);
    }

    [Fact]
    public void Unary_WithALongerMessageThanMayBeHeld_IsRefused()
    {
        var run = Call("POST", "/s/m", Unary, new string('x', HttpStream.HeldResponseBytesMax + 1), null);

        Assert.StartsWith("HTTP/1.1 413 ", run.Response, StringComparison.Ordinal);
    }

    [Fact]
    public void Streaming_Call_EndsWithItsTrailersAsAMessage()
    {
        var run = Call(
            "POST", "/s/m", Stream + "connect-content-encoding: gzip\r\n", "\0\0\0\0\u0001x",
            Answer("\0\0\0\0\u0003one", "grpc-status: 13", "grpc-message: bad", "x-t: a"));

        Assert.Contains("content-type: application/grpc+json\n", run.Request, StringComparison.Ordinal);
        Assert.Contains("grpc-encoding: gzip\n", run.Request, StringComparison.Ordinal);
        Assert.EndsWith("\0\0\0\0\u0001x[end]", run.Request, StringComparison.Ordinal);
        Assert.Contains("content-type: application/connect+json\r\n", run.Response, StringComparison.Ordinal);
        Assert.Contains("\0\0\0\0\u0003one", run.Response, StringComparison.Ordinal);
        Assert.Contains(
            "\u0002\0\0\0\u0046" + """{"error":{"code":"internal","message":"bad"},"metadata":{"x-t":["a"]}}""",
            run.Response, StringComparison.Ordinal);
    }

    [Fact]
    public void Streaming_AnsweredByHeadersAlone_HasTheLastMessageOnly()
    {
        var run = Call("POST", "/s/m", Stream, "x", static (peer, stream) => peer.SendHeaders(
            stream, true, ":status: 200", "content-type: application/grpc", "grpc-status: 0", "x-h: v"));

        Assert.Contains("content-type: application/connect+proto\r\n", run.Response, StringComparison.Ordinal);
        Assert.Contains("x-h: v\r\n", run.Response, StringComparison.Ordinal);
        Assert.Contains("\u0002\0\0\0\u0002{}", run.Response, StringComparison.Ordinal);
    }

    [Fact]
    public void Upstream_ThatIsGone_IsToldAsToAnyClient()
    {
        using var harness = new RuntimeHarness();
        var client = Start(harness);

        client.Send($"POST /s/m HTTP/1.1\r\nhost: a\r\n{Unary}content-length: 2\r\n\r\n{{}}");
        harness.Until("answer", () => client.Received.Contains("\r\n\r\n", StringComparison.Ordinal));

        Assert.StartsWith("HTTP/1.1 503 ", client.Received, StringComparison.Ordinal);
        Assert.Contains("content-type: text/plain\r\n", client.Received, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("99999999", "99999999m")]
    [InlineData("100000000", "100000S")]
    [InlineData("100000000000", "1666666M")]
    [InlineData("6000000000000", "1666666H")]
    [InlineData("+5", "5m")]
    [InlineData("18446744073709551615", null)]
    [InlineData("99999999999999999999", null)]
    [InlineData("-1", null)]
    [InlineData("1.5", null)]
    public void Timeout_FitsEightDigitsOrStays(string millis, string? expected)
    {
        var run = Call(
            "POST", "/s/m", Unary + $"connect-timeout-ms: {millis}\r\n", "{}", Answer("\0\0\0\0\0", "grpc-status: 0"));

        Assert.Contains(
            expected is null ? $"connect-timeout-ms: {millis}\n" : $"grpc-timeout: {expected}\n", run.Request,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("content-type: text/json\r\nconnect-protocol-version: 1\r\n")]
    [InlineData("content-type: application/json\r\n")]
    public void OtherRequests_PassUnchanged(string headers)
    {
        var run = Call("POST", "/s/m", headers, "{}", Answer("\0\0\0\0\u0001x", "grpc-status: 0"));

        Assert.EndsWith("{}[end]", run.Request, StringComparison.Ordinal);
        Assert.DoesNotContain("application/grpc", run.Request, StringComparison.Ordinal);
        Assert.Contains("content-type: application/grpc\r\n", run.Response, StringComparison.Ordinal);
    }

    private static Action<Http2Peer, Http2Stream> Answer(string body, params string[] trailers) =>
        (peer, stream) =>
        {
            var isJson = peer.Received(stream.Id).Contains("+json\n", StringComparison.Ordinal);
            peer.SendHeaders(
                stream, false, ":status: 200", "content-type: application/grpc" + (isJson ? "+json" : ""));
            peer.SendData(stream, Encoding.Latin1.GetBytes(body), false);
            peer.SendHeaders(stream, true, trailers);
        };

    private static (string Request, string Response) Call(
        string method, string path, string headers, string body,
        Action<Http2Peer, Http2Stream>? answer)
    {
        using var harness = new RuntimeHarness();
        using var upstream = new FakeHttp2Upstream(harness.Loop) { WhenRequest = answer };
        var client = Start(harness, upstream);
        var length = body.Length > 0 ? $"content-length: {body.Length}\r\n" : "";

        client.Send($"{method} {path} HTTP/1.1\r\nhost: a\r\n{headers}{length}\r\n{body}");
        harness.Until("answer", () => answer is null
            ? client.Received.Contains("\r\n\r\n", StringComparison.Ordinal)
            : client.Received.EndsWith("\r\n0\r\n\r\n", StringComparison.Ordinal));

        return (upstream.Peers.Count > 0 && answer is not null ? upstream.Peers[0].Received(1) : "", client.Received);
    }

    private static RawPeer Start(RuntimeHarness harness, FakeHttp2Upstream? upstream = null)
    {
        var options = new UpstreamHttpOptions { Protocol = UpstreamProtocol.Http2 };
        harness.AddCluster(
            "c", new ClusterConfig { Name = "c", Http = options }, upstream is null ? [] : [upstream.Address]);
        var route = RuntimeHarness.Route("/", new RouteAction { Cluster = harness.Clusters.GetOrAdd("c") });
        return harness.Connect(harness.Listen(harness.Manager(
            _ => new RouterFilter { Name = "router" }, [route], CodecType.Http1,
            before: new ConnectBridgeFilter { Name = "connect" })));
    }
}
