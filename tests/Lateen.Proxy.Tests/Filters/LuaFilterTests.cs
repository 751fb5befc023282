using Lateen.Core.Logging;
using Lateen.Proxy.Filters;
using Lateen.Proxy.Lua;
using Lateen.Proxy.Routing;
using Lateen.Proxy.Stats;
using Lateen.Proxy.Tests.Runtime;

namespace Lateen.Proxy.Tests.Filters;

/// <summary>Scripts that read bodies along, and what they write into the log.</summary>
public sealed class LuaFilterTests
{
    private const string Ok = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";
    private const string Head = "POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n";

    private const string Reader = """
        function envoy_on_request(h)
          local seen = ""
          for piece in h:bodyChunks() do
            seen = seen .. "[" .. piece:getBytes(0, piece:length()) .. "]"
          end
          local ok = pcall(function() h:headers():add("x-late", "1") end)
          h:logWarn(seen .. tostring(ok))
        end
        """;

    [Fact]
    public void Pieces_RequestInTwo_PassAtOnceAndEndWithNone()
    {
        using var log = new StringWriter();
        using var harness = new RuntimeHarness(Log(log));
        var upstream = harness.AddUpstream();
        var client = Start(harness, upstream, Reader);

        client.Send(Head + "2\r\nhe\r\n");
        harness.Until("first piece", () => upstream.Peers.Count == 1
            && upstream.Peers[0].Received.EndsWith("2\r\nhe\r\n", StringComparison.Ordinal));
        client.Send("3\r\nllo\r\n0\r\n\r\n");
        harness.Until("end", () => upstream.Peers[0].Received.EndsWith("0\r\n\r\n", StringComparison.Ordinal));

        Assert.Contains("script log: [he][llo][]false", log.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("x-late", upstream.Peers[0].Received, StringComparison.Ordinal);
    }

    [Fact]
    public void Pieces_OfAResponse_MayBeChanged()
    {
        using var harness = new RuntimeHarness();
        var upstream = harness.AddUpstream();
        upstream.Script.Add("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n");
        var client = Start(harness, upstream, """
            function envoy_on_response(h)
              for piece in h:bodyChunks() do
                if piece:length() > 0 then piece:setBytes("<" .. piece:getBytes(0, piece:length()) .. ">") end
              end
            end
            """);

        client.Send("GET / HTTP/1.1\r\nhost: a\r\n\r\n");
        harness.Until("response", () => client.Received.EndsWith("0\r\n\r\n", StringComparison.Ordinal));

        Assert.Contains("\r\n\r\n5\r\n<abc>\r\n", client.Received, StringComparison.Ordinal);
    }

    [Fact]
    public void Pieces_WithContentLength_KeepTheirLength()
    {
        using var harness = new RuntimeHarness();
        var upstream = harness.AddUpstream();
        var client = Start(harness, upstream, """
            function envoy_on_request(h)
              for piece in h:bodyChunks() do piece:setBytes("GET /smuggled HTTP/1.1") end
            end
            """);

        client.Send("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\n\r\nhe");
        harness.Until("request", () => upstream.Peers.Count == 1
            && upstream.Peers[0].Received.EndsWith("\r\n\r\nhe", StringComparison.Ordinal));

        Assert.Contains("content-length: 2\r\n", upstream.Peers[0].Received, StringComparison.Ordinal);
        Assert.Equal(1, Errors(harness));
    }

    [Fact]
    public void Objects_KeptBeyondAWait_AreOutOfScope()
    {
        using var log = new StringWriter();
        using var harness = new RuntimeHarness(Log(log));
        var upstream = harness.AddUpstream();
        upstream.Script.Add(Ok);
        var client = Start(harness, upstream, """
            function envoy_on_request(h)
              local headers, kept = h:headers(), nil
              for piece in h:bodyChunks() do
                if kept ~= nil then
                  h:logErr(select(2, pcall(kept.length, kept)) .. "+" .. select(2, pcall(headers.get, headers, "a")))
                end
                kept = piece
              end
            end
            """);

        client.Send("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\n\r\nhe");
        harness.Until("response", () => client.Received.EndsWith("ok", StringComparison.Ordinal));

        const string Text = "object used outside of proper scope";
        Assert.Contains($"{Text}+{Text}", log.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Trailers_WaitedFor_LetTheBodyPass()
    {
        using var log = new StringWriter();
        using var harness = new RuntimeHarness(Log(log));
        var upstream = harness.AddUpstream();
        var client = Start(harness, upstream, """
            function envoy_on_request(h)
              h:logWarn(h:trailers() == nil and "none" or "some")
            end
            """);

        client.Send(Head + "2\r\nhe\r\n");
        harness.Until("piece", () => upstream.Peers.Count == 1
            && upstream.Peers[0].Received.EndsWith("2\r\nhe\r\n", StringComparison.Ordinal));
        Assert.Empty(log.ToString());
        client.Send("0\r\n\r\n");
        harness.Until("end", () => upstream.Peers[0].Received.EndsWith("0\r\n\r\n", StringComparison.Ordinal));

        Assert.Contains("script log: none", log.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Failure_BetweenPieces_IsLoggedAndTheBodyGoesOn()
    {
        using var log = new StringWriter();
        using var harness = new RuntimeHarness(Log(log));
        var upstream = harness.AddUpstream();
        upstream.Script.Add(Ok);
        var client = Start(harness, upstream, """
            function envoy_on_request(h)
              for piece in h:bodyChunks() do error("oh", 0) end
            end
            """);

        client.Send("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\n\r\nhe");
        harness.Until("response", () => client.Received.EndsWith("ok", StringComparison.Ordinal));

        Assert.Contains("script log: oh", log.ToString(), StringComparison.Ordinal);
        Assert.Equal(1, Errors(harness));
    }

    private static Logger Log(TextWriter writer) =>
        new LogSink(writer, TimeProvider.System, LogLevel.Warn).CreateLogger("worker");

    private static long Errors(RuntimeHarness harness)
    {
        var scope = harness.Stats.GetScope("http.test.", StatLayout.Empty);
        return scope.Read(scope.GetOrAdd("lua.errors"));
    }

    private static RawPeer Start(RuntimeHarness harness, FakeUpstream upstream, string text)
    {
        harness.AddCluster("a", null, upstream.Address);
        var script = new LuaScript(text, 1);
        Assert.True(script.TryCheck(out var error), error);
        var filter = new LuaFilter(harness.Stats.GetScope("http.test.", StatLayout.Empty), "")
        {
            Name = "lua",
            Default = script,
            Named = [],
        };
        var route = RuntimeHarness.Route("/", new RouteAction { Cluster = harness.Clusters.GetOrAdd("a") });
        return harness.Connect(harness.Listen(harness.Manager(
            _ => new RouterFilter { Name = "router" }, [route], before: [filter])));
    }
}
