namespace Lateen.Proxy.RateLimits;

/// <summary>What becomes of a virtual host's policies. Source: <c>VhRateLimitsOptions</c>.</summary>
internal enum VirtualHostRateLimits : byte
{
    /// <summary>They count where the route has none.</summary>
    Override,

    /// <summary>They count too.</summary>
    Include,

    /// <summary>They never count.</summary>
    Ignore,
}
