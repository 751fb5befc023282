using Lateen.Pilot.Model;

namespace Lateen.Pilot.Clusters;

/// <summary>One service port for one kind of client.</summary>
internal sealed record ClusterKey(OutboundClient Client, ServiceKey Service, int Port, bool SniDnat)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Service} port {Port}";
}
