using Lateen.Http;

namespace Lateen.Proxy.Routing;

/// <summary>Which redirects of the upstream the proxy follows itself. Source:
/// <c>route.v3.InternalRedirectPolicy</c>.</summary>
internal sealed class InternalRedirectPolicy
{
    /// <summary>Redirects of one request; one by default.</summary>
    public int RedirectsMax { get; init; } = 1;

    /// <summary>Status codes that count as redirects; 302 by default.</summary>
    public int[] Codes { get; init; } = [302];

    public bool AllowCrossScheme { get; init; }

    /// <summary>A route is followed once only.</summary>
    public bool NoPreviousRoutes { get; init; }

    /// <summary>From https only to https.</summary>
    public bool SafeCrossScheme { get; init; }

    /// <summary>Names of routes that may be followed; null: all.</summary>
    public string[]? AllowedRoutes { get; init; }

    /// <summary>Headers of the redirecting response that the new request gets.</summary>
    public HeaderName[] HeadersToCopy { get; init; } = [];
}
