using System.Runtime.InteropServices;
using Lateen.Net.Native;

namespace Lateen.Net;

/// <summary>
/// One end of a connection inside the process, in place of a kernel socket: two ends of one loop, whose bytes move as
/// whole blocks. It answers as a socket does, with <c>errno</c>, and tells of events by deferring its connection, so
/// that neither end runs inside the other.
/// </summary>
internal sealed class UserSocket
{
    private readonly Connection _owner;
    private readonly BufferChain _inbox;
    private readonly int _inboxBytesMax;
    private UserSocket? _peer;
    private IAcceptCallbacks? _acceptor;
    private uint _events;
    private bool _ended;
    private bool _reset;
    private bool _resetsPeer;
    private bool _wantsRoom;

    internal UserSocket(Connection owner, int inboxBytesMax)
    {
        _owner = owner;
        _inbox = new BufferChain(owner.Loop.Buffers);
        _inboxBytesMax = inboxBytesMax;
    }

    /// <summary>The other end has closed altogether, without ending its own direction before.</summary>
    internal bool IsCutOff { get; private set; }

    /// <summary><c>EINVAL</c> where nobody took the connection or who did is gone without a word; else 0.</summary>
    internal int ConnectError => _peer is null && _inbox.IsEmpty ? Libc.Einval : 0;

    /// <summary>Joins two ends; <paramref name="acceptor"/> takes the other one at its first turn.</summary>
    internal void Join(UserSocket other, IAcceptCallbacks acceptor)
    {
        _peer = other;
        other._peer = this;
        other._acceptor = acceptor;
    }

    /// <summary>Who is to take this end; once.</summary>
    internal IAcceptCallbacks? TakeAcceptor()
    {
        var acceptor = _acceptor;
        _acceptor = null;
        return acceptor;
    }

    internal uint TakeEvents()
    {
        var events = _events;
        _events = 0;
        return events;
    }

    /// <summary>Moves what has come to the end of a chain. As recv(2).</summary>
    internal int Receive(BufferChain target, int lengthMax)
    {
        var n = Math.Min(_inbox.Length, lengthMax);
        if (n == 0)
        {
            return NothingThere();
        }

        _inbox.MoveTo(target, n);
        GiveRoom();
        return n;
    }

    /// <summary>Copies what has come. As recv(2).</summary>
    internal int Receive(Span<byte> target)
    {
        var n = _inbox.CopyTo(target);
        if (n == 0)
        {
            return NothingThere();
        }

        _inbox.Consume(n);
        GiveRoom();
        return n;
    }

    /// <summary>Moves as much to the other end as it has room for. As send(2), but may take nothing.</summary>
    internal int Send(BufferChain source)
    {
        if (_peer is not { } peer)
        {
            return Fail(Libc.Epipe);
        }

        var n = Math.Max(0, Math.Min(source.Length, peer._inboxBytesMax - peer._inbox.Length));
        _wantsRoom = n < source.Length;
        if (n > 0)
        {
            source.MoveTo(peer._inbox, n);
            peer.Raise(Libc.EpollIn);
        }

        return n;
    }

    /// <summary>Sends a few bytes whatever the room.</summary>
    internal bool TrySend(ReadOnlySpan<byte> bytes)
    {
        _peer?._inbox.Append(bytes);
        _peer?.Raise(Libc.EpollIn);
        return _peer is not null;
    }

    /// <summary>As shutdown(2) of the write side.</summary>
    internal void EndWrite() => _peer?.End(false);

    /// <summary>Closing is to be a reset.</summary>
    internal void MarkReset() => _resetsPeer = true;

    internal void Close()
    {
        _inbox.Clear();
        if (_peer is { } peer)
        {
            _peer = null;
            peer._peer = null;
            peer.IsCutOff = !peer._ended;
            peer.End(_resetsPeer);
        }
    }

    private void End(bool isReset)
    {
        _ended = true;
        _reset |= isReset;
        if (isReset)
        {
            _inbox.Clear();
        }

        Raise(Libc.EpollIn | Libc.EpollRdHup);
    }

    private void GiveRoom()
    {
        if (_peer is { _wantsRoom: true } peer && _inbox.Length <= _inboxBytesMax / 2)
        {
            peer._wantsRoom = false;
            peer.Raise(Libc.EpollOut);
        }
    }

    private int NothingThere() => _reset ? Fail(Libc.Econnreset) : _ended ? 0 : Fail(Libc.Eagain);

    private void Raise(uint events)
    {
        _events |= events;
        _owner.Loop.Defer(_owner);
    }

    private static int Fail(int error)
    {
        Marshal.SetLastPInvokeError(error);
        return -1;
    }
}
