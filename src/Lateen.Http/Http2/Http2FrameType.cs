namespace Lateen.Http.Http2;

/// <summary>Types of frames (RFC 9113 §6). Others are ignored.</summary>
public enum Http2FrameType : byte
{
    /// <summary>Bytes of a body.</summary>
    Data = 0,

    /// <summary>The begin of a header block.</summary>
    Headers = 1,

    /// <summary>Given up by RFC 9113; its form is checked and nothing else.</summary>
    Priority = 2,

    /// <summary>The end of a stream by error or wish.</summary>
    RstStream = 3,

    /// <summary>Settings, or their acknowledgement.</summary>
    Settings = 4,

    /// <summary>Never allowed here: push is off.</summary>
    PushPromise = 5,

    /// <summary>A sign of life, to be answered.</summary>
    Ping = 6,

    /// <summary>The connection takes no more streams.</summary>
    GoAway = 7,

    /// <summary>More may be sent.</summary>
    WindowUpdate = 8,

    /// <summary>More of a header block.</summary>
    Continuation = 9,
}
