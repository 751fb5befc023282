using Envoy.Config.Route.V3;
using Envoy.Extensions.Common.DynamicForwardProxy.V3;
using Lateen.Pilot.Model;

namespace Lateen.Pilot.Listeners;

/// <summary>What differs between connection managers of one proxy.</summary>
internal sealed record HttpConnectionManagerOptions
{
    /// <summary>The side, which decides filters and headers.</summary>
    public required ListenerClass Side { get; init; }

    /// <summary>Name in statistics, with its final delimiter.</summary>
    public required string StatPrefix { get; init; }

    /// <summary>Name of the route configuration that comes by discovery; null with an inline one.</summary>
    public string? RouteConfigName { get; init; }

    /// <summary>The inline route configuration.</summary>
    public RouteConfiguration? RouteConfig { get; init; }

    /// <summary>Protocol of the port.</summary>
    public Protocol Protocol { get; init; } = Protocol.Http;

    /// <summary>The cache in which hosts that no service stands for are looked up; null where none are.</summary>
    public DnsCacheConfig? DnsCache { get; init; }

    /// <summary>Requests may have absolute URLs: an explicit HTTP proxy.</summary>
    public bool AllowAbsoluteUrl { get; init; }
}
