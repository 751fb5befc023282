using System.Runtime.InteropServices;
using Lateen.Net.Native;

namespace Lateen.Net;

/// <content>Receiving: until a short read, the end, the turn's budget or a reason not to read.</content>
public sealed unsafe partial class Connection
{
    private const int ReadVectors = 4;
    private const int TlsReadBytes = EventLoop.ScratchBytes;

    private bool _lastReadFull;

    private void Read()
    {
        if (_dispatching)
        {
            return;
        }

        _dispatching = true;
        var budget = ReadBytesPerTurnMax;
        while (_readable && _readDisableCount == 0 && State
            is not (ConnectionState.Closed or ConnectionState.Connecting))
        {
            if (budget <= 0)
            {
                _loop.Defer(this);
                break;
            }

            var n = State == ConnectionState.Closing ? ReceiveAndDrop() : Tls is null ? ReceivePlain() : ReceiveTls();
            if (n <= 0)
            {
                break;
            }

            budget -= n;
        }

        _dispatching = false;
    }

    /// <summary>Reads into the input and delivers. Gives the number of bytes, or 0 when there is nothing more to do
    /// now.</summary>
    private int ReceivePlain()
    {
        var n = _lastReadFull ? ReceiveMany(out var room) : ReceiveOne(out room);
        if (n <= 0)
        {
            Input.Trim();
            OnReceiveEnded(n);
            return 0;
        }

        _lastReadFull = n == room;
        if (n < room && !_peerEnded)
        {
            // A short read has emptied the socket; the next bytes make a new edge.
            _readable = false;
        }

        BytesReceived += n;
        _extras?.Tap?.OnRead(Input, n);
        _callbacks.OnData(this);
        if (State != ConnectionState.Closed)
        {
            Input.Trim();
        }

        return n;
    }

    private int ReceiveOne(out int room)
    {
        var space = Input.GetSpace(2048);
        room = space.Length;
        int n;
        fixed (byte* p = space)
        {
            n = (int)Kernel.Recv(_descriptor, p, room, 0);
        }

        if (n > 0)
        {
            Input.Commit(n);
        }

        return n;
    }

    /// <summary>After a full read more is to be expected: up to four blocks by one call.</summary>
    private int ReceiveMany(out int room)
    {
        if (User is { } user)
        {
            // All that there is, at most what one call would give; asked again until it says that there is none.
            room = user.Receive(Input, ReadVectors * BufferPool.BlockBytes);
            return room;
        }

        var vectors = stackalloc IoVector[ReadVectors];
        var blocks = new BlockArray();
        room = ReadVectors * BufferPool.BlockBytes;
        for (var i = 0; i < ReadVectors; i++)
        {
            var block = _loop.Buffers.Rent();
            blocks[i] = block;
            vectors[i].Base = block.Memory;
            vectors[i].Length = block.Capacity;
        }

        var n = (int)Kernel.ReadV(_descriptor, vectors, ReadVectors);
        var left = Math.Max(n, 0);
        for (var i = 0; i < ReadVectors; i++)
        {
            var block = blocks[i]!;
            var filled = Math.Min(left, block.Capacity);
            left -= filled;
            if (filled == 0)
            {
                _loop.Buffers.Return(block);
                continue;
            }

            block.End = filled;
            Input.Link(block);
            Input.AddLength(filled);
        }

        return n;
    }

    private int Receive(byte* into, int length) => User is not { } user
        ? (int)Kernel.Recv(_descriptor, into, length, 0)
        : user.Receive(new Span<byte>(into, length));

    private int ReceiveTls()
    {
        var scratch = _loop.Scratch;
        var n = Receive(scratch, TlsReadBytes);
        if (n <= 0)
        {
            OnReceiveEnded(n);
            return 0;
        }

        if (n < TlsReadBytes && !_peerEnded)
        {
            _readable = false;
        }

        Tls!.Feed(new ReadOnlySpan<byte>(scratch, n));
        if (State == ConnectionState.Handshaking)
        {
            AdvanceHandshake();
        }
        else
        {
            DeliverDecrypted();
            if (Tls.MayHoldInput)
            {
                Tls.PutAway();
            }
        }

        return n;
    }

    /// <summary>While closing, what the peer still sends is dropped until its FIN.</summary>
    private int ReceiveAndDrop()
    {
        var n = Receive(_loop.Scratch, EventLoop.ScratchBytes);
        if (n > 0)
        {
            if (n < EventLoop.ScratchBytes && !_peerEnded)
            {
                _readable = false;
            }

            return n;
        }

        var again = n < 0 && Marshal.GetLastPInvokeError() is Libc.Eagain or Libc.Eintr;
        _readable = false;
        if (!again && (!HasPendingOutput || n < 0))
        {
            // Within the delay it is the peer that ends it.
            Finish(_delayBegun ? CloseReason.Remote : CloseReason.Local);
        }

        return 0;
    }

    private void OnReceiveEnded(int n)
    {
        if (n < 0)
        {
            var error = Marshal.GetLastPInvokeError();
            if (error == Libc.Eintr)
            {
                _loop.Defer(this);
                return;
            }

            _readable = false;
            if (error == Libc.Eagain)
            {
                return;
            }

            SocketError = error;
            if (State == ConnectionState.Handshaking && error == Libc.Econnreset)
            {
                TransportFailure ??=
                    "TLS_error:|33554536:system library:OPENSSL_internal:Connection reset by peer:TLS_error_end";
            }

            Finish(CloseReason.RemoteReset);
            return;
        }

        _readable = false;
        if (State == ConnectionState.Handshaking)
        {
            if (Tls is { Context.IsServer: false })
            {
                TransportFailure ??= "TLS error: connection closed during handshake";
            }

            Finish(CloseReason.Remote);
            return;
        }

        ReportEnd();
    }

    private void ReportEnd()
    {
        if (_endReported)
        {
            return;
        }

        _endReported = true;
        _callbacks.OnEndOfStream(this);
        if (_writeEndSent)
        {
            Finish(CloseReason.Remote);
        }
    }

    private void DeliverDecrypted()
    {
        while (State == ConnectionState.Open && _readDisableCount == 0)
        {
            var before = Input.Length;
            var result = Tls!.ReadInto(Input);
            if (State == ConnectionState.Closed)
            {
                return;
            }

            if (Input.Length > before)
            {
                BytesReceived += Input.Length - before;
                _extras?.Tap?.OnRead(Input, Input.Length - before);
                _callbacks.OnData(this);
                if (State != ConnectionState.Closed)
                {
                    Input.Trim();
                }
            }

            if (result == TlsReadResult.More)
            {
                continue;
            }

            AfterTlsRead(result);
            return;
        }
    }

    private void AfterTlsRead(TlsReadResult result)
    {
        if (State == ConnectionState.Closed)
        {
            return;
        }

        if (Tls!.HasWireBytes)
        {
            // A key update or a ticket answer.
            _loop.MarkDirty(this);
        }

        if (result == TlsReadResult.Ended)
        {
            ReportEnd();
        }
        else if (result == TlsReadResult.Failed)
        {
            FailTls(Tls.TakeFailure());
        }
    }

    private void AdvanceHandshake()
    {
        var result = Tls!.Handshake();
        if (result == TlsHandshakeResult.Failed)
        {
            FailTls(Tls.TakeFailure());
            return;
        }

        FlushWire();
        if (State == ConnectionState.Closed || result == TlsHandshakeResult.NeedMore)
        {
            return;
        }

        State = ConnectionState.Open;
        SendPending();
        _callbacks.OnConnected(this);
        if (State == ConnectionState.Open && _readDisableCount == 0)
        {
            DeliverDecrypted();
        }
    }

    [System.Runtime.CompilerServices.InlineArray(ReadVectors)]
    private struct BlockArray
    {
        private BufferBlock? _first;
    }
}
