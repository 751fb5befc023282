namespace Lateen.Http.Http2;

/// <summary>What a step of <see cref="Http2Session.Read"/> came to.</summary>
public enum Http2Event : byte
{
    /// <summary>More bytes are needed: <see cref="Http2Session.BytesWanted"/> of them together.</summary>
    NeedMore,

    /// <summary>A stream was opened by the peer: give it a map for its headers. They come next.</summary>
    StreamBegun,

    /// <summary>The headers of a message (or an interim response) are complete.</summary>
    Headers,

    /// <summary>Body bytes: <see cref="Http2Session.DataLength"/> of them come next in the input; the caller takes
    /// them.</summary>
    Data,

    /// <summary>Trailers are complete, and so is the message.</summary>
    Trailers,

    /// <summary>The peer has reset the stream with <see cref="Http2Session.ErrorCode"/>.</summary>
    StreamReset,

    /// <summary>The stream was reset from here for <see cref="Http2Session.StreamFailure"/>.</summary>
    StreamError,

    /// <summary>More can be sent, on <see cref="Http2Session.Stream"/> or, when that is null, on all.</summary>
    WindowOpened,

    /// <summary>The peer has sent its first or other settings.</summary>
    Settings,

    /// <summary>The peer takes no more streams.</summary>
    GoAway,

    /// <summary>A PING was answered.</summary>
    PingAck,

    /// <summary>The connection has failed for <see cref="Http2Session.Error"/>. A GOAWAY has been written if one is
    /// due; close it.</summary>
    ConnectionError,
}
