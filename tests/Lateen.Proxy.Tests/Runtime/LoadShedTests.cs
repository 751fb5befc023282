using Lateen.Http.Http2;
using Lateen.Net;
using Lateen.Proxy.Filters;
using Lateen.Proxy.Http;
using Lateen.Proxy.Overload;
using Lateen.Proxy.Routing;
using Lateen.Proxy.Runtime;
using Lateen.Proxy.Stats;

namespace Lateen.Proxy.Tests.Runtime;

/// <summary>Work that is refused while the overload manager says so, at each point of the data path.</summary>
public sealed class LoadShedTests
{
    private const string Ok = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";
    private const string Get = "GET /x HTTP/1.1\r\nhost: a.example\r\n\r\n";

    [Fact]
    public void Http1AbortDispatch_InForce_AnswersAndCloses()
    {
        using var harness = new RuntimeHarness();
        var client = harness.Connect(Listen(harness, CodecType.Http1));
        Shed(harness, LoadShedPointKind.Http1ServerAbortDispatch);

        client.Send("GET /x HT");
        harness.Until("answer", () => client.Received.EndsWith("Internal Server Error", StringComparison.Ordinal));

        Assert.StartsWith("HTTP/1.1 500 ", client.Received, StringComparison.Ordinal);
        Assert.Contains("connection: close\r\n", client.Received, StringComparison.Ordinal);
        Assert.Equal(1, Read(harness, HttpStat.DownstreamRqOverloadClose));
        Assert.Equal(1, Count(harness, "overload.p.shed_load_count"));
    }

    [Theory]
    [InlineData(CodecType.Auto)]
    [InlineData(CodecType.Http1)]
    public void CodecCreation_InForce_ClosesNewConnectionsOnly(object codec)
    {
        using var harness = new RuntimeHarness();
        var address = Listen(harness, (CodecType)codec);
        var old = harness.Connect(address);
        old.Send(Get);
        harness.Until("answer", () => old.Received.EndsWith("ok", StringComparison.Ordinal));
        Shed(harness, LoadShedPointKind.HcmOndataCreatingCodec);
        var client = harness.Connect(address);

        client.Send(Get);
        harness.Until("end", () => client.IsOver);
        old.Forget();
        old.Send(Get);
        harness.Until("answer", () => old.Received.EndsWith("ok", StringComparison.Ordinal));

        Assert.Equal("", client.Received);
        Assert.Equal(1, Read(harness, HttpStat.DownstreamCxHttp1Total));
        Assert.Equal(1, Read(harness, HttpStat.DownstreamRqOverloadClose));
    }

    [Fact]
    public void FilterCheck_InForce_AnswersInPlaceOfTheUpstream()
    {
        using var harness = new RuntimeHarness();
        var client = harness.Connect(Listen(harness, CodecType.Auto));
        Shed(harness, LoadShedPointKind.HttpDownstreamFilterCheck);

        client.Send(Get);
        harness.Until("answer", () => client.Received.EndsWith("envoy overloaded", StringComparison.Ordinal));

        Assert.StartsWith("HTTP/1.1 503 ", client.Received, StringComparison.Ordinal);
        Assert.Equal(1, Read(harness, HttpStat.RqOverloadLocalReply));
    }

    [Fact]
    public void PoolConnection_InForce_SparesRequestsThatFindOne()
    {
        using var harness = new RuntimeHarness();
        var address = Listen(harness, CodecType.Auto);
        var client = harness.Connect(address);
        Shed(harness, LoadShedPointKind.ConnectionPoolNewConnection);
        client.Send(Get);
        harness.Until("refusal", () => client.Received.Contains("reset reason: overflow", StringComparison.Ordinal));
        Shed(harness, LoadShedPointKind.ConnectionPoolNewConnection, 0);
        client.Forget();
        client.Send(Get);
        harness.Until("answer", () => client.Received.EndsWith("ok", StringComparison.Ordinal));
        Shed(harness, LoadShedPointKind.ConnectionPoolNewConnection);

        client.Forget();
        client.Send(Get);
        harness.Until("answer", () => client.Received.EndsWith("ok", StringComparison.Ordinal));

        Assert.Equal(0, harness.Clusters.GetOrAdd("c").Current!.DefaultBreakers.PendingRequests.Current);
    }

    [Theory]
    [InlineData((int)LoadShedPointKind.Http2ServerGoAwayOnDispatch, false)]
    [InlineData((int)LoadShedPointKind.Http2ServerGoAwayAndCloseOnDispatch, true)]
    public void Http2GoAway_InForce_TellsTheClient(int point, bool closes)
    {
        using var harness = new RuntimeHarness();
        var client = StartHttp2(harness, Ok);
        harness.Loop.RunOnce(5);
        Shed(harness, (LoadShedPointKind)point);

        client.Request("/x", true);
        harness.Until("GOAWAY", () => client.GoAways.Length > 0);
        if (!closes)
        {
            harness.Until("answer", () => client.HasEnded(1));
        }

        Assert.Equal(closes ? "" : "ok[end]", client.Received(1)[^(closes ? 0 : 7)..]);
    }

    [Fact]
    public void LargeStream_WhenMemoryIsShort_IsReset()
    {
        using var harness = new RuntimeHarness();
        var client = StartHttp2(
            harness, "HTTP/1.1 200 OK\r\ncontent-length: 200000\r\n\r\n" + new string('x', 200_000));
        client.Consumes = false;
        client.Request("/x", true);
        harness.Until("window", () => client.Received(1).Length > 65_000);
        for (var i = 0; i < 5; i++)
        {
            harness.Loop.RunOnce(2);
        }

        Assert.Equal(0, StreamClasses.Reset(harness.Worker, 1, 40));
        Assert.Equal(1, StreamClasses.Reset(harness.Worker, 0.125, 10));
        harness.Until("reset", () => client.HasEnded(1));

        Assert.Contains("[reset", client.Received(1), StringComparison.Ordinal);
        Assert.Equal(0, StreamClasses.Reset(harness.Worker, 1, 10));
    }

    [Theory]
    [InlineData(400_000, 19, 0)]
    [InlineData(400_000, 20, -1)]
    [InlineData(400_000, 10, 7)]
    [InlineData(0, 10, -1)]
    public void Class_OfAStream_BeginsAtHalfThePower(long bytes, int power, int expected) =>
        Assert.Equal(expected, StreamClasses.ClassOf(bytes, power));

    [Theory]
    [InlineData(0.05, 1)]
    [InlineData(0.125, 2)]
    [InlineData(0.5, 5)]
    [InlineData(1, 8)]
    public void Classes_AtADegree_AreOneMoreThanItsShare(double state, int expected) =>
        Assert.Equal(expected, StreamClasses.ClassesAt(state));

    private static void Shed(RuntimeHarness harness, LoadShedPointKind point, double state = 1) =>
        harness.Worker.Overload.SetPoint(point, "p", state);

    private static Lateen.Proxy.Addresses.Address Listen(RuntimeHarness harness, CodecType codec, string answer = Ok)
    {
        var upstream = harness.AddUpstream();
        upstream.Script.Add(answer);
        harness.AddCluster("c", null, upstream.Address);
        var action = new RouteAction { Cluster = harness.Clusters.GetOrAdd("c") };
        return harness.Listen(harness.Manager(
            _ => new RouterFilter { Name = "router" }, [RuntimeHarness.Route("/x", action)], codec));
    }

    private static Http2Peer StartHttp2(RuntimeHarness harness, string answer)
    {
        var address = Listen(harness, CodecType.Http2, answer);
        var client = new Http2Peer(false, new Http2Limits { InitialStreamWindow = Http2Limits.DefaultWindow });
        client.Begin(Connection.Connect(
            harness.Loop, client, NetAddresses.ToNet(address), default, SocketOptions.Default));
        return client;
    }

    private static long Read(RuntimeHarness harness, HttpStat stat) =>
        new HttpStats(harness.Stats, "test").Scope.Read((int)stat);

    private static long Count(RuntimeHarness harness, string name) =>
        harness.Stats.Collect().Single(sample => sample.Name == name).Value;
}
