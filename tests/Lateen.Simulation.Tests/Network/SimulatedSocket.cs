using Lateen.Net;
using Lateen.Net.Native;

namespace Lateen.Simulation.Tests.Network;

/// <summary>One end of a connection, a listening socket, or a loop's wake-up event.</summary>
internal sealed class SimulatedSocket(int descriptor)
{
    private readonly Queue<byte[]> _received = new();
    private int _headOffset;

    public int Descriptor { get; } = descriptor;

    public bool IsEvent { get; init; }

    public bool IsListening { get; set; }

    public bool IsConnecting { get; set; }

    public bool IsConnected { get; set; }

    public bool IsClosed { get; set; }

    public bool IsEndSent { get; set; }

    public bool IsEndReceived { get; set; }

    public bool IsReset { get; set; }

    /// <summary>SO_LINGER with zero: close sends a reset.</summary>
    public bool ResetsOnClose { get; set; }

    /// <summary>Reported once, by a read or SO_ERROR.</summary>
    public int Error { get; set; }

    public NetAddress Local { get; set; }

    public NetAddress Remote { get; set; }

    public SimulatedSocket? Peer { get; set; }

    public Queue<SimulatedSocket> Backlog { get; } = new();

    /// <summary>Bytes that may be on the way and unread together.</summary>
    public int Capacity { get; set; } = 64 * 1024;

    /// <summary>Bytes sent from here that the peer has not read.</summary>
    public int Unread { get; set; }

    /// <summary>A write did not go through; the next space makes an edge.</summary>
    public bool WantsSpace { get; set; }

    /// <summary>Moment of the last arrival at the peer, which keeps bytes in order.</summary>
    public long LastArrival { get; set; }

    public SimulatedEpoll? Epoll { get; set; }

    public ulong EpollData { get; set; }

    public bool IsReady { get; set; }

    public int ReceivedBytes { get; private set; }

    public void Deliver(byte[] bytes)
    {
        _received.Enqueue(bytes);
        ReceivedBytes += bytes.Length;
    }

    public int Take(Span<byte> target)
    {
        var taken = 0;
        while (taken < target.Length && _received.TryPeek(out var head))
        {
            var n = Math.Min(target.Length - taken, head.Length - _headOffset);
            head.AsSpan(_headOffset, n).CopyTo(target[taken..]);
            taken += n;
            _headOffset += n;
            if (_headOffset == head.Length)
            {
                _received.Dequeue();
                _headOffset = 0;
            }
        }

        ReceivedBytes -= taken;
        return taken;
    }

    /// <summary>What poll(2) would say now.</summary>
    public uint Mask()
    {
        var mask = 0u;
        if (IsListening)
        {
            return Backlog.Count > 0 ? Libc.EpollIn : 0;
        }

        if (IsEvent)
        {
            return ReceivedBytes > 0 ? Libc.EpollIn : 0;
        }

        mask |= ReceivedBytes > 0 || IsEndReceived || IsReset || Error != 0 ? Libc.EpollIn : 0;
        mask |= IsEndReceived || IsReset ? Libc.EpollRdHup : 0;
        mask |= (IsEndReceived && IsEndSent) || IsReset ? Libc.EpollHup : 0;
        mask |= Error != 0 ? Libc.EpollErr : 0;
        mask |= (IsConnected && Unread < Capacity) || IsReset || Error != 0 ? Libc.EpollOut : 0;
        return mask;
    }
}
