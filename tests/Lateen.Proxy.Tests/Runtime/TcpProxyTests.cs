using Lateen.Net;
using Lateen.Proxy.Addresses;
using Lateen.Proxy.Runtime;
using Lateen.Proxy.Stats;
using Lateen.Proxy.Tcp;

namespace Lateen.Proxy.Tests.Runtime;

public sealed class TcpProxyTests
{
    [Fact]
    public void Bytes_BothWays_ArePassedOn()
    {
        using var harness = new RuntimeHarness();
        var upstream = harness.AddUpstream();
        var client = Start(harness, 1, upstream.Address);

        client.Send("hello");
        harness.Until("hello", () => upstream.Peers.Count == 1 && upstream.Peers[0].Received == "hello");
        upstream.Peers[0].Send("world");
        harness.Until("world", () => client.Received == "world");
    }

    [Fact]
    public void Server_SpeaksFirst_IsHeard()
    {
        using var harness = new RuntimeHarness();
        var upstream = harness.AddUpstream();
        var client = Start(harness, 1, upstream.Address);
        harness.Until("connection", () => upstream.Peers.Count == 1);

        upstream.Peers[0].Send("220 ready");
        harness.Until("greeting", () => client.Received == "220 ready");
    }

    [Fact]
    public void HalfClose_ByTheClient_LetsTheAnswerThrough()
    {
        using var harness = new RuntimeHarness();
        var upstream = harness.AddUpstream();
        var client = Start(harness, 1, upstream.Address);
        client.Send("question");
        client.Connection!.EndWrite();
        harness.Until("end", () => upstream.Peers.Count == 1 && upstream.Peers[0].Ended);
        Assert.Equal("question", upstream.Peers[0].Received);

        upstream.Peers[0].Send("answer");
        upstream.Peers[0].Connection!.EndWrite();
        harness.Until("answer and end", () => client.IsOver);
        Assert.Equal("answer", client.Received);
    }

    [Fact]
    public void Large_BothWays_KeepsEveryByte()
    {
        using var harness = new RuntimeHarness();
        var upstream = harness.AddUpstream();
        var client = Start(harness, 1, upstream.Address);
        var text = new string('y', 2_000_000);

        client.Send(text);
        harness.Until("request", () => upstream.Peers.Count == 1 && upstream.Peers[0].Received.Length == text.Length);
        upstream.Peers[0].Send(text);
        harness.Until("response", () => client.Received.Length == text.Length);
    }

    [Fact]
    public void Upstream_Resets_ClientIsReset()
    {
        using var harness = new RuntimeHarness();
        var upstream = harness.AddUpstream();
        var client = Start(harness, 1, upstream.Address);
        harness.Until("connection", () => upstream.Peers.Count == 1);

        upstream.Peers[0].Connection!.Close(CloseType.AbortReset);
        harness.Until("reset", () => client.Closed == CloseReason.RemoteReset);
    }

    [Fact]
    public void Upstream_Refuses_IsTriedAgainThenClosed()
    {
        using var harness = new RuntimeHarness();
        var closed = harness.AddUpstream();
        var address = closed.Address;
        closed.Dispose();
        var client = Start(harness, 3, address);

        harness.Until("close", () => client.IsOver);

        var stats = harness.Clusters.GetOrAdd("t").Current!.Stats.Scope;
        Assert.Equal(3, stats.Read((int)ClusterStat.UpstreamCxConnectFail));
        Assert.Equal(1, stats.Read((int)ClusterStat.UpstreamCxConnectAttemptsExceeded));
        Assert.Equal(0, stats.Read((int)ClusterStat.UpstreamCxActive));
    }

    [Theory]
    [InlineData("PROXY TCP4 1.2.3.4 5.6.7.8 1000 80\r\n", 36, "1.2.3.4:1000", "5.6.7.8:80")]
    [InlineData("PROXY TCP6 ::1 ::2 1000 80\r\n", 28, "[::1]:1000", "[::2]:80")]
    [InlineData("PROXY UNKNOWN\r\n", 15, "", "")]
    public void ProxyProtocol_Version1_GivesAddresses(string text, int length, string source, string destination)
    {
        var bytes = System.Text.Encoding.ASCII.GetBytes(text);
        for (var i = 1; i < bytes.Length; i++)
        {
            Assert.Equal(InspectResult.NeedMore, ProxyProtocol.Read(bytes.AsSpan(0, i), out _));
        }

        Assert.Equal(InspectResult.Found, ProxyProtocol.Read(bytes, out var header));
        Assert.Equal((length, source, destination),
            (header.Length, header.Source.ToString(), header.Destination.ToString()));
    }

    [Theory]
    [InlineData("PROXY TCP4 1.2.3.4 5.6.7.8 1000\r\n")]
    [InlineData("PROXY TCP4 1.2.3.4 ::1 1000 80\r\n")]
    [InlineData("PROXY TCP5 1.2.3.4 5.6.7.8 1000 80\r\n")]
    [InlineData("PROXY TCP4 1.2.3.4 5.6.7.8 1000 99999\r\n")]
    public void ProxyProtocol_Broken_IsInvalid(string text) =>
        Assert.Equal(InspectResult.Invalid, ProxyProtocol.Read(System.Text.Encoding.ASCII.GetBytes(text), out _));

    [Theory]
    [InlineData("GET / HTTP/1.1\r\n", "http/1.1")]
    [InlineData("GET / HTTP/1.0\r\n", "http/1.0")]
    [InlineData("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "h2c")]
    public void HttpInspector_FirstLine_TellsTheProtocol(string text, string protocol)
    {
        var bytes = System.Text.Encoding.ASCII.GetBytes(text);
        for (var i = 1; i < bytes.Length; i++)
        {
            Assert.Equal(InspectResult.NeedMore, HttpInspector.Inspect(bytes.AsSpan(0, i), out _));
        }

        Assert.Equal(InspectResult.Found, HttpInspector.Inspect(bytes, out var found));
        Assert.Equal(protocol, System.Text.Encoding.ASCII.GetString(Assert.Single(found)));
    }

    [Theory]
    [InlineData("\u0000\u0001")]
    [InlineData("\r\nGET")]
    [InlineData("hello world\n")]
    public void HttpInspector_OtherProtocols_AreNotHttp(string text) =>
        Assert.Equal(
            InspectResult.NotFound, HttpInspector.Inspect(System.Text.Encoding.Latin1.GetBytes(text), out _));

    private static RawPeer Start(RuntimeHarness harness, int attempts, params Address[] hosts)
    {
        harness.AddCluster("t", null, hosts);
        var address = harness.Listen(new TcpProxyConfig
        {
            Stats = new TcpStats(harness.Stats, "t"),
            Clusters = [new TcpClusterEntry(harness.Clusters.GetOrAdd("t"), 1, null)],
            TotalWeight = 1,
            MaxConnectAttempts = attempts,
        });
        return harness.Connect(address);
    }
}
