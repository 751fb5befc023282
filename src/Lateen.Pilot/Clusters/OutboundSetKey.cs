using Lateen.Pilot.Endpoints;
using Lateen.Pilot.Model;

namespace Lateen.Pilot.Clusters;

/// <summary>Names a set of outbound clusters that groups share.</summary>
/// <param name="Scope">What is seen.</param>
/// <param name="Client">Which kind of client sees it.</param>
/// <param name="View">Where the client stands, for clusters with endpoints inside.</param>
/// <param name="SniDnat">An east-west gateway: clusters by server name as well.</param>
public sealed record OutboundSetKey(ScopeKey Scope, OutboundClient Client, EndpointView View, bool SniDnat);
