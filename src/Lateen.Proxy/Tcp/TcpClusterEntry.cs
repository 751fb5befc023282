using Lateen.Proxy.Clusters;

namespace Lateen.Proxy.Tcp;

/// <summary>A cluster that connections go to.</summary>
/// <param name="Cluster">The cluster.</param>
/// <param name="Weight">Its share among several.</param>
/// <param name="Subset">Metadata that its hosts must have; null: none.</param>
internal sealed record TcpClusterEntry(ClusterSlot Cluster, uint Weight, SubsetCriteria? Subset);
