namespace Lateen.Proxy.Routing;

/// <summary>One scope with its route table. Source: <c>route.v3.ScopedRouteConfiguration</c>.</summary>
internal sealed class RouteScope
{
    public required string Name { get; init; }

    /// <summary>As <see cref="ScopeKeyBuilder.Build"/> makes it.</summary>
    public required byte[] Key { get; init; }

    /// <summary>Its table, fixed or by RDS.</summary>
    public required RouteConfigurationSlot Routes { get; init; }

    /// <summary>The table is asked for when the first request needs it.</summary>
    public bool IsOnDemand { get; init; }
}
