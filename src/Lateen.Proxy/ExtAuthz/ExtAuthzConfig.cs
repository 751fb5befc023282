using Lateen.Http;
using Lateen.Proxy.Clusters;
using Lateen.Proxy.Routing;

namespace Lateen.Proxy.ExtAuthz;

/// <summary>Settings of <c>ext_authz</c>. Source: <c>ext_authz.v3.ExtAuthz</c>.</summary>
internal sealed class ExtAuthzConfig
{
    /// <summary>The service's cluster.</summary>
    public required ClusterSlot Cluster { get; init; }

    /// <summary>The service speaks gRPC; otherwise it is asked with plain requests.</summary>
    public bool IsGrpc { get; init; }

    public byte[] Authority { get; init; } = [];

    public long TimeoutNanos { get; init; } = 200_000_000;

    /// <summary>Requests pass when the service fails.</summary>
    public bool FailureModeAllow { get; init; }

    public bool FailureModeAllowHeaderAdd { get; init; }

    public int StatusOnError { get; init; } = 403;

    /// <summary>Bytes of the request's body for the service; zero: none.</summary>
    public int BodyBytesMax { get; init; }

    /// <summary>A longer body is cut instead of refused.</summary>
    public bool AllowPartialBody { get; init; }

    public bool ClearRouteCache { get; init; }

    public FractionalPercent Enabled { get; init; } = FractionalPercent.All;

    public bool IncludePeerCertificate { get; init; }

    public bool IncludeTlsSession { get; init; }

    /// <summary>Namespaces of dynamic metadata that the service is told.</summary>
    public string[] MetadataNamespaces { get; init; } = [];

    /// <summary>Request headers for the service; null: all (gRPC) or the standard ones.</summary>
    public StringMatcher[]? AllowedHeaders { get; init; }

    public StringMatcher[] DisallowedHeaders { get; init; } = [];

    public byte[] PathPrefix { get; init; } = [];

    public (HeaderName Name, byte[] Value)[] HeadersToAdd { get; init; } = [];

    public StringMatcher[] UpstreamHeaders { get; init; } = [];

    public StringMatcher[] UpstreamHeadersToAppend { get; init; } = [];

    /// <summary>Of a refusal, for the client; null: all.</summary>
    public StringMatcher[]? ClientHeaders { get; init; }

    public StringMatcher[] ClientHeadersOnSuccess { get; init; } = [];

    /// <summary>Whether one of the rules fits a lower-case name.</summary>
    public static bool Fits(StringMatcher[] rules, ReadOnlySpan<byte> name)
    {
        foreach (var rule in rules)
        {
            if (rule.IsMatch(name))
            {
                return true;
            }
        }
        return false;
    }
}

/// <summary>Settings of a route.</summary>
internal sealed record ExtAuthzRouteSettings(
    bool Disabled, IReadOnlyDictionary<string, string> ContextExtensions, bool DisableBody);
