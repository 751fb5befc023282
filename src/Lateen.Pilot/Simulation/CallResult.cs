namespace Lateen.Pilot.Simulation;

/// <summary>What a described call meets on its way. An empty name means that the step has no name or was not
/// reached.</summary>
public sealed record CallResult
{
    /// <summary>Name of the listener that takes the connection.</summary>
    public string Listener { get; init; } = "";

    /// <summary>Name of the filter chain.</summary>
    public string FilterChain { get; init; } = "";

    /// <summary>Name of the route configuration when it comes by discovery; inline ones stay empty.</summary>
    public string RouteConfig { get; init; } = "";

    /// <summary>Name of the virtual host.</summary>
    public string VirtualHost { get; init; } = "";

    /// <summary>Name of the route.</summary>
    public string Route { get; init; } = "";

    /// <summary>Position of the route in its virtual host; null when no route was reached.</summary>
    public int? RouteIndex { get; init; }

    /// <summary>The one cluster that the call goes to.</summary>
    public string Cluster { get; init; } = "";

    /// <summary>The clusters and weights of a split.</summary>
    public IReadOnlyList<WeightedTarget> Weighted { get; init; } = [];

    /// <summary>The route answers with a redirect.</summary>
    public bool Redirect { get; init; }

    /// <summary>Status of the answer that the route gives itself; 0 means none.</summary>
    public uint DirectResponse { get; init; }

    /// <summary>Clusters that the route names and the proxy does not have.</summary>
    public IReadOnlyList<string> ClusterMissing { get; init; } = [];

    /// <summary>A word of <see cref="CallError"/>; empty means that the call is answered.</summary>
    public string Error { get; init; } = "";
}
