using System.Text;
using Lateen.Proxy.ExtProc;
using Lateen.Proxy.Formatting;
using Lateen.Proxy.Streams;

namespace Lateen.Proxy.Tests.ExtProc;

/// <summary>What access logs are told of the talk with a processing service.</summary>
public sealed class ExtProcTalkStatsTests
{
    [Fact]
    public void Plain_OfNoTalk_HasBytesAndStatusOnly()
    {
        Assert.Equal("bs:0,br:0,os:0,ds:", Write(new ExtProcTalkStats(), "%FILTER_STATE(a:PLAIN)%"));
    }

    [Fact]
    public void Plain_OfATalk_TellsEachPartInOrder()
    {
        var talk = new ExtProcTalkStats { Destination = "up", HttpBytes = (7, 8) };
        Exchange(talk, true, ExtProcPhase.Headers, 5);
        Exchange(talk, true, ExtProcPhase.Trailers, 6);
        Exchange(talk, true, ExtProcPhase.BufferedBody, 10);
        Exchange(talk, true, ExtProcPhase.BufferedBody, 30);
        Exchange(talk, false, ExtProcPhase.Headers, 1);
        talk.Refuse(false, ExtProcPhase.Headers, 3);

        Assert.Equal("rh:5:0,rb:2:40:0,rt:6:0,sh:1:3,bs:7,br:8,os:0,ds:up", Write(talk, "%FILTER_STATE(a:PLAIN)%"));
    }

    [Fact]
    public void Finish_WithPiecesThatWait_MeasuresTheNextFromThere()
    {
        var talk = new ExtProcTalkStats();
        talk.Start(true, ExtProcPhase.BufferedBody, 0);
        talk.Finish(true, ExtProcPhase.BufferedBody, true, 4_000);
        talk.Finish(true, ExtProcPhase.BufferedBody, false, 9_000);
        talk.Finish(true, ExtProcPhase.BufferedBody, false, 50_000);

        const string Format = "%FILTER_STATE(a:FIELD:request_body_call_count)% "
            + "%FILTER_STATE(a:FIELD:request_body_total_latency_us)% "
            + "%FILTER_STATE(a:FIELD:request_body_max_latency_us)%";
        Assert.Equal("2 9 5", Write(talk, Format));
    }

    [Fact]
    public void FinishAll_TellsTheStatusOfWhatWasWaitedFor()
    {
        var talk = new ExtProcTalkStats();
        Exchange(talk, true, ExtProcPhase.Headers, 1);
        talk.Start(false, ExtProcPhase.Headers, 0);
        talk.FinishAll(13, 2_000);
        talk.FinishAll(4, 3_000);

        Assert.Equal("rh:1:0,sh:2:13,bs:0,br:0,os:0,ds:", Write(talk, "%FILTER_STATE(a:PLAIN)%"));
    }

    [Fact]
    public void Typed_IsJsonWithEffectsAndSwitches()
    {
        var talk = new ExtProcTalkStats { Destination = "a\"b", HasFailedOpen = true, StatusBeforeFirstCall = 14 };
        Exchange(talk, false, ExtProcPhase.Trailers, 2);
        talk.Note(false, ExtProcPhase.Trailers, ExtProcEffect.Applied);
        talk.Note(false, ExtProcPhase.Trailers, ExtProcEffect.None);

        using var json = System.Text.Json.JsonDocument.Parse(Write(talk, "%FILTER_STATE(a:TYPED)%"));
        var root = json.RootElement;

        Assert.Equal(2, root.GetProperty("response_trailer_latency_us").GetInt64());
        Assert.Equal(1, root.GetProperty("response_trailer_processing_effect").GetInt64());
        Assert.Equal(0, root.GetProperty("request_body_processing_effect").GetInt64());
        Assert.True(root.GetProperty("failed_open").GetBoolean());
        Assert.False(root.GetProperty("received_immediate_response").GetBoolean());
        Assert.Equal(14, root.GetProperty("grpc_status_before_first_call").GetInt64());
        Assert.Equal("a\"b", root.GetProperty("destination").GetString());
        Assert.False(root.TryGetProperty("request_header_latency_us", out _));
    }

    [Theory]
    [InlineData("failed_open", "1")]
    [InlineData("received_immediate_response", "0")]
    [InlineData("request_header_latency_us", "-")]
    [InlineData("nothing", "-")]
    public void Field_IsANumberOrNothing(string name, string expected)
    {
        Assert.Equal(expected, Write(
            new ExtProcTalkStats { HasFailedOpen = true }, $"%FILTER_STATE(a:FIELD:{name})%"));
    }

    private static void Exchange(ExtProcTalkStats talk, bool isRequest, ExtProcPhase part, long micros)
    {
        talk.Start(isRequest, part, 1_000);
        talk.Finish(isRequest, part, false, 1_000 + (micros * 1_000));
    }

    private static string Write(ExtProcTalkStats talk, string text)
    {
        var info = new StreamInfo();
        info.SetFilterState("a", talk);
        Assert.True(FormatString.TryParse(text, out var format, out var error), error);
        var output = new ByteBuffer();
        format!.Write(output, info, default, "-"u8);
        return Encoding.UTF8.GetString(output.Written);
    }
}
