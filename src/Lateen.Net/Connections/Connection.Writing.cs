using System.Runtime.InteropServices;
using Lateen.Net.Native;

namespace Lateen.Net;

/// <content>Sending: one call for all that has gathered; the rest waits for the next edge.</content>
public sealed unsafe partial class Connection
{
    protected internal override void OnFlush()
    {
        if (State is ConnectionState.Closed or ConnectionState.Connecting or ConnectionState.Handshaking)
        {
            ReturnEmpty();
            return;
        }

        if (_writable)
        {
            if (_extras?.Tap is { } tap && !IsOutputEmpty)
            {
                SendTapped(tap);
            }
            else
            {
                SendOutput();
            }
        }

        if (State != ConnectionState.Closed)
        {
            AfterFlush();
        }

        ReturnEmpty();
    }

    private void SendOutput()
    {
        if (Tls is not null)
        {
            SendTls();
        }
        else if (_output is not null)
        {
            SendChain(_output, true);
        }
    }

    private void SendTapped(IConnectionTap tap)
    {
        var before = BytesSent;
        tap.OnSending(Output, _writeEndWanted && !_closeAfterFlush);
        SendOutput();
        if (BytesSent > before)
        {
            tap.OnSent((int)(BytesSent - before));
        }
    }

    private void AfterFlush()
    {
        if (_aboveHigh && (_output?.Length ?? 0) <= HighWatermark / 2)
        {
            _aboveHigh = false;
            _callbacks.OnBelowLowWatermark(this);
            if (State == ConnectionState.Closed)
            {
                return;
            }
        }

        if (_writeEndWanted && !_writeEndSent && IsOutputEmpty)
        {
            SendEnd();
        }

        if (!_closeAfterFlush || !IsOutputEmpty || Tls is { HasWireBytes: true })
        {
            return;
        }

        if (DelayedCloseMillis == 0 || _endReported)
        {
            Finish(CloseReason.Local);
        }
        else if (!_delayBegun)
        {
            _delayBegun = true;
            _loop.Timers.Schedule(this, _loop.Timers.NowMillis + Math.Max(1, DelayedCloseMillis));
            _loop.Defer(this);
        }
    }

    /// <summary>The write side is done: close_notify if TLS, then the FIN.</summary>
    private void SendEnd()
    {
        if (Tls is not null)
        {
            Tls.SendCloseNotify();
            FlushWire();
            if (State == ConnectionState.Closed || Tls.HasWireBytes)
            {
                return;
            }
        }

        _writeEndSent = true;
        if (User is not { } user)
        {
            _ = Kernel.Shutdown(_descriptor, Libc.ShutWrite);
        }
        else if (State != ConnectionState.Closing)
        {
            user.EndWrite();
        }

        if (_endReported && State != ConnectionState.Closing)
        {
            Finish(CloseReason.Remote);
        }
    }

    private void SendTls()
    {
        while (State != ConnectionState.Closed)
        {
            FlushWire();
            if (State == ConnectionState.Closed || Tls!.HasWireBytes || IsOutputEmpty)
            {
                return;
            }

            var before = Output.Length;
            var ok = Tls.WriteFrom(Output);
            BytesSent += before - Output.Length;
            if (!ok)
            {
                FailTls(Tls.TakeFailure());
                return;
            }
        }
    }

    /// <summary>Sends encrypted bytes that wait.</summary>
    private void FlushWire()
    {
        if (Tls is null || (_descriptor < 0 && User is null) || !_writable)
        {
            return;
        }

        Tls.FillWire();
        SendChain(Tls.Wire, false);
    }

    private void SendChain(BufferChain chain, bool payload)
    {
        if (User is not null)
        {
            SendToPeer(chain, payload);
            return;
        }

        var vectors = stackalloc IoVector[VectorsMax];
        while (!chain.IsEmpty)
        {
            var count = chain.GetVectors(vectors, VectorsMax);
            nint asked = 0;
            for (var i = 0; i < count; i++)
            {
                asked += vectors[i].Length;
            }

            var n = count == 1 ? Kernel.Send(_descriptor, vectors[0].Base, asked, Libc.MsgNoSignal)
                : SendMany(vectors, count);
            if (n < 0)
            {
                OnSendFailed();
                return;
            }

            chain.Consume((int)n);
            BytesSent += payload ? (int)n : 0;
            if (n < asked)
            {
                _writable = false;
                return;
            }
        }
    }

    private nint SendMany(IoVector* vectors, int count)
    {
        var message = new MessageHeader { Vectors = vectors, VectorCount = count };
        return Kernel.SendMessage(_descriptor, &message, Libc.MsgNoSignal);
    }

    private void OnSendFailed()
    {
        var error = Marshal.GetLastPInvokeError();
        if (error == Libc.Eintr)
        {
            _loop.MarkDirty(this);
            return;
        }

        if (error == Libc.Eagain)
        {
            _writable = false;
            return;
        }

        // What the peer sent before it closed may still wait to be read: a response to a request that it did not read
        // fully.
        SocketError = error;
        _output?.Clear();
        if ((_readable || User is not null) && State != ConnectionState.Closing && Tls is null)
        {
            _writable = false;
            _readable = true;
            _loop.Defer(this);
            return;
        }

        Finish(CloseReason.RemoteReset);
    }
}
