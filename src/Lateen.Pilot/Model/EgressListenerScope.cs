using Lateen.Pilot.Graph;

namespace Lateen.Pilot.Model;

/// <summary>What one egress listener of a Sidecar imports; the default view has one that imports everything
/// visible.</summary>
/// <param name="Index">Position in the Sidecar; -1 for the default view.</param>
/// <param name="Services">Imported services, their ports cut down to the listener's port if it has one.</param>
/// <param name="VirtualServices">VirtualServices that apply, in Istio's order.</param>
public sealed record EgressListenerScope(
    int Index,
    EquatableArray<ServiceListing> Services,
    EquatableArray<VirtualServiceListing> VirtualServices);
