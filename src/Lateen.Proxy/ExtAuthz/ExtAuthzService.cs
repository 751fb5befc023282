using Lateen.Http;
using Lateen.Proxy.Clusters;
using Lateen.Proxy.Formatting;
using Lateen.Proxy.Routing;
using Lateen.Proxy.Runtime;

namespace Lateen.Proxy.ExtAuthz;

/// <summary>An authorization service. Source: <c>GrpcService</c> and <c>ext_authz.v3.HttpService</c>.</summary>
internal sealed class ExtAuthzService
{
    /// <summary>The service speaks gRPC; null: it is asked with plain requests.</summary>
    public GrpcServiceTarget? Grpc { get; init; }

    /// <summary>Of plain requests.</summary>
    public ClusterSlot? Cluster { get; init; }

    public long TimeoutNanos { get; init; }

    /// <summary>Which plain requests are made again; null: none.</summary>
    public RetryPolicy? Retries { get; init; }

    /// <summary>In front of the request's path.</summary>
    public byte[] PathPrefix { get; init; } = [];

    /// <summary>Instead of the request's path; empty: none.</summary>
    public byte[] PathOverride { get; init; } = [];

    public (HeaderName Name, FormatString Value)[] HeadersToAdd { get; init; } = [];

    public StringMatcher[] UpstreamHeaders { get; init; } = [];

    public StringMatcher[] UpstreamHeadersToAppend { get; init; } = [];

    /// <summary>Of a refusal, for the client; null: all.</summary>
    public StringMatcher[]? ClientHeaders { get; init; }

    public StringMatcher[] ClientHeadersOnSuccess { get; init; } = [];

    /// <summary>Headers of an answer that become dynamic metadata.</summary>
    public StringMatcher[] MetadataHeaders { get; init; } = [];
}
