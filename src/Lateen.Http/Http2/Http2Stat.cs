namespace Lateen.Http.Http2;

/// <summary>Counters and gauges of the codec; in snake case they are Envoy's below <c>http2.</c>.</summary>
public enum Http2Stat
{
#pragma warning disable CS1591 // The names are Envoy's.
    DeferredStreamClose,
    DroppedHeadersWithUnderscores,
    GoawaySent,
    HeaderOverflow,
    HeadersCbNoStream,
    InboundEmptyFramesFlood,
    InboundPriorityFramesFlood,
    InboundWindowUpdateFramesFlood,
    KeepaliveTimeout,
    MetadataEmptyFrames,
    OutboundControlFlood,
    OutboundControlFramesActive,
    OutboundFlood,
    OutboundFramesActive,
    PendingSendBytes,
    RequestsRejectedWithUnderscoresInHeaders,
    RxMessagingError,
    RxReset,
    StreamRefusedErrors,
    StreamsActive,
    Trailers,
    TxFlushTimeout,
    TxReset,
#pragma warning restore CS1591
}
