using Lateen.Http.Hpack;

namespace Lateen.Http.Http2;

/// <summary>
/// HTTP/2 on one connection, either side: frames, header compression, streams, windows and the defences against floods
/// (RFC 9113). It knows no socket: input is given to <see cref="Read"/>, which tells what happened; output goes to an
/// <see cref="IHttp2Owner"/>. Nothing is allocated when warm. One thread.
/// </summary>
public sealed partial class Http2Session
{
    private const int StreamsRetainedMax = 128;
    private const int ScratchRetainedMax = 64 * 1024;

    private readonly bool _isServer;
    private readonly Http2Limits _limits;
    private readonly IHttp2Owner _owner;
    private readonly HpackDecoder _decoder;
    private readonly HpackEncoder _encoder = new();
    private readonly Dictionary<int, Http2Stream> _streams = [];
    private readonly Stack<Http2Stream> _free = new();
    private readonly Http2OutboundMeter _outbound;
    private readonly Http2OutboundMeter _outboundControl;
    private long _sendWindow = Http2Limits.DefaultWindow;
    private long _receiveWindow;
    private int _credit;
    private long _peerInitialWindow = Http2Limits.DefaultWindow;
    private int _lastPeerStreamId;
    private int _highestPeerStreamId;
    private int _nextStreamId = 1;

    // Streams that have been opened and not been numbered.
    private int _unnumbered;
    private int _goAwayLast = int.MaxValue;
    private long _written;

    /// <summary>Makes a session. Nothing is written before <see cref="Start"/>.</summary>
    public Http2Session(bool isServer, Http2Limits limits, IHttp2Owner owner)
    {
        ArgumentNullException.ThrowIfNull(limits);
        _isServer = isServer;
        _limits = limits;
        _owner = owner;
        _decoder = new HpackDecoder(limits.HeaderTableSize);
        _outbound = new Http2OutboundMeter(limits.OutboundFramesMax);
        _outboundControl = new Http2OutboundMeter(limits.OutboundControlFramesMax);
        _receiveWindow = Math.Max(limits.InitialConnectionWindow, Http2Limits.DefaultWindow);
        _state = isServer ? ReadState.Preface : ReadState.Frame;
    }

    /// <summary>The preface of a client's connection (RFC 9113 §3.4).</summary>
    public static ReadOnlySpan<byte> Preface => "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8;

    /// <summary>Streams open now.</summary>
    public int StreamCount => _streams.Count;

    /// <summary>Streams of the peer so far.</summary>
    public int StreamsOpened { get; private set; }

    /// <summary>The highest number of a stream that the peer has opened.</summary>
    public int LastPeerStreamId => _lastPeerStreamId;

    /// <summary>What the peer lets be opened at once; unlimited until its settings have come.</summary>
    public int PeerStreamsMax { get; private set; } = int.MaxValue;

    /// <summary>The peer takes extended CONNECT.</summary>
    public bool PeerAllowsConnect { get; private set; }

    /// <summary>The peer's first settings have come.</summary>
    public bool IsEstablished { get; private set; }

    /// <summary>Payload that the peer accepts in one frame.</summary>
    public int PeerFrameBytesMax { get; private set; } = Http2Limits.FrameBytesMax;

    /// <summary>The stream that the last event is about.</summary>
    public Http2Stream? Stream { get; private set; }

    /// <summary>After <see cref="Http2Event.Data"/>: bytes that come next in the input.</summary>
    public int DataLength { get; private set; }

    /// <summary>After <see cref="Http2Event.Data"/>: bytes of the frame besides its body, with the frame's first
    /// piece.</summary>
    public int DataOverheadBytes { get; private set; }

    /// <summary>After data or headers: the peer has ended the stream with them.</summary>
    public bool EndStream { get; private set; }

    /// <summary>After <see cref="Http2Event.Headers"/> on a client's side: the status.</summary>
    public int Status { get; private set; }

    /// <summary>Why the connection has failed.</summary>
    public Http2Error Error { get; private set; }

    /// <summary>After <see cref="Http2Event.StreamError"/>: why.</summary>
    public Http2Error StreamFailure { get; private set; }

    /// <summary>After a reset or GOAWAY by the peer: its code.</summary>
    public Http2ErrorCode ErrorCode { get; private set; }

    /// <summary>After <see cref="Http2Event.GoAway"/>: the last stream that the peer takes care of.</summary>
    public int GoAwayStreamId { get; private set; } = int.MaxValue;

    /// <summary>The peer has said that it takes no more streams.</summary>
    public bool IsGoAwayReceived { get; private set; }

    /// <summary>After <see cref="Http2Event.NeedMore"/>: bytes of the input that must lie together.</summary>
    public int BytesWanted { get; private set; }

    /// <summary>Whether <see cref="OpenStream"/> would give a stream now.</summary>
    public bool CanOpenStream =>
        !IsGoAwayReceived && Error == Http2Error.None && _streams.Count + _unnumbered < PeerStreamsMax
        && _nextStreamId > 0 && _nextStreamId <= int.MaxValue - (2L * _unnumbered);

    /// <summary>The open stream with this number, or null.</summary>
    public Http2Stream? Find(int id) => _streams.GetValueOrDefault(id);

    /// <summary>Opens a stream on a client's side; null when the peer does not let it. It gets its number with its
    /// headers, as numbers must rise on the wire (RFC 9113 section 5.1.1).</summary>
    public Http2Stream? OpenStream()
    {
        if (_isServer || !CanOpenStream)
        {
            return null;
        }

        return Rent();
    }

    /// <summary>Ends a stream without a word, one that the peer has said it does not know of.</summary>
    public void Forget(Http2Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        Close(stream);
    }

    /// <summary>The user is done with a closed stream.</summary>
    public void Return(Http2Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        stream.Owner = null;
        stream.Headers = null;
        stream.Trailers = null;
        if (_free.Count < StreamsRetainedMax)
        {
            _free.Push(stream);
        }
    }

    private Http2Stream Rent()
    {
        if (!_free.TryPop(out var stream))
        {
            stream = new Http2Stream();
        }

        stream.Begin();
        _unnumbered++;
        _owner.Count(Http2Stat.StreamsActive, 1);
        return stream;
    }

    private Http2Stream Number(Http2Stream stream, int id)
    {
        // A peer that has not seen the settings yet uses the window of the standard.
        var window = _settingsAcknowledged ? _limits.InitialStreamWindow
            : Math.Max(_limits.InitialStreamWindow, Http2Limits.DefaultWindow);
        stream.Number(id, _peerInitialWindow, window);
        _unnumbered--;
        _streams.Add(id, stream);
        return stream;
    }

    private void Close(Http2Stream stream)
    {
        if (stream.IsClosed)
        {
            return;
        }

        stream.IsClosed = true;
        if (stream.Id == 0)
        {
            _unnumbered--;
        }
        else
        {
            _streams.Remove(stream.Id);
        }

        if (ReferenceEquals(_dataStream, stream))
        {
            // The rest of its frame belongs to nobody: the object may soon be another stream.
            _dataStream = null;
        }

        if (ReferenceEquals(_blockStream, stream))
        {
            _blockStream = null;
        }

        _owner.Count(Http2Stat.StreamsActive, -1);
    }

    private void CloseIfEnded(Http2Stream stream)
    {
        if (stream.IsLocalEnded && stream.IsRemoteEnded)
        {
            Close(stream);
        }
    }

    private Http2Event Fail(Http2Error error, Http2Stream? stream = null)
    {
        Error = error;
        Stream = stream;
        _state = ReadState.Failed;
        CountError(error);
        if (Http2Errors.SendsGoAway(error))
        {
            WriteGoAway(_lastPeerStreamId, Http2Errors.CodeOf(error));
        }

        return Http2Event.ConnectionError;
    }

    /// <summary>Ends one stream from here for something that its peer did.</summary>
    private Http2Event FailStream(Http2Stream stream, Http2Error error)
    {
        CountError(error);
        ResetStream(stream, Http2Errors.CodeOf(error));
        Stream = stream;
        StreamFailure = error;
        return Http2Event.StreamError;
    }

    private void CountError(Http2Error error)
    {
        switch (error)
        {
            case Http2Error.InvalidField or Http2Error.Messaging:
                _owner.Count(Http2Stat.RxMessagingError, 1);
                break;
            case Http2Error.TooManyHeaders:
                _owner.Count(Http2Stat.HeaderOverflow, 1);
                break;
            case Http2Error.Underscore:
                _owner.Count(Http2Stat.RequestsRejectedWithUnderscoresInHeaders, 1);
                break;
            case Http2Error.EmptyFramesFlood:
                _owner.Count(Http2Stat.InboundEmptyFramesFlood, 1);
                break;
            case Http2Error.PriorityFlood:
                _owner.Count(Http2Stat.InboundPriorityFramesFlood, 1);
                break;
            case Http2Error.WindowUpdateFlood:
                _owner.Count(Http2Stat.InboundWindowUpdateFramesFlood, 1);
                break;
            case Http2Error.OutboundFlood:
                _owner.Count(Http2Stat.OutboundFlood, 1);
                break;
            case Http2Error.OutboundControlFlood:
                _owner.Count(Http2Stat.OutboundControlFlood, 1);
                break;
        }
    }
}
