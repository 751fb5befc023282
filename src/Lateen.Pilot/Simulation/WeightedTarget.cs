namespace Lateen.Pilot.Simulation;

/// <summary>One part of a traffic split.</summary>
/// <param name="Cluster">Cluster name.</param>
/// <param name="Weight">Share, relative to the sum.</param>
public sealed record WeightedTarget(string Cluster, uint Weight);
