using System.Text;
using Lateen.Http;
using Lateen.Proxy.ExtAuthz;
using Lateen.Proxy.Formatting;
using Lateen.Proxy.Runtime;
using Lateen.Proxy.Streams;
using Lateen.Proxy.Tests.Runtime;

namespace Lateen.Proxy.Tests.ExtAuthz;

/// <summary>What is told of calls to the service.</summary>
public sealed class AuthzCallStatsTests
{
    private const string Format = "%FILTER_STATE(a:FIELD:latency_us)% %FILTER_STATE(a:FIELD:bytesSent)% "
        + "%FILTER_STATE(a:FIELD:nothing)% %FILTER_STATE(a:PLAIN)% %FILTER_STATE(a:TYPED)%";

    [Fact]
    public void Fields_OfACallByGrpc_AreItsLatencyAndBytes()
    {
        Assert.Equal("1234 443 - - -", Write(new AuthzCallStats(1_234_567, (443, 62))));
    }

    [Fact]
    public void Fields_OfAPlainCall_HaveNoBytes()
    {
        Assert.Equal("5 - - - -", Write(new AuthzCallStats(5_000, null)));
    }

    [Fact]
    public void WireBytes_AfterACall_CountBothWays()
    {
        const string Answer = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";
        using var harness = new RuntimeHarness();
        var upstream = harness.AddUpstream();
        upstream.Script.Add(Answer);
        var cluster = harness.AddCluster("a", null, upstream.Address);
        HttpCall? ended = null;

        HttpCall.Start(
            harness.Worker, cluster,
            headers =>
            {
                headers.Add(HeaderId.Method, "GET"u8);
                headers.Add(HeaderId.Path, "/"u8);
                headers.Add(HeaderId.Authority, "a"u8);
            },
            default, 0, (call, _) => ended = call);
        harness.Until("answer", () => ended is not null);

        Assert.Equal((upstream.Requests[0].Length, Answer.Length), ended!.WireBytes);
    }

    private static string Write(AuthzCallStats stats)
    {
        var info = new StreamInfo();
        info.SetFilterState("a", stats);
        Assert.True(FormatString.TryParse(Format, out var format, out var error), error);
        var output = new ByteBuffer();
        format!.Write(output, info, default, "-"u8);
        return Encoding.UTF8.GetString(output.Written);
    }
}
