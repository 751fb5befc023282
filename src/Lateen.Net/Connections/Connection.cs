using Lateen.Net.Native;

namespace Lateen.Net;

/// <summary>
/// A stream socket of one loop, plain or with TLS: bytes in through <see cref="Input"/>, out through
/// <see cref="Output"/>, with watermarks, half-close and Envoy's ways of closing. An idle one holds no buffer. All
/// members on the loop's thread.
/// </summary>
public sealed unsafe partial class Connection : EventSource, ITimerTarget
{
    /// <summary>Bytes read per turn before others get theirs.</summary>
    private const int ReadBytesPerTurnMax = 256 * 1024;

    private const int VectorsMax = 16;
    private const int DelayedCloseTimer = 1;

    private readonly EventLoop _loop;
    private IConnectionCallbacks _callbacks;
    private string? _failureOnceConnected;
    private int _descriptor;
    private bool _readable;
    private bool _writable;
    private bool _peerEnded;
    private bool _endReported;
    private bool _aboveHigh;
    private bool _writeEndWanted;
    private bool _writeEndSent;
    private bool _closeAfterFlush;
    private long _delayedCloseMillis;
    private LoopTimer? _delayTimer;
    private int _readDisableCount;
    private bool _dispatching;

    internal Connection(EventLoop loop, IConnectionCallbacks callbacks, int descriptor, ConnectionState state)
    {
        _loop = loop;
        _callbacks = callbacks;
        _descriptor = descriptor;
        State = state;
        Input = new BufferChain(loop.Buffers);
        Output = new BufferChain(loop.Buffers);
    }

    /// <summary>Bytes received and not consumed yet; decrypted ones with TLS.</summary>
    public BufferChain Input { get; }

    /// <summary>Bytes to send. Append and call <see cref="Send"/>; it leaves when the present event is over.</summary>
    public BufferChain Output { get; }

    /// <summary>Where it stands.</summary>
    public ConnectionState State { get; private set; }

    /// <summary>The loop that owns it.</summary>
    public EventLoop Loop => _loop;

    /// <summary>This end's address: for an accepted connection the one the client connected to.</summary>
    public NetAddress LocalAddress { get; internal set; }

    /// <summary>The peer's address as the socket has it.</summary>
    public NetAddress RemoteAddress { get; internal set; }

    /// <summary><c>errno</c> of the failure, 0 when there was none.</summary>
    public int SocketError { get; private set; }

    /// <summary>What TLS had to say about a failure; null when there was none.</summary>
    public string? TransportFailure { get; private set; }

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

    /// <summary>Bytes of an upstream connection that go out before all else, also before TLS; null: none. They fit into
    /// an empty send buffer.</summary>
    public byte[]? Preamble { get; set; }

    /// <summary>Other addresses of the same upstream, tried one after the other when the first cannot be
    /// connected to.</summary>
    public NetAddress[] MoreAddresses { get; set; } = [];

    /// <summary>Addresses tried after the first.</summary>
    public int RepeatedAttempts { get; private set; }

    /// <summary>Whether reading is off for some reason.</summary>
    public bool IsReadDisabled => _readDisableCount > 0;

    /// <summary>Changes the owner, for example when listener filters hand over to a network filter chain.</summary>
    public void SetCallbacks(IConnectionCallbacks callbacks) => _callbacks = callbacks;

    /// <summary>Asks for the output to be sent when the present event is over, and looks at the watermark.</summary>
    public void Send()
    {
        if (State == ConnectionState.Closed)
        {
            Output.Clear();
            return;
        }

        _loop.MarkDirty(this);
        if (!_aboveHigh && Output.Length > HighWatermark)
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

    /// <summary>Lets the connection fail with a reason once it is up, in place of a handshake that cannot
    /// begin.</summary>
    public void FailOnceConnected(string reason) => _failureOnceConnected = reason;

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

                _user?.MarkReset();

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
        _delayedCloseMillis = type == CloseType.FlushWriteAndDelay ? delayMillis : 0;
        _closeAfterFlush = true;
        // A client that still sends learns of the end by the close, after it has had time to read the answer.
        _writeEndWanted = _delayedCloseMillis == 0;
        _loop.MarkDirty(this);
    }

    /// <summary>The peer did not close within the delay of <see cref="CloseType.FlushWriteAndDelay"/>.</summary>
    public bool HasDelayExpired { get; private set; }

    void ITimerTarget.OnTimer(LoopTimer timer)
    {
        HasDelayExpired = true;
        Finish(CloseReason.Local);
    }

    protected internal override void OnEvents(uint events)
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

    protected internal override void OnDeferred()
    {
        if (_user is not null && !OnUserEvents())
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
        !Output.IsEmpty || (_writeEndWanted && !_writeEndSent) || Tls is { HasWireBytes: true };

    /// <summary>Output may have been appended before the connection was up.</summary>
    private void SendPending()
    {
        if (HasPendingOutput)
        {
            _loop.MarkDirty(this);
        }
    }

    private void Finish(CloseReason reason)
    {
        if (State == ConnectionState.Closed)
        {
            return;
        }

        State = ConnectionState.Closed;
        _delayTimer?.Remove();
        _loop.Unregister(this);
        if (_descriptor >= 0)
        {
            Kernel.Close(_descriptor);
            _descriptor = -1;
        }

        _user?.Close();
        _callbacks.OnClosed(this, reason);
        Input.Clear();
        Output.Clear();
        Tls?.Dispose();
    }
}
