using Lateen.Http.Http2;

namespace Lateen.Http.Tests.Http2;

public sealed class Http2SessionTests
{
    [Fact]
    public void Start_Server_SendsSettingsAndWidensTheWindowOnceTheClientHasSpoken()
    {
        var peer = new Http2Harness(true);
        Assert.Equal(["Settings"], peer.TakeFrames());

        peer.Feed(new Http2Frames().Preface().Take());

        Assert.Equal(["SettingsAck", "WindowUpdate(0,25100289)"], peer.TakeFrames());
    }

    [Fact]
    public void Read_AnySplit_TellsTheSame()
    {
        byte[] input = new Http2Frames().Preface()
            .Get(1, false, "x-a: 1").Frame(Http2FrameType.Data, 8, 1, [2, (byte)'a', (byte)'b', 0, 0])
            .Headers(1, true, "x-t: 1").Get(3).Take();
        const string Expected = "Headers(1) Data(1,ab) Trailers(1,end) Headers(3,end)";

        for (var piece = 1; piece < input.Length; piece++)
        {
            var events = new Http2Harness(true).Feed(input, piece).TakeEvents();
            Assert.Equal(Expected, events.Replace("Data(1,a) Data(1,b)", "Data(1,ab)", StringComparison.Ordinal));
        }
    }

    [Theory]
    [InlineData(":path: /", "connection: close", Http2Error.InvalidField)]
    [InlineData(":path: /", "te: gzip", Http2Error.InvalidField)]
    [InlineData(":path: /", "X-Upper: 1", Http2Error.InvalidField)]
    [InlineData(":path: /", ":foo: 1", Http2Error.InvalidField)]
    [InlineData(":path: /", ":path: /b", Http2Error.InvalidField)]
    [InlineData(":path: /", ":status: 200", Http2Error.InvalidField)]
    [InlineData(":path: /", ":protocol: websocket", Http2Error.InvalidField)]
    [InlineData(":path: ", "x-a: 1", Http2Error.InvalidField)]
    [InlineData(":path: /a b", "x-a: 1", Http2Error.InvalidField)]
    [InlineData("x-a: 1", ":path: /", Http2Error.InvalidField)]
    [InlineData(":path: /", "x-a: 1\r\nx-b: 2", Http2Error.InvalidField)]
    [InlineData(":path: /", "content-length: +4", Http2Error.InvalidField)]
    [InlineData("x-a: 1", "x-b: 1", Http2Error.Messaging)]
    [InlineData(":path: *", "x-b: 1", Http2Error.Messaging)]
    [InlineData(":path: x", "x-b: 1", Http2Error.Messaging)]
    [InlineData(":path: ?q", "x-b: 1", Http2Error.Messaging)]
    [InlineData(":path: /", "content-length: 5", Http2Error.Messaging)]
    public void Read_InvalidRequest_EndsTheConnectionWithoutGoAway(string first, string second, Http2Error error)
    {
        var peer = new Http2Harness(true).Feed(new Http2Frames().Preface()
            .Headers(1, true, ":method: GET", ":scheme: http", ":authority: a", first, second).Take());

        Assert.Equal(error, peer.Session.Error);
        Assert.DoesNotContain(peer.TakeFrames(), frame => frame.StartsWith("GoAway", StringComparison.Ordinal));
        Assert.Equal(1, peer.Counts[Http2Stat.RxMessagingError]);
    }

    [Fact]
    public void Read_TwoContentLengths_AreRefusedEvenWhenEqual() => Assert.Equal(Http2Error.InvalidField,
        new Http2Harness(true).Feed(new Http2Frames().Preface()
            .Get(1, true, "content-length: 0", "content-length: 0").Take()).Session.Error);

    [Fact]
    public void Read_ContentLengthInTrailers_EndsTheConnection() => Assert.Equal(Http2Error.Messaging,
        new Http2Harness(true).Feed(new Http2Frames().Preface().Get(1, false)
            .Headers(1, true, "content-length: 0").Take()).Session.Error);

    [Theory]
    [InlineData(Http2FrameType.Ping, 0, 1, 8)]
    [InlineData(Http2FrameType.Settings, 0, 1, 6)]
    [InlineData(Http2FrameType.GoAway, 0, 1, 8)]
    [InlineData(Http2FrameType.RstStream, 0, 0, 4)]
    [InlineData(Http2FrameType.RstStream, 0, 9, 4)]
    [InlineData(Http2FrameType.Headers, 5, 0, 1)]
    public void Read_FrameOnAWrongStream_EndsTheConnectionWithoutAWord(
        Http2FrameType type, int flags, int streamId, int length)
    {
        var peer = new Http2Harness(true).Feed(new Http2Frames().Preface()
            .Frame(type, flags, streamId, new byte[length]).Take());

        Assert.Equal(Http2Error.Session, peer.Session.Error);
        Assert.DoesNotContain(peer.TakeFrames(), frame => frame.StartsWith("GoAway", StringComparison.Ordinal));
    }

    [Fact]
    public void Read_SettingsAcknowledgedTwice_EndTheConnection()
    {
        var peer = new Http2Harness(true).Feed(new Http2Frames().Preface()
            .Frame(Http2FrameType.Settings, 1, 0).Take());
        Assert.Equal(Http2Error.None, peer.Session.Error);
        peer.Feed(new Http2Frames().Frame(Http2FrameType.Settings, 1, 0).Take());
        Assert.Equal(Http2Error.Session, peer.Session.Error);
    }

    [Fact]
    public void Read_PriorityOfNoStream_IsIgnored() => Assert.Equal(Http2Error.None,
        new Http2Harness(true).Feed(new Http2Frames().Preface()
            .Frame(Http2FrameType.Priority, 0, 0, new byte[5]).Take()).Session.Error);

    [Fact]
    public void Read_InvalidRequestWithOverride_ResetsTheStreamOnly()
    {
        var peer = new Http2Harness(true, new Http2Limits { StreamErrorOnInvalidMessage = true });
        peer.Feed(new Http2Frames().Preface().Get(1, true, "connection: close").Get(3).Take());

        Assert.Contains("RstStream(1,ProtocolError)", peer.TakeFrames());
        Assert.Equal("StreamError(1,InvalidField) Headers(3,end)", peer.TakeEvents());
    }

    [Theory]
    [InlineData(100, "Headers(1,end)")]
    [InlineData(101, "StreamError(1,TooManyHeaders)")]
    public void Read_HeaderCount_IsLimited(int count, string expected)
    {
        var more = Enumerable.Range(0, count - 4).Select(i => $"x-{i}: 1").ToArray();
        var peer = new Http2Harness(true).Feed(new Http2Frames().Preface().Get(1, true, more).Take());

        Assert.Equal(expected, peer.TakeEvents());
    }

    [Fact]
    public void Read_HpackBomb_StopsAtTheLimit()
    {
        var frames = new Http2Frames().Preface();
        var block = frames.Block(":method: GET", ":scheme: http", ":path: /", ":authority: a",
            "x-big: " + new string('a', 3000));
        byte[] bomb = [.. block, .. Enumerable.Repeat((byte)0xBE, 8000)];
        var peer = new Http2Harness(true).Feed(frames.Frame(Http2FrameType.Headers, 5, 1, bomb).Get(3).Take());

        Assert.Equal("StreamError(1,HeadersTooLarge) Headers(3,end)", peer.TakeEvents());
    }

    [Fact]
    public void Read_EndlessContinuation_EndsTheConnection()
    {
        var frames = new Http2Frames().Preface().Frame(Http2FrameType.Headers, 1, 1, 0x82);
        for (var i = 0; i < 2000; i++)
        {
            frames.Frame(Http2FrameType.Continuation, 0, 1, frames.Block("x-flood: f"));
        }

        var peer = new Http2Harness(true).Feed(frames.Take());

        Assert.Equal(Http2Error.TooManyHeaders, peer.Session.Error);
        Assert.Equal(1, peer.Counts[Http2Stat.HeaderOverflow]);
    }

    [Theory]
    [InlineData("x-a: 1")]
    [InlineData("connection: close")]
    public void Read_EndlessContinuationOnAStreamThatIsOver_EndsTheConnection(string line)
    {
        var frames = new Http2Frames().Preface().Get(3).Number(Http2FrameType.RstStream, 3, 8);
        frames.Frame(Http2FrameType.Headers, 1, 3, frames.Block(line));
        for (var i = 0; i < 200; i++)
        {
            frames.Frame(Http2FrameType.Continuation, 0, 3, frames.Block("x-flood: f"));
        }

        var peer = new Http2Harness(true).Feed(frames.Take());

        Assert.Equal(Http2Error.TooManyHeaders, peer.Session.Error);
    }

    [Fact]
    public void Read_EndlessContinuationOfAnInvalidRequest_EndsTheConnection()
    {
        var frames = new Http2Frames().Preface();
        frames.Frame(Http2FrameType.Headers, 1, 1, frames.Block("connection: close"));
        for (var i = 0; i < 200; i++)
        {
            frames.Frame(Http2FrameType.Continuation, 0, 1, frames.Block("x-flood: f"));
        }

        var peer = new Http2Harness(true).Feed(frames.Take());

        Assert.Equal(Http2Error.InvalidField, peer.Session.Error);
    }

    [Theory]
    [InlineData(4, "Headers(1) Data(1,body,end)")]
    [InlineData(3, "Headers(1) StreamError(1,ContentLength)")]
    [InlineData(9, "Headers(1) StreamError(1,ContentLength)")]
    public void Read_ContentLength_MustMatch(int length, string expected)
    {
        var peer = new Http2Harness(true).Feed(new Http2Frames().Preface()
            .Get(1, false, $"content-length: {length}").Frame(Http2FrameType.Data, 1, 1, [.. "body"u8]).Take());

        Assert.Equal(expected, peer.TakeEvents());
    }

    [Fact]
    public void Read_OneStreamTooMany_IsRefused()
    {
        var peer = new Http2Harness(true, new Http2Limits { MaxConcurrentStreams = 2 });
        peer.Feed(new Http2Frames().Preface().Get(1).Get(3).Get(5).Take());

        Assert.Contains("RstStream(5,RefusedStream)", peer.TakeFrames());
        Assert.Equal("Headers(1,end) Headers(3,end)", peer.TakeEvents());
    }

    [Fact]
    public void Read_FloodsOfFrames_EndTheConnection()
    {
        var frames = new Http2Frames();
        AssertFlood(Http2Error.EmptyFramesFlood, frames.Preface().Get(1, false)
            .Frame(Http2FrameType.Data, 0, 1).Frame(Http2FrameType.Data, 0, 1).Take());
        frames = new Http2Frames().Preface();
        for (var i = 0; i < 101; i++)
        {
            frames.Frame(Http2FrameType.Priority, 0, 1, new byte[5]);
        }

        AssertFlood(Http2Error.PriorityFlood, frames.Take());
        frames = new Http2Frames().Preface();
        for (var i = 0; i < 6; i++)
        {
            frames.Number(Http2FrameType.WindowUpdate, 0, 1);
        }

        AssertFlood(Http2Error.WindowUpdateFlood, frames.Take());
    }

    [Fact]
    public void Read_PingsWithoutReadingAnswers_EndTheConnectionAtTheLimit()
    {
        var frames = new Http2Frames().Preface();
        for (var i = 0; i < 1001; i++)
        {
            frames.Frame(Http2FrameType.Ping, 0, 0, new byte[8]);
        }

        var held = new Http2Harness(true) { HoldsOutput = true };
        held.TakeFrames();
        var bytes = frames.Take();
        held.Feed(bytes);
        Assert.Equal(Http2Error.OutboundControlFlood, held.Session.Error);

        var reading = new Http2Harness(true);
        reading.Feed(bytes);
        Assert.Equal(Http2Error.None, reading.Session.Error);
    }

    [Fact]
    public void Read_MoreThanTheWindow_IsAFlowControlError()
    {
        var peer = new Http2Harness(true, new Http2Limits { InitialStreamWindow = 65535, InitialConnectionWindow = 0 })
        {
            Consumes = false,
        };
        var frames = new Http2Frames().Preface().Get(1, false);
        for (var i = 0; i < 5; i++)
        {
            frames.Frame(Http2FrameType.Data, 0, 1, new byte[16384]);
        }

        peer.Feed(frames.Take());

        Assert.Equal(Http2Error.FlowControl, peer.Session.Error);
    }

    [Fact]
    public void Send_WindowBelowZero_WaitsUntilItIsAboveAgain()
    {
        var peer = new Http2Harness(true) { Answer = [.. "0123456789abcdefghij"u8] };
        peer.Feed(new Http2Frames().Raw(Http2Session.Preface.ToArray()).Setting(4, 10).Get(1).Take());
        peer.Reply();
        Assert.Contains("Data(1,0123456789)", peer.TakeFrames());

        peer.Feed(new Http2Frames().Setting(4, 0).Number(Http2FrameType.WindowUpdate, 1, 12).Take());

        Assert.Equal(["SettingsAck", "Data(1,ab)"], peer.TakeFrames());
    }

    [Fact]
    public void Send_LongHeaders_GoIntoContinuations()
    {
        var peer = new Http2Harness(true);
        peer.Feed(new Http2Frames().Preface().Get(1).Take());
        peer.TakeFrames();
        var headers = new HeaderMap();
        headers.Add(HeaderId.Status, "200"u8);
        headers.Add("x-big"u8, [.. Enumerable.Repeat((byte)0x80, 40_000)]);

        peer.Session.WriteHeaders(peer.Session.Find(1)!, headers, true);

        var bytes = peer.TakeBytes();
        var first = Http2FrameHeader.Read(bytes);
        var second = Http2FrameHeader.Read(bytes.AsSpan(Http2FrameHeader.Bytes + first.Length));
        Assert.Equal((Http2FrameType.Headers, (byte)1, 16384), (first.Type, first.Flags, first.Length));
        Assert.Equal((Http2FrameType.Continuation, (byte)0), (second.Type, second.Flags));
    }

    [Fact]
    public void Client_GoAwayAndLimit_StopNewStreams()
    {
        var peer = new Http2Harness(false);
        peer.Feed(new Http2Frames().Setting(3, 1).Take());
        var stream = peer.Session.OpenStream();
        Assert.Null(peer.Session.OpenStream());
        peer.Session.WriteHeaders(stream!, Http2Harness.Get(), true);
        Assert.Equal(1, stream!.Id);
        Assert.Null(peer.Session.OpenStream());

        peer.Session.ResetStream(stream, Http2ErrorCode.Cancel);
        var next = peer.Session.OpenStream()!;
        peer.Session.WriteHeaders(next, Http2Harness.Get(), true);
        Assert.Equal(3, next.Id);
        peer.Feed(new Http2Frames().Frame(Http2FrameType.GoAway, 0, 0, new byte[8]).Take());

        Assert.Null(peer.Session.OpenStream());
        Assert.Equal("GoAway", peer.TakeEvents());
    }

    [Fact]
    public void Read_StreamsThatCrossTheGoAway_AreDroppedWithAllThatFollows()
    {
        var peer = new Http2Harness(true);
        peer.Feed(new Http2Frames().Preface().Get(1).Take());
        peer.Session.WriteGoAway(1, Http2ErrorCode.NoError);
        peer.TakeEvents();

        peer.Feed(new Http2Frames().Get(3, false).Get(5, false)
            .Frame(Http2FrameType.Data, 0, 3, 1, 2, 3)
            .Number(Http2FrameType.RstStream, 5, (uint)Http2ErrorCode.Cancel)
            .Number(Http2FrameType.WindowUpdate, 3, 10).Take());

        Assert.Equal("", peer.TakeEvents());
        Assert.Equal(Http2Error.None, peer.Session.Error);
        Assert.Equal(1, peer.Session.LastPeerStreamId);
    }

    [Theory]
    [InlineData(":status: 200", "Headers(1)")]
    [InlineData(":status: 103", "Headers(1)")]
    [InlineData(":status: 101", "ConnectionError(InvalidField)")]
    [InlineData(":status: abc", "ConnectionError(InvalidField)")]
    [InlineData("x-a: 1", "ConnectionError(Messaging)")]
    public void Client_ResponseHeaders_AreChecked(string line, string expected)
    {
        var peer = new Http2Harness(false);
        var stream = peer.Session.OpenStream()!;
        stream.Headers = new HeaderMap();
        peer.Session.WriteHeaders(stream, Http2Harness.Get(), true);

        peer.Feed(new Http2Frames().Frame(Http2FrameType.Settings, 0, 0).Headers(1, false, line).Take());

        Assert.Equal(expected, peer.TakeEvents());
    }

    [Fact]
    public void Read_WarmRequests_AllocateNothing()
    {
        var peer = new QuietPeer();
        for (var i = 0; i < 200; i++)
        {
            peer.RoundTrip();
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
        {
            peer.RoundTrip();
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static void AssertFlood(Http2Error error, byte[] input)
    {
        var peer = new Http2Harness(true).Feed(input);
        Assert.Equal(error, peer.Session.Error);
        Assert.True(Http2Errors.IsFlood(error));
    }
}
