namespace Lateen.Http.Http2;

/// <summary>
/// Options and limits of a connection. Defaults are Envoy's; source: <c>core.v3.Http2ProtocolOptions</c>.
/// </summary>
public sealed record Http2Limits
{
    /// <summary>Window of a connection before any WINDOW_UPDATE (RFC 9113 §6.9.2).</summary>
    public const int DefaultWindow = 65_535;

    /// <summary>Largest window (RFC 9113 §6.9.1).</summary>
    public const int WindowMax = int.MaxValue;

    /// <summary>Payload that is accepted, and the least that any peer accepts: 16 KiB.</summary>
    public const int FrameBytesMax = 16_384;

    /// <summary>Envoy's defaults.</summary>
    public static Http2Limits Default { get; } = new();

    /// <summary>Table that the peer may use for its header blocks, in bytes (<c>hpack_table_size</c>).</summary>
    public int HeaderTableSize { get; init; } = 4096;

    /// <summary>Streams that the peer may have open.</summary>
    public int MaxConcurrentStreams { get; init; } = 1024;

    /// <summary>Bytes that the peer may send on a stream before they are consumed: 16 MiB.</summary>
    public int InitialStreamWindow { get; init; } = 16 * 1024 * 1024;

    /// <summary>Bytes that the peer may send on all streams: 24 MiB.</summary>
    public int InitialConnectionWindow { get; init; } = 24 * 1024 * 1024;

    /// <summary>Extended CONNECT (RFC 8441) is taken.</summary>
    public bool AllowConnect { get; init; }

    /// <summary>Names and values of a message's headers, in bytes: 60 KiB.</summary>
    public int HeaderBytesMax { get; init; } = 60 * 1024;

    /// <summary>Fields of a message, pseudo headers included.</summary>
    public int HeaderCountMax { get; init; } = 100;

    /// <summary>An invalid message ends its stream only, not the connection
    /// (<c>override_stream_error_on_invalid_http_message</c>).</summary>
    public bool StreamErrorOnInvalidMessage { get; init; }

    /// <summary>What is done with names that hold an underscore.</summary>
    public Http2Underscores Underscores { get; init; }

    /// <summary>Frames that wait to be sent.</summary>
    public int OutboundFramesMax { get; init; } = 10_000;

    /// <summary>PING, SETTINGS and RST_STREAM frames that wait to be sent.</summary>
    public int OutboundControlFramesMax { get; init; } = 1000;

    /// <summary>HEADERS, CONTINUATION and DATA frames in succession with nothing in them and no END_STREAM.</summary>
    public int ConsecutiveEmptyFramesMax { get; init; } = 1;

    /// <summary>PRIORITY frames for each stream opened.</summary>
    public int PriorityFramesPerStreamMax { get; init; } = 100;

    /// <summary>WINDOW_UPDATE frames for each DATA frame sent.</summary>
    public int WindowUpdatesPerDataFrameMax { get; init; } = 10;
}
