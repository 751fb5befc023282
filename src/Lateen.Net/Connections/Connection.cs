using Lateen.Net.Native;

namespace Lateen.Net;

/// <summary>
/// A stream socket of one loop, plain or with TLS: bytes in through <see cref="Input"/>, out through
/// <see cref="Output"/>, with watermarks, half-close and Envoy's ways of closing. One that rests holds no buffer and
/// little else (decision 0420). All members on the loop's thread.
/// </summary>
public sealed unsafe partial class Connection : EventSource
{
    /// <summary>Bytes read per turn before others get theirs.</summary>
    private const int ReadBytesPerTurnMax = 256 * 1024;

    private const int VectorsMax = 16;

    private readonly EventLoop _loop;
    private IConnectionCallbacks _callbacks;
    private BufferChain? _input;
    private BufferChain? _output;
    private int _descriptor;
    private int _readDisableCount;
    private ConnectionState _state;
    private bool _readable;
    private bool _writable;
    private bool _peerEnded;
    private bool _endReported;
    private bool _aboveHigh;
    private bool _writeEndWanted;
    private bool _writeEndSent;
    private bool _closeAfterFlush;
    private bool _delayBegun;
    private bool _dispatching;

    internal Connection(EventLoop loop, IConnectionCallbacks callbacks, int descriptor, ConnectionState state)
    {
        _loop = loop;
        _callbacks = callbacks;
        _descriptor = descriptor;
        State = state;
    }

    /// <summary>Bytes received and not consumed yet; decrypted ones with TLS. The chain is the connection's until the
    /// present event is over: do not keep it, ask again.</summary>
    public BufferChain Input => _input ??= _loop.Buffers.RentChain();

    /// <summary>Bytes to send. Append and call <see cref="Send"/>; it leaves when the present event is over. As with
    /// <see cref="Input"/>, do not keep the chain.</summary>
    public BufferChain Output => _output ??= _loop.Buffers.RentChain();

    /// <summary>Where it stands.</summary>
    public ConnectionState State
    {
        get => _state;
        private set => _state = value;
    }

    /// <summary>The loop that owns it.</summary>
    public EventLoop Loop => _loop;

    /// <summary>TLS of this connection; null when plain.</summary>
    public TlsSession? Tls { get; private set; }

    /// <summary>Payload bytes received.</summary>
    public long BytesReceived { get; private set; }

    /// <summary>Payload bytes handed to the socket (or to TLS).</summary>
    public long BytesSent { get; private set; }

    /// <summary>Output above this calls <see cref="IConnectionCallbacks.OnAboveHighWatermark"/>; half of it is the low
    /// one. Default 256 KiB.</summary>
    public int HighWatermark { get; set; } = 256 * 1024;

    /// <summary>Output waits beyond the high watermark.</summary>
    public bool IsAboveHighWatermark => _aboveHigh;

    /// <summary>The peer's FIN has come and all before it was delivered.</summary>
    public bool IsPeerEnded => _endReported;

    /// <summary>Whether reading is off for some reason.</summary>
    public bool IsReadDisabled => _readDisableCount > 0;

    /// <summary>Changes the owner, for example when listener filters hand over to a network filter chain.</summary>
    public void SetCallbacks(IConnectionCallbacks callbacks) => _callbacks = callbacks;

    /// <summary>Asks for the output to be sent with that of the events handled next, and looks at the
    /// watermark.</summary>
    public void Send()
    {
        if (State == ConnectionState.Closed)
        {
            _output?.Clear();
            return;
        }

        _loop.MarkDirty(this);
        if (!_aboveHigh && _output is not null && _output.Length > HighWatermark)
        {
            _aboveHigh = true;
            _callbacks.OnAboveHighWatermark(this);
        }
    }

    /// <summary>After the output a FIN (with TLS a close_notify before it). Reading goes on.</summary>
    public void EndWrite()
    {
        _writeEndWanted = true;
        if (State != ConnectionState.Closed)
        {
            _loop.MarkDirty(this);
        }
    }

    /// <summary>Adds or takes away one reason not to read; reads while there is none.</summary>
    public void ReadDisable(bool disable)
    {
        _readDisableCount += disable ? 1 : -1;
        if (!disable && _readDisableCount == 0 && State is ConnectionState.Open or ConnectionState.Handshaking)
        {
            _loop.Defer(this);
        }
    }

    /// <summary>Begins TLS as server on bytes that may already be in the input.</summary>
    public void StartTls(TlsSession session)
    {
        ArgumentNullException.ThrowIfNull(session);
        Tls = session;
        State = ConnectionState.Handshaking;
        if (!Input.IsEmpty)
        {
            session.TakeInput(Input);
        }

        AdvanceHandshake();
    }

    /// <summary>Sets TLS to be begun as client once connected.</summary>
    public void SetClientTls(TlsSession session)
    {
        Tls = session;
    }

    /// <summary>The destination before redirection by iptables, if the kernel knows one.</summary>
    public bool TryGetOriginalDestination(out NetAddress destination) =>
        SocketCalls.TryGetOriginalDestination(_descriptor, LocalAddress, out destination);

    /// <summary>Closes it. With delay, <paramref name="delayMillis"/> is how long the peer's FIN is waited
    /// for.</summary>
    public void Close(CloseType type, long delayMillis = 1000)
    {
        switch (type)
        {
            case CloseType.NoFlush:
                Finish(CloseReason.Local);
                return;
            case CloseType.AbortReset:
                if (_descriptor >= 0)
                {
                    SocketCalls.SetResetOnClose(_descriptor);
                }

                User?.MarkReset();

                Finish(CloseReason.Local);
                return;
        }

        if (State is ConnectionState.Closed or ConnectionState.Closing)
        {
            return;
        }

        if (State is ConnectionState.Connecting or ConnectionState.Handshaking)
        {
            Finish(CloseReason.Local);
            return;
        }

        State = ConnectionState.Closing;
        DelayedCloseMillis = type == CloseType.FlushWriteAndDelay ? delayMillis : 0;
        _closeAfterFlush = true;
        // A client that still sends learns of the end by the close, after it has had time to read the answer.
        _writeEndWanted = DelayedCloseMillis == 0;
        _loop.MarkDirty(this);
    }

    /// <summary>The peer did not close within the delay of <see cref="CloseType.FlushWriteAndDelay"/>.</summary>
    public bool HasDelayExpired { get; private set; }

    /// <summary>Lets <see cref="IConnectionCallbacks.OnTimer"/> come after a delay of at least one millisecond. There
    /// is one timer: starting it again moves it, and closing takes it over.</summary>
    public void StartTimer(long delayMillis)
    {
        if (State is not (ConnectionState.Closing or ConnectionState.Closed))
        {
            _loop.Timers.Schedule(this, _loop.Timers.NowMillis + Math.Max(1, delayMillis));
        }
    }

    /// <summary>The timer does not fire until it is started again.</summary>
    public void StopTimer()
    {
        if (!_delayBegun)
        {
            DeadlineMillis = Never;
        }
    }

    internal override void OnDue()
    {
        if (_delayBegun)
        {
            HasDelayExpired = true;
            Finish(CloseReason.Local);
        }
        else if (State is ConnectionState.Open or ConnectionState.Handshaking)
        {
            _callbacks.OnTimer(this);
        }
    }

    protected internal override void OnEvents(uint events)
    {
        TakeEvents(events);
        ReturnEmpty();
    }

    protected internal override void OnDeferred()
    {
        GoOn();
        ReturnEmpty();
    }

    private void TakeEvents(uint events)
    {
        if ((events & (Libc.EpollIn | Libc.EpollRdHup | Libc.EpollHup | Libc.EpollErr)) != 0)
        {
            _readable = true;
            _peerEnded |= (events & (Libc.EpollRdHup | Libc.EpollHup | Libc.EpollErr)) != 0;
        }

        if (State == ConnectionState.Connecting)
        {
            if ((events & (Libc.EpollOut | Libc.EpollErr | Libc.EpollHup)) != 0)
            {
                FinishConnect();
            }

            return;
        }

        if ((events & Libc.EpollOut) != 0 && !_writable)
        {
            _writable = true;
            if (HasPendingOutput)
            {
                OnFlush();
            }
        }

        Read();
    }

    private void GoOn()
    {
        if (User is not null && !OnUserEvents())
        {
            return;
        }

        if (State == ConnectionState.Connecting)
        {
            if (!TryNextAddress())
            {
                Finish(CloseReason.ConnectFailed);
            }

            return;
        }

        if (State == ConnectionState.Open && Tls is not null && _readDisableCount == 0)
        {
            DeliverDecrypted();
        }

        Read();
    }

    /// <summary>Whether no bytes wait in <see cref="Input"/>; asking costs no chain.</summary>
    public bool IsInputEmpty => _input is null || _input.IsEmpty;

    private bool IsOutputEmpty => _output is null || _output.IsEmpty;

    /// <summary>An event is over and nobody looks into the chains: those without bytes serve others.</summary>
    private void ReturnEmpty()
    {
        if (_input is { HasMemory: false } input)
        {
            _input = null;
            _loop.Buffers.Return(input);
        }

        if (_output is { HasMemory: false } output)
        {
            _output = null;
            _loop.Buffers.Return(output);
        }
    }

    internal bool TryRegister()
    {
        try
        {
            _loop.Register(this, _descriptor);
            return true;
        }
        catch (NetworkException failure)
        {
            SocketError = failure.ErrorNumber;
            return false;
        }
    }

    internal void FailTls(string reason)
    {
        TransportFailure = reason;
        FlushWire();
        Finish(CloseReason.TlsFailed);
    }

    private bool HasPendingOutput =>
        !IsOutputEmpty || (_writeEndWanted && !_writeEndSent) || Tls is { HasWireBytes: true };

    /// <summary>Output may have been appended before the connection was up.</summary>
    private void SendPending()
    {
        if (HasPendingOutput)
        {
            _loop.MarkDirty(this);
        }
    }

    private void RemoveTimer()
    {
        DeadlineMillis = Never;
        _loop.Timers.Remove(this);
    }

    private void Finish(CloseReason reason)
    {
        if (State == ConnectionState.Closed)
        {
            return;
        }

        State = ConnectionState.Closed;
        RemoveTimer();
        _loop.Unregister(this);
        if (_descriptor >= 0)
        {
            Kernel.Close(_descriptor);
            _descriptor = -1;
        }

        User?.Close();
        _extras?.Tap?.OnClosed(this);
        _callbacks.OnClosed(this, reason);
        _input?.Clear();
        _output?.Clear();
        Tls?.Dispose();
        if (_input is not null || _output is not null)
        {
            // The chains go back when nobody looks into them any more.
            _loop.MarkDirty(this);
        }
    }
}
