using Lateen.Http.Http2;

namespace Lateen.Proxy.Http;

/// <summary>Options of the HTTP/2 codec. Source: <c>core.v3.Http2ProtocolOptions</c>.</summary>
internal sealed record Http2Options
{
    /// <summary>What the codec holds the peer to, with the limits of the connection manager or cluster.</summary>
    public Http2Limits Limits { get; init; } = Http2Limits.Default;

    /// <summary>Nanoseconds between PINGs; zero: none.</summary>
    public long KeepaliveIntervalNanos { get; init; }

    /// <summary>Nanoseconds to wait for the answer.</summary>
    public long KeepaliveTimeoutNanos { get; init; }

    /// <summary>Percent of the interval added at random; 15 by default.</summary>
    public int KeepaliveJitterPercent { get; init; } = 15;
}
