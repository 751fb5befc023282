using Lateen.Http.Http2;

namespace Lateen.Http.Tests.Http2;

/// <summary>When streams of a client's side get their numbers.</summary>
public sealed class Http2StreamNumberTests
{
    /// <summary>RFC 9113 section 5.1.1: numbers rise on the wire, whoever was opened first.</summary>
    [Fact]
    public void Client_StreamsGetNumbersWithTheirHeaders()
    {
        var peer = new Http2Harness(false);
        var first = peer.Session.OpenStream()!;
        var second = peer.Session.OpenStream()!;

        peer.Session.WriteHeaders(second, Http2Harness.Get(), true);
        peer.Session.WriteHeaders(first, Http2Harness.Get(), true);

        Assert.Equal((3, 1), (first.Id, second.Id));
        Assert.Equal((first, second), (peer.Session.Find(3), peer.Session.Find(1)));
    }

    /// <summary>RFC 9113 section 6.4: the reset of a stream that the peer has not seen ends the connection.</summary>
    [Fact]
    public void Client_ResetBeforeHeaders_WritesNothingAndGivesTheRoomBack()
    {
        var peer = new Http2Harness(false);
        peer.Feed(new Http2Frames().Setting(3, 1).Take());
        var stream = peer.Session.OpenStream()!;
        peer.TakeBytes();

        peer.Session.ResetStream(stream, Http2ErrorCode.Cancel);

        Assert.Empty(peer.TakeBytes());
        Assert.True(stream.IsClosed);
        Assert.True(peer.Session.CanOpenStream);
        Assert.Equal(0, peer.Counts[Http2Stat.StreamsActive]);
    }
}
