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
            return;
        }

        if (_writable)
        {
            if (Tls is null)
            {
                SendChain(Output, true);
            }
            else
            {
                SendTls();
            }
        }

        if (State != ConnectionState.Closed)
        {
            AfterFlush();
        }
    }

    private void AfterFlush()
    {
        if (_aboveHigh && Output.Length <= HighWatermark / 2)
        {
            _aboveHigh = false;
            _callbacks.OnBelowLowWatermark(this);
            if (State == ConnectionState.Closed)
            {
                return;
            }
        }

        if (_writeEndWanted && !_writeEndSent && Output.IsEmpty)
        {
            SendEnd();
        }

        if (!_closeAfterFlush || !Output.IsEmpty || Tls is { HasWireBytes: true })
        {
            return;
        }

        if (_delayedCloseMillis == 0 || _endReported)
        {
            Finish(CloseReason.Local);
        }
        else if (_delayTimer is null)
        {
            _delayTimer = new LoopTimer(_loop.Timers, this, DelayedCloseTimer);
            _delayTimer.Start(_delayedCloseMillis);
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
        if (_user is null)
        {
            _ = Kernel.Shutdown(_descriptor, Libc.ShutWrite);
        }
        else if (State != ConnectionState.Closing)
        {
            _user.EndWrite();
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
            if (State == ConnectionState.Closed || Tls!.HasWireBytes || Output.IsEmpty)
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
        if (Tls is null || (_descriptor < 0 && _user is null) || !_writable)
        {
            return;
        }

        Tls.FillWire();
        SendChain(Tls.Wire, false);
    }

    private void SendChain(BufferChain chain, bool payload)
    {
        if (_user is not null)
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
        Output.Clear();
        if ((_readable || _user is not null) && State != ConnectionState.Closing && Tls is null)
        {
            _writable = false;
            _readable = true;
            _loop.Defer(this);
            return;
        }

        Finish(CloseReason.RemoteReset);
    }
}
