using Lateen.Proxy.Streams;

namespace Lateen.Proxy.Tracing;

/// <summary>Moments of a request that a verbose span tells of, in their order; zero: it did not happen.</summary>
internal struct SpanEvents
{
    private static readonly byte[][] Names =
    [
        [.. "last_downstream_rx_byte_received"u8], [.. "first_upstream_tx_byte_sent"u8],
        [.. "last_upstream_tx_byte_sent"u8], [.. "first_upstream_rx_byte_received"u8],
        [.. "last_upstream_rx_byte_received"u8], [.. "first_downstream_tx_byte_sent"u8],
        [.. "last_downstream_tx_byte_sent"u8],
    ];

    private Moments _unixNanos;

    /// <summary>How many there may be.</summary>
    public const int Count = 7;

    public static ReadOnlySpan<byte> NameAt(int index) => Names[index];

    public static SpanEvents Of(StreamInfo info)
    {
        var events = default(SpanEvents);
        var offset = info.StartUnixNanos - info.StartNanos;
        ReadOnlySpan<long> moments =
        [
            info.LastDownstreamRxNanos, info.FirstUpstreamTxNanos, info.LastUpstreamTxNanos,
            info.FirstUpstreamRxNanos, info.LastUpstreamRxNanos, info.FirstDownstreamTxNanos,
            info.LastDownstreamTxNanos,
        ];
        for (var i = 0; i < Count; i++)
        {
            events._unixNanos[i] = moments[i] == 0 ? 0 : moments[i] + offset;
        }

        return events;
    }

    public readonly long UnixNanosAt(int index) => _unixNanos[index];

    [System.Runtime.CompilerServices.InlineArray(Count)]
    private struct Moments
    {
        private long _first;
    }
}
