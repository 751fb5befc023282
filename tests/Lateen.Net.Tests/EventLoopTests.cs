using System.Net.Sockets;

namespace Lateen.Net.Tests;

public sealed class EventLoopTests
{
    [Fact]
    public void Flush_OfTheEventsOfATurn_ComesAfterThemInTheirOrder()
    {
        var log = RunOneTurn(2);

        Assert.Equal(["event 0", "event 1", "flush 0", "flush 1"], log);
    }

    [Fact]
    public void Flush_WithManyEventsInATurn_DoesNotWaitForTheLast()
    {
        var log = RunOneTurn(100);

        Assert.Equal(200, log.Count);
        Assert.InRange(log.IndexOf("flush 0"), 1, log.IndexOf("event 99"));
    }

    /// <summary>What the sources were called for; each has an event at once, as it can be written to.</summary>
    private static List<string> RunOneTurn(int sourceCount)
    {
        using var harness = new LoopHarness();
        var log = new List<string>();
        var sockets = Enumerable.Range(0, sourceCount)
            .Select(_ => new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp)).ToList();
        for (var i = 0; i < sourceCount; i++)
        {
            harness.Loop.Register(new Source(harness.Loop, log, i), (int)sockets[i].Handle);
        }

        harness.Loop.RunOnce(0);
        sockets.ForEach(static socket => socket.Dispose());
        return log;
    }

    private sealed class Source(EventLoop loop, List<string> log, int index) : EventSource
    {
        protected internal override void OnEvents(uint events)
        {
            log.Add($"event {index}");
            loop.MarkDirty(this);
        }

        protected internal override void OnFlush() => log.Add($"flush {index}");
    }
}
