using System.Text;
using Envoy.Service.ExtProc.V3;
using Google.Protobuf;
using Lateen.Http;
using Lateen.Proxy.Cel;
using Lateen.Proxy.Clusters;
using Lateen.Proxy.ExtProc;
using Lateen.Proxy.Filters;
using Lateen.Proxy.Routing;
using Lateen.Proxy.Runtime;
using Lateen.Proxy.Stats;
using Lateen.Proxy.Tests.Runtime;
using Lateen.Proxy.Tracing;
using HeaderMap = Lateen.Http.HeaderMap;

namespace Lateen.Proxy.Tests.ExtProc;

/// <summary>Talks with a processing service over HTTP/2.</summary>
public sealed class ExtProcSessionTests
{
    private const string Post = "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\n\r\nhello";

    [Fact]
    public void Talk_WithChanges_IsToldToAccessLogs()
    {
        using var harness = new RuntimeHarness();
        using var service = new FakeHttp2Upstream(harness.Loop);
        var witness = new Witness { Name = "witness" };
        var client = Start(harness, service, witness, new ProcessingModes(ResponseHeaders: false));

        client.Send(Post);
        Answer(harness, service, new ProcessingResponse
        {
            RequestHeaders = new HeadersResponse
            {
                Response = new CommonResponse { HeaderMutation = new HeaderMutation { RemoveHeaders = { "host" } } },
            },
        });
        harness.Until("end", () => witness.Text is not null && client.Received.Length > 0);

        Assert.StartsWith("HTTP/1.1 200 ", client.Received, StringComparison.Ordinal);
        Assert.Matches("^rh:[0-9]+:0,bs:[1-9][0-9]*,br:[1-9][0-9]*,os:0,ds:ext$", witness.Text);
    }

    [Fact]
    public void StreamedPiece_ForAWholeBody_IsOutOfStep()
    {
        using var harness = new RuntimeHarness();
        using var service = new FakeHttp2Upstream(harness.Loop);
        var witness = new Witness { Name = "witness" };
        var client = Start(
            harness, service, witness, new ProcessingModes(RequestHeaders: false, RequestBody: BodyMode.Buffered));

        client.Send(Post);
        Answer(harness, service, new ProcessingResponse
        {
            RequestBody = new BodyResponse
            {
                Response = new CommonResponse
                {
                    BodyMutation = new BodyMutation { StreamedResponse = new StreamedBodyResponse() },
                },
            },
        });
        harness.Until("end", () => witness.Text is not null && client.Received.Length > 0);

        Assert.StartsWith("HTTP/1.1 500 ", client.Received, StringComparison.Ordinal);
        Assert.Matches("^rb:1:[0-9]+:9,bs:", witness.Text);
    }

    [Fact]
    public void NoHost_BeforeAnyMessage_IsToldApart()
    {
        using var harness = new RuntimeHarness();
        var witness = new Witness { Name = "witness" };
        var client = Start(harness, null, witness, new ProcessingModes());

        client.Send(Post);
        harness.Until("end", () => witness.Text is not null && client.Received.Length > 0);

        Assert.StartsWith("HTTP/1.1 500 ", client.Received, StringComparison.Ordinal);
        Assert.Equal("bs:0,br:0,os:14,ds:ext", witness.Text);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Span_OfATalk_IsRecordedAsConfigured(bool isEmitted)
    {
        using var harness = new RuntimeHarness();
        using var service = new FakeHttp2Upstream(harness.Loop);
        var witness = new Witness { Name = "witness", Tracer = new FakeTracer() };
        var client = Start(harness, service, witness, new ProcessingModes(ResponseHeaders: false), isEmitted);

        client.Send(Post);
        Answer(harness, service, new ProcessingResponse { RequestHeaders = new HeadersResponse() });
        harness.Until("end", () => witness.Text is not null && client.Received.Length > 0);

        Assert.Contains($"x-sampled: {isEmitted}\n", service.Peers[0].Received(1), StringComparison.Ordinal);
    }

    [Fact]
    public void FirstMessage_WithMappedAttributes_TellsThemUnderTheirNames()
    {
        using var harness = new RuntimeHarness();
        using var service = new FakeHttp2Upstream(harness.Loop);
        Assert.True(CelProgram.TryParse("request.path", out var path, out _));
        Assert.True(CelProgram.TryParse("request.headers['x-none']", out var none, out _));
        var attributes = new MappedAttributes(
            [new ExtProcAttribute("p", path!), new ExtProcAttribute("n", none!)], []);
        var client = Start(
            harness, service, new Witness { Name = "witness" }, new ProcessingModes(), mapped: attributes);

        client.Send(Post);
        harness.Until("message", () => service.Peers.Count == 1
            && service.Peers[0].Received(1).Contains("ext_proc", StringComparison.Ordinal));

        var received = service.Peers[0].Received(1);
        var message = received[(received.IndexOf('\0', StringComparison.Ordinal) + 5)..];
        var request = ProcessingRequest.Parser.ParseFrom(Encoding.Latin1.GetBytes(message));
        var told = Assert.Single(request.Attributes["envoy.filters.http.ext_proc"].Fields);
        Assert.Equal("p", told.Key);
        Assert.Equal("/", told.Value.StringValue);
    }

    private static void Answer(RuntimeHarness harness, FakeHttp2Upstream service, ProcessingResponse answer)
    {
        harness.Until("message", () => service.Peers.Count == 1 && service.Peers[0].OpenStreams.Count == 1);
        var peer = service.Peers[0];
        peer.SendHeaders(peer.OpenStreams[0], false, ":status: 200");
        peer.SendData(peer.OpenStreams[0], GrpcFrameReader.Frame(answer.ToByteArray()), false);
    }

    private static RawPeer Start(
        RuntimeHarness harness, FakeHttp2Upstream? service, Witness witness, ProcessingModes modes,
        bool isEmitted = true, MappedAttributes? mapped = null)
    {
        var upstream = harness.AddUpstream();
        upstream.Script.Add("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok");
        harness.AddCluster("a", null, upstream.Address);
        var options = new UpstreamHttpOptions { Protocol = UpstreamProtocol.Http2 };
        harness.AddCluster(
            "ext", new ClusterConfig { Name = "ext", Http = options }, service is null ? [] : [service.Address]);
        var filter = new ExtProcFilter
        {
            Name = "ext",
            Stats = new ExtProcStats(harness.Stats.GetScope("", StatLayout.Empty), "ext_proc."),
            Config = new ExtProcConfig
            {
                Service = new GrpcServiceTarget(harness.Clusters.GetOrAdd("ext"), "ext"u8.ToArray(), 0, []),
                Rules = new HeaderMutationRules(),
                Modes = modes,
                MessageTimeoutNanos = 0,
                EmitsSpan = isEmitted,
                Mapped = mapped,
            },
        };
        var route = RuntimeHarness.Route("/", new RouteAction { Cluster = harness.Clusters.GetOrAdd("a") });
        return harness.Connect(harness.Listen(harness.Manager(
            _ => new RouterFilter { Name = "router" }, [route], before: [witness, filter])));
    }

    /// <summary>Reads the filter state when the request is over, as access logs do.</summary>
    private sealed class Witness : HttpFilter
    {
        public string? Text { get; private set; }

        public Tracer? Tracer { get; init; }

        public override HttpFilterResult OnRequest(HttpStream stream)
        {
            if (Tracer is not null)
            {
                var span = new Span();
                span.Begin(Tracer);
                span.IsSampled = true;
                stream.Info.Span = span;
            }
            return HttpFilterResult.Continue;
        }

        public override void OnStreamEnd(HttpStream stream) =>
            Text = (stream.Info.GetFilterState("ext") as ExtProcTalkStats)?.ToText();
    }

    /// <summary>Tells callees in a header whether they are recorded.</summary>
    private sealed class FakeTracer : Tracer
    {
        public override bool TryExtract(Span span, Worker worker, HeaderMap request, bool traced, bool isEgress) =>
            false;

        public override void Inject(Span span, HeaderMap request) =>
            request.Set(HeaderName.Create("x-sampled"), Encoding.ASCII.GetBytes(span.IsSampled.ToString()));

        public override void WriteDefaultName(ByteBuffer output, HeaderMap request, bool isEgress)
        {
        }

        public override void Report(Worker worker, Span span, SpanTags tags, SpanEvents events)
        {
        }
    }
}
