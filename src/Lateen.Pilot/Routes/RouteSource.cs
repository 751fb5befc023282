using Lateen.Pilot.Graph;
using Lateen.Pilot.Model;

namespace Lateen.Pilot.Routes;

/// <summary>Where a sidecar's route configurations get their rules and routes from. The first argument of each is the
/// position of the egress listener in the view.</summary>
internal sealed record RouteSource
{
    /// <summary>The routes of a VirtualService at a port; none when no rule of it applies there.</summary>
    internal required Func<int, ObjectKey, int, EncodedRoutes> OfRule { get; init; }

    /// <summary>The route of a service port without rules.</summary>
    internal required Func<string, int, EncodedRoutes> Default { get; init; }

    /// <summary>All rules that the listener imports, in order of precedence.</summary>
    internal required Func<int, EquatableArray<VirtualServiceListing>> Rules { get; init; }

    /// <summary>Those of them that cover a host.</summary>
    internal required Func<int, string, EquatableArray<VirtualServiceListing>> RulesFor { get; init; }

    /// <summary>The imported service of a host, or null.</summary>
    internal required Func<int, string, Service?> ServiceOf { get; init; }
}
