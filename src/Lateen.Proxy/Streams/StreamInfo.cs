using Lateen.Http;
using Lateen.Proxy.Addresses;
using Lateen.Proxy.Clusters;
using Lateen.Proxy.Routing;
using Lateen.Proxy.Runtime;
using Lateen.Proxy.Tracing;

namespace Lateen.Proxy.Streams;

/// <summary>
/// Facts of one request (or of one TCP connection in <c>tcp_proxy</c>) that routes, policies, header values, statistics
/// and
/// access logs read. The data path fills it; it is owned by the stream's worker and reused after <see cref="Reset"/>.
/// Times are
/// monotonic nanoseconds of the loop's clock, zero while they have not happened.
/// </summary>
internal sealed class StreamInfo
{
    public ConnectionInfo Connection { get; set; } = new();

    public HeaderMap? RequestHeaders { get; set; }

    public HeaderMap? ResponseHeaders { get; set; }

    public HeaderMap? ResponseTrailers { get; set; }

    public HttpProtocol Protocol { get; set; }

    /// <summary>Random per request; route fractions and weighted clusters take their decision from it.</summary>
    public ulong RandomValue { get; set; }

    /// <summary>Source address after x-forwarded-for; falls back to the connection's when empty.</summary>
    public Address RemoteAddress { get; set; }

    /// <summary>Whether the request counts as internal (x-envoy-internal).</summary>
    public bool IsInternal { get; set; }

    public bool IsHealthCheck { get; set; }

    public long StartNanos { get; set; }

    /// <summary>Nanoseconds since the Unix epoch at the start.</summary>
    public long StartUnixNanos { get; set; }

    public long LastDownstreamRxNanos { get; set; }

    /// <summary>When the last attempt asked for a connection.</summary>
    public long UpstreamWaitNanos { get; set; }

    /// <summary>When it had one.</summary>
    public long UpstreamReadyNanos { get; set; }

    public long FirstUpstreamTxNanos { get; set; }

    public long LastUpstreamTxNanos { get; set; }

    public long FirstUpstreamRxNanos { get; set; }

    public long LastUpstreamRxNanos { get; set; }

    public long FirstDownstreamTxNanos { get; set; }

    public long LastDownstreamTxNanos { get; set; }

    /// <summary>When the stream was over; zero before.</summary>
    public long EndNanos { get; set; }

    /// <summary>Body bytes from the client (payload bytes for TCP).</summary>
    public long BytesReceived { get; set; }

    public long BytesSent { get; set; }

    public long DownstreamWireBytesReceived { get; set; }

    public long DownstreamWireBytesSent { get; set; }

    public long UpstreamWireBytesReceived { get; set; }

    public long UpstreamWireBytesSent { get; set; }

    /// <summary>Bytes of header lines (HTTP/1) or header frames (HTTP/2), by connection and direction.</summary>
    public long DownstreamHeaderBytesReceived { get; set; }

    public long DownstreamHeaderBytesSent { get; set; }

    public long UpstreamHeaderBytesReceived { get; set; }

    public long UpstreamHeaderBytesSent { get; set; }

    /// <summary>Whether any log tells bytes of headers before HPACK, which are counted from then on.</summary>
    public static bool CountsDecompressed { get; set; }

    /// <summary>Names and values of headers and trailers on HTTP/2, while <see cref="CountsDecompressed"/>.</summary>
    public long DownstreamDecompressedReceived { get; set; }

    public long DownstreamDecompressedSent { get; set; }

    public long UpstreamDecompressedReceived { get; set; }

    public long UpstreamDecompressedSent { get; set; }

    /// <summary>How the client's connection was closed, as far as is known.</summary>
    public DetectedCloseType DownstreamCloseType { get; set; }

    public DetectedCloseType UpstreamCloseType { get; set; }

    /// <summary>Why this proxy closed the client's connection; null: it did not, or does not say.</summary>
    public string? DownstreamCloseReason { get; set; }

    public string? UpstreamCloseReason { get; set; }

    /// <summary>Begin and end of the upstream connection's making, and of its handshake; zero: unknown.</summary>
    public long UpstreamConnectNanos { get; set; }

    public long UpstreamConnectedNanos { get; set; }

    public long UpstreamHandshakeNanos { get; set; }

    /// <summary>When the first byte of the response's body came; zero: none has.</summary>
    public long FirstUpstreamBodyNanos { get; set; }

    /// <summary>Why the request is traced.</summary>
    public TraceReason TraceReason { get; set; }

    /// <summary>The request's span; null while it has none.</summary>
    public Span? Span { get; set; }

    /// <summary>Zero until a response was sent.</summary>
    public int ResponseCode { get; set; }

    public ResponseFlags ResponseFlags { get; set; }

    /// <summary>Response code details, spaces as underscores; empty when there are none.</summary>
    public byte[] ResponseCodeDetails { get; set; } = [];

    public Route? Route { get; set; }

    public VirtualHost? VirtualHost { get; set; }

    public RouteConfiguration? RouteConfiguration { get; set; }

    public VirtualCluster? VirtualCluster { get; set; }

    /// <summary>The chosen entry if the route has weighted clusters.</summary>
    public WeightedClusterEntry? WeightedCluster { get; set; }

    /// <summary>Name of the upstream cluster even if there is no such cluster.</summary>
    public string UpstreamClusterName { get; set; } = "";

    public Cluster? UpstreamCluster { get; set; }

    public Host? UpstreamHost { get; set; }

    public Address UpstreamLocalAddress { get; set; }

    public Address UpstreamRemoteAddress { get; set; }

    public TlsConnectionInfo? UpstreamTls { get; set; }

    /// <summary>Filter state of the upstream connection (peer metadata exchanged on it); null when none.</summary>
    public FilterState? UpstreamFilterState { get; set; }

    public ulong UpstreamConnectionId { get; set; }

    public HttpProtocol UpstreamProtocol { get; set; }

    public byte[]? UpstreamTransportFailureReason { get; set; }

    /// <summary>Attempts made towards upstreams, retries included.</summary>
    public int AttemptCount { get; set; }

    public DynamicMetadata? Metadata { get; set; }

    /// <summary>Where the upstream is to see the request come from; null: where it sees the connection come
    /// from.</summary>
    public OriginalSource? OriginalSource { get; set; }

    public FilterState? FilterState { get; set; }

    /// <summary>ALPN names for the upstream TLS connection, set by <c>istio.alpn</c>; null leaves the
    /// cluster's.</summary>
    public byte[][]? UpstreamAlpnOverride { get; set; }

    public Address EffectiveRemoteAddress => RemoteAddress.IsEmpty ? Connection.RemoteAddress : RemoteAddress;

    public void SetMetadata(string filter, string key, object value) =>
        (Metadata ??= new DynamicMetadata()).Set(filter, key, value);

    /// <summary>Looks in the stream's filter state, then in the connection's.</summary>
    public object? GetFilterState(string key) => FilterState?.Get(key) ?? Connection.FilterState?.Get(key);

    public void SetFilterState(string key, object value) => (FilterState ??= new FilterState()).Set(key, value);

    /// <summary>Counts a response from the cluster, or the local reply for it: cluster, virtual cluster and
    /// route.</summary>
    public void CountResponse(Cluster cluster, int worker, int code)
    {
        cluster.Stats.CountResponse(worker, code, IsInternal);
        VirtualCluster?.Stats.Count(worker, code);
        Route?.Stats?.Count(worker, code);
    }

    /// <summary>Writes the id of the stream: the request id if it is a UUID, else one of the random value.</summary>
    public void WriteStreamId(ByteBuffer output)
    {
        if (RequestHeaders is { } headers && headers.TryGet(HeaderId.XRequestId, out var id) && !id.IsEmpty)
        {
            output.Write(id);
            return;
        }
        RequestIds.Write(RandomValue * 0x9E3779B97F4A7C15UL, RandomValue, output.GetSpan(RequestIds.Length));
        output.Advance(RequestIds.Length);
    }

    /// <summary>Becomes the view of one attempt of another stream.</summary>
    public void CopyAttempt(StreamInfo whole, int code, ResponseFlags flags, long startNanos, long nowNanos)
    {
        Reset(whole.Connection);
        RequestHeaders = whole.RequestHeaders;
        Protocol = whole.Protocol;
        RandomValue = whole.RandomValue;
        RemoteAddress = whole.RemoteAddress;
        StartNanos = startNanos;
        StartUnixNanos = whole.StartUnixNanos + (startNanos - whole.StartNanos);
        LastDownstreamRxNanos = whole.LastDownstreamRxNanos;
        FirstUpstreamTxNanos = whole.FirstUpstreamTxNanos;
        LastUpstreamTxNanos = whole.LastUpstreamTxNanos;
        FirstUpstreamRxNanos = whole.FirstUpstreamRxNanos;
        LastUpstreamRxNanos = code > 0 ? nowNanos : 0;
        BytesReceived = whole.BytesReceived;
        BytesSent = whole.BytesSent;
        UpstreamWireBytesReceived = whole.UpstreamWireBytesReceived;
        UpstreamWireBytesSent = whole.UpstreamWireBytesSent;
        UpstreamHeaderBytesReceived = whole.UpstreamHeaderBytesReceived;
        UpstreamHeaderBytesSent = whole.UpstreamHeaderBytesSent;
        UpstreamDecompressedReceived = whole.UpstreamDecompressedReceived;
        UpstreamDecompressedSent = whole.UpstreamDecompressedSent;
        UpstreamConnectNanos = whole.UpstreamConnectNanos;
        UpstreamConnectedNanos = whole.UpstreamConnectedNanos;
        UpstreamHandshakeNanos = whole.UpstreamHandshakeNanos;
        FirstUpstreamBodyNanos = whole.FirstUpstreamBodyNanos;
        ResponseCode = code;
        ResponseFlags = flags;
        ResponseCodeDetails = whole.ResponseCodeDetails;
        Route = whole.Route;
        VirtualHost = whole.VirtualHost;
        RouteConfiguration = whole.RouteConfiguration;
        UpstreamClusterName = whole.UpstreamClusterName;
        UpstreamCluster = whole.UpstreamCluster;
        UpstreamHost = whole.UpstreamHost;
        UpstreamLocalAddress = whole.UpstreamLocalAddress;
        UpstreamRemoteAddress = whole.UpstreamRemoteAddress;
        UpstreamTls = whole.UpstreamTls;
        UpstreamConnectionId = whole.UpstreamConnectionId;
        UpstreamProtocol = whole.UpstreamProtocol;
        UpstreamTransportFailureReason = whole.UpstreamTransportFailureReason;
        Metadata = whole.Metadata;
        FilterState = whole.FilterState;
        Span = whole.Span;
        TraceReason = whole.TraceReason;
    }

    /// <summary>Makes the object ready for the next stream of <paramref name="connection"/>.</summary>
    public void Reset(ConnectionInfo connection)
    {
        Connection = connection;
        RequestHeaders = ResponseHeaders = ResponseTrailers = null;
        Protocol = UpstreamProtocol = HttpProtocol.None;
        RandomValue = UpstreamConnectionId = 0;
        RemoteAddress = UpstreamLocalAddress = UpstreamRemoteAddress = default;
        IsInternal = IsHealthCheck = false;
        StartNanos = StartUnixNanos = LastDownstreamRxNanos = EndNanos = 0;
        FirstUpstreamTxNanos = LastUpstreamTxNanos = FirstUpstreamRxNanos = LastUpstreamRxNanos = 0;
        FirstDownstreamTxNanos = LastDownstreamTxNanos = UpstreamWaitNanos = UpstreamReadyNanos = 0;
        BytesReceived = BytesSent = DownstreamWireBytesReceived = DownstreamWireBytesSent = 0;
        UpstreamWireBytesReceived = UpstreamWireBytesSent = 0;
        DownstreamHeaderBytesReceived = DownstreamHeaderBytesSent = 0;
        UpstreamHeaderBytesReceived = UpstreamHeaderBytesSent = 0;
        DownstreamDecompressedReceived = DownstreamDecompressedSent = 0;
        UpstreamDecompressedReceived = UpstreamDecompressedSent = 0;
        DownstreamCloseType = UpstreamCloseType = DetectedCloseType.Normal;
        DownstreamCloseReason = UpstreamCloseReason = null;
        UpstreamConnectNanos = UpstreamConnectedNanos = UpstreamHandshakeNanos = FirstUpstreamBodyNanos = 0;
        TraceReason = TraceReason.NotTraceable;
        Span = null;
        ResponseCode = AttemptCount = 0;
        ResponseFlags = ResponseFlags.None;
        ResponseCodeDetails = [];
        Route = null;
        VirtualHost = null;
        RouteConfiguration = null;
        VirtualCluster = null;
        WeightedCluster = null;
        UpstreamClusterName = "";
        UpstreamCluster = null;
        UpstreamHost = null;
        UpstreamTls = null;
        UpstreamFilterState = null;
        UpstreamTransportFailureReason = null;
        UpstreamAlpnOverride = null;
        OriginalSource = null;
        Metadata?.Clear();
        FilterState?.Clear();
    }
}
