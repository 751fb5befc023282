namespace Lateen.Pilot.Simulation;

/// <summary>Where a described call enters the proxy.</summary>
public enum CallMode
{
    /// <summary>Traffic that leaves the workload and was captured. The default.</summary>
    Outbound,

    /// <summary>Captured traffic to the workload: always enters the catch-all inbound listener.</summary>
    Inbound,

    /// <summary>A connection to a port that a gateway has bound.</summary>
    Gateway,
}
