using Lateen.Proxy.Http;

namespace Lateen.Proxy.Clusters;

/// <summary>Which HTTP protocol is spoken upstream, and its options. Source:
/// <c>upstreams.http.v3.HttpProtocolOptions</c>.</summary>
internal sealed record UpstreamHttpOptions
{
    public UpstreamProtocol Protocol { get; init; } = UpstreamProtocol.Http1;

    /// <summary>In place of the routes'; null: they say it.</summary>
    public Routing.RetryPolicy? RetryPolicy { get; init; }

    /// <summary>In place of the routes'; empty: they say it.</summary>
    public System.Collections.Immutable.ImmutableArray<Routing.MirrorPolicy> MirrorPolicies { get; init; } = [];

    /// <summary>In place of the routes'; empty: they say it.</summary>
    public Routing.HashPolicy[] HashPolicies { get; init; } = [];

    /// <summary>Nanoseconds an idle connection is kept; one hour by default, zero: forever.</summary>
    public long IdleTimeoutNanos { get; init; } = 3_600_000_000_000;

    /// <summary>Nanoseconds; zero: unlimited.</summary>
    public long MaxConnectionDurationNanos { get; init; }

    /// <summary>Nanoseconds; zero: unlimited. Exceeding it resets the stream (UMSDR).</summary>
    public long MaxStreamDurationNanos { get; init; }

    /// <summary>Requests a connection serves; zero: unlimited.</summary>
    public int MaxRequestsPerConnection { get; init; }

    public int MaxHeadersCount { get; init; } = 100;

    /// <summary>Of responses, in KiB; 80 for HTTP/1, 60 otherwise when zero.</summary>
    public int MaxHeadersKb { get; init; }

    /// <summary>Server name of the upstream TLS connection := host of the request.</summary>
    public bool AutoSni { get; init; }

    /// <summary>The request header that the name is taken from; null: the authority.</summary>
    public Lateen.Http.HeaderName? AutoSniHeader { get; init; }

    /// <summary>The upstream certificate must carry that name.</summary>
    public bool AutoSanValidation { get; init; }

    /// <summary>HTTP/1 header case: null, <c>proper</c> (Each-Word) or <c>preserve</c>.</summary>
    public string? HeaderKeyFormat { get; init; }

    /// <summary>HTTP/1: the request line holds the whole URL.</summary>
    public bool SendFullyQualifiedUrl { get; init; }

    /// <summary>How names of headers are written.</summary>
    public Lateen.Http.Http1.HeaderCase HeaderCase => Http1Options.CaseOf(HeaderKeyFormat);

    /// <summary>HTTP/2: streams per connection; Envoy's default of 1024.</summary>
    public int MaxConcurrentStreams { get; init; } = 1024;

    /// <summary>HTTP/2: windows, limits and keepalive.</summary>
    public Http2Options Http2 { get; init; } = new();

    /// <summary>Filters of each attempt, without the codec that ends them.</summary>
    public Filters.HttpFilter[] Filters { get; init; } = [];

    public bool EnableTrailers { get; init; }
}
