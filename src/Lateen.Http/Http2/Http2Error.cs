namespace Lateen.Http.Http2;

/// <summary>Why a stream or the connection failed; code and words of each stand in <see cref="Http2Errors"/>.</summary>
public enum Http2Error : byte
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>A frame that may not come now, or not on that stream; GOAWAY with PROTOCOL_ERROR.</summary>
    Frame,

    /// <summary>A frame of a wrong length; GOAWAY with FRAME_SIZE_ERROR.</summary>
    FrameSize,

    /// <summary>A header block that cannot be decoded; GOAWAY with COMPRESSION_ERROR.</summary>
    Compression,

    /// <summary>A frame on a stream that the peer has ended; GOAWAY with STREAM_CLOSED.</summary>
    StreamClosed,

    /// <summary>A wrong stream number, setting or window; the connection ends without GOAWAY, as Envoy's
    /// does.</summary>
    Session,

    /// <summary>The connection does not begin with the preface.</summary>
    Preface,

    /// <summary>A field that HTTP/2 does not allow.</summary>
    InvalidField,

    /// <summary>A message that lacks something or does not end as it should.</summary>
    Messaging,

    /// <summary>A body whose length is not what content-length said.</summary>
    ContentLength,

    /// <summary>More fields than allowed.</summary>
    TooManyHeaders,

    /// <summary>More bytes of fields than allowed.</summary>
    HeadersTooLarge,

    /// <summary>A name with an underscore.</summary>
    Underscore,

    /// <summary>More streams than allowed.</summary>
    Refused,

    /// <summary>The peer sends more than its window.</summary>
    FlowControl,

    /// <summary>Too many frames without content.</summary>
    EmptyFramesFlood,

    /// <summary>Too many PRIORITY frames.</summary>
    PriorityFlood,

    /// <summary>Too many WINDOW_UPDATE frames.</summary>
    WindowUpdateFlood,

    /// <summary>Too many frames wait to be sent.</summary>
    OutboundFlood,

    /// <summary>Too many control frames wait to be sent.</summary>
    OutboundControlFlood,
}
