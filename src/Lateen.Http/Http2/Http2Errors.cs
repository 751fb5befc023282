namespace Lateen.Http.Http2;

/// <summary>Codes and words of <see cref="Http2Error"/>.</summary>
public static class Http2Errors
{
    private static readonly byte[] CodecError = "codec_error:The_user_callback_function_failed"u8.ToArray();
    private static readonly byte[] Unknown = "http2.unknown.nghttp2.error"u8.ToArray();
    private static readonly byte[] InvalidField = "http2.invalid.header.field"u8.ToArray();
    private static readonly byte[] Messaging = "http2.violation.of.messaging.rule"u8.ToArray();
    private static readonly byte[] RemoteReset = "http2.remote_reset"u8.ToArray();
    private static readonly byte[] TooMany = "http2.too_many_headers"u8.ToArray();
    private static readonly byte[] TooLarge = "http2.header_list_size_too_large"u8.ToArray();
    private static readonly byte[] Underscore = "http2.unexpected_underscore"u8.ToArray();
    private static readonly byte[] Empty = "http2.inbound_empty_frames_flood"u8.ToArray();
    private static readonly byte[] Priority = "codec_error:Too_many_PRIORITY_frames"u8.ToArray();
    private static readonly byte[] Window = "codec_error:Too_many_WINDOW_UPDATE_frames"u8.ToArray();
    private static readonly byte[] Outbound = "http2.outbound_flood"u8.ToArray();
    private static readonly byte[] OutboundControl = "http2.outbound_control_flood"u8.ToArray();

    /// <summary>The code that goes to the peer.</summary>
    public static Http2ErrorCode CodeOf(Http2Error error) => error switch
    {
        Http2Error.FrameSize => Http2ErrorCode.FrameSizeError,
        Http2Error.Compression => Http2ErrorCode.CompressionError,
        Http2Error.StreamClosed => Http2ErrorCode.StreamClosed,
        Http2Error.FlowControl => Http2ErrorCode.FlowControlError,
        Http2Error.Refused => Http2ErrorCode.RefusedStream,
        Http2Error.TooManyHeaders or Http2Error.HeadersTooLarge or Http2Error.Underscore =>
            Http2ErrorCode.InternalError,
        _ => Http2ErrorCode.ProtocolError,
    };

    /// <summary>Whether the connection ends with a GOAWAY; Envoy just closes it after the other errors.</summary>
    public static bool SendsGoAway(Http2Error error) => error is Http2Error.Frame or Http2Error.FrameSize
        or Http2Error.Compression or Http2Error.StreamClosed or Http2Error.FlowControl;

    /// <summary>Whether the peer floods the connection, rather than breaking a rule of the protocol.</summary>
    public static bool IsFlood(Http2Error error) => error >= Http2Error.EmptyFramesFlood;

    /// <summary>Response code details of the stream that the error is about.</summary>
    public static byte[] DetailsOf(Http2Error error) => error switch
    {
        Http2Error.Session => Unknown,
        Http2Error.InvalidField => InvalidField,
        Http2Error.Messaging => Messaging,
        Http2Error.ContentLength => RemoteReset,
        Http2Error.TooManyHeaders => TooMany,
        Http2Error.HeadersTooLarge => TooLarge,
        Http2Error.Underscore => Underscore,
        Http2Error.EmptyFramesFlood => Empty,
        Http2Error.PriorityFlood => Priority,
        Http2Error.WindowUpdateFlood => Window,
        Http2Error.OutboundFlood => Outbound,
        Http2Error.OutboundControlFlood => OutboundControl,
        _ => CodecError,
    };
}
