using Lateen.Proxy.Formatting;

namespace Lateen.Proxy.Tracing;

/// <summary>Tracing of a connection manager. Source: <c>HttpConnectionManager.Tracing</c>.</summary>
internal sealed class TracingConfig
{
    /// <summary>Null: requests are chosen and marked, but no spans are made.</summary>
    public Tracer? Tracer { get; init; }

    public required TraceSampling Sampling { get; init; }

    /// <summary>Spans tell each moment of the request.</summary>
    public bool IsVerbose { get; init; }

    /// <summary>Bytes of the path in http.url; 256 by default.</summary>
    public int PathBytesMax { get; init; } = 256;

    public CustomTag[] CustomTags { get; init; } = [];

    public FormatString? Operation { get; init; }

    public FormatString? UpstreamOperation { get; init; }

    /// <summary>Each attempt to an upstream has a span of its own.</summary>
    public bool SpawnsUpstreamSpan { get; init; }

    /// <summary>Upstreams learn of the trace.</summary>
    public bool PropagatesContext { get; init; } = true;

    public bool IsEgress { get; init; }

    public byte[] NodeId { get; init; } = [];

    public byte[] Zone { get; init; } = [];

    public required TracingStats Stats { get; init; }
}
