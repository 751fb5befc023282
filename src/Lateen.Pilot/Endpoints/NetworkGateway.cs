namespace Lateen.Pilot.Endpoints;

/// <summary>The way into a network.</summary>
/// <param name="Network">The network.</param>
/// <param name="Cluster">The cluster of the gateway's service; empty when given by address.</param>
/// <param name="Address">IP address.</param>
/// <param name="Port">15443 unless told otherwise.</param>
public sealed record NetworkGateway(string Network, string Cluster, string Address, int Port);
