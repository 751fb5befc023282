using Lateen.Proxy.Routing;
using Lateen.Proxy.Runtime;

namespace Lateen.Proxy.RateLimits;

/// <summary>Settings of the filter <c>ratelimit</c>. Source: <c>ratelimit.v3.RateLimit</c>.</summary>
internal sealed record RateLimitConfig
{
    public required GrpcServiceTarget Service { get; init; }

    public required string Domain { get; init; }

    public uint Stage { get; init; }

    /// <summary>Only requests of inside are counted.</summary>
    public bool InternalOnly { get; init; }

    /// <summary>Only requests of outside are counted.</summary>
    public bool ExternalOnly { get; init; }

    /// <summary>Requests are refused when the service cannot be asked.</summary>
    public bool FailureModeDeny { get; init; }

    /// <summary>Instead of <see cref="FailureModeDeny"/>, the share of requests that fail; null: not given.</summary>
    public FractionalPercent? DenyShare { get; init; }

    public bool ResourceExhausted { get; init; }

    /// <summary>The <c>x-ratelimit-</c> headers are added.</summary>
    public bool EnableHeaders { get; init; }

    /// <summary>Refusals say when to come again, unless the service does.</summary>
    public bool EnableRetryAfter { get; init; }

    /// <summary><c>x-envoy-ratelimited</c> is left out.</summary>
    public bool DisableLimitedHeader { get; init; }

    /// <summary>Status of refused requests.</summary>
    public int Status { get; init; } = 429;

    /// <summary>Status when the service cannot be asked and that refuses.</summary>
    public int StatusOnError { get; init; } = 500;

    public required HeaderMutations ResponseHeaders { get; init; }

    /// <summary>Part of the statistics' names, with its dot; empty when there is none.</summary>
    public string StatPrefix { get; init; } = "";

    public FractionalPercent Enabled { get; init; } = FractionalPercent.All;

    public FractionalPercent Enforced { get; init; } = FractionalPercent.All;

    /// <summary>Policies that stand in place of the route's.</summary>
    public RateLimitPolicy[] Policies { get; init; } = [];

    /// <summary>Namespace of the metadata that the service sends.</summary>
    public string MetadataNamespace { get; init; } = "envoy.filters.http.ratelimit";
}

/// <summary>Settings of a route. Source: <c>RateLimitPerRoute</c>.</summary>
/// <param name="Domain">Another domain; empty: the filter's.</param>
/// <param name="VirtualHost">What becomes of the virtual host's policies.</param>
/// <param name="Policies">Policies in place of all others.</param>
internal sealed record RateLimitRouteSettings(
    string Domain, VirtualHostRateLimits VirtualHost, RateLimitPolicy[] Policies);
