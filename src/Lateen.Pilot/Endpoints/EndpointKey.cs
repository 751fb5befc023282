using Lateen.Pilot.Clusters;

namespace Lateen.Pilot.Endpoints;

/// <summary>The endpoints of a service port as clients somewhere see them.</summary>
/// <param name="Port">The service port, for one kind of client.</param>
/// <param name="View">Where the client stands, as far as that matters to these endpoints.</param>
internal sealed record EndpointKey(ClusterKey Port, EndpointView View)
{
    /// <inheritdoc/>
    public override string ToString() => Port.ToString();
}
