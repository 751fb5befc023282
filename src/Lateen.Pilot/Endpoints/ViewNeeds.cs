using Lateen.Pilot.Graph;
using Lateen.Pilot.Model;

namespace Lateen.Pilot.Endpoints;

/// <summary>What of a client's place decides about the endpoints of a service port; clients that differ in nothing of
/// it share them.</summary>
/// <param name="UsesEds">It has endpoints of its own at all.</param>
/// <param name="Cluster">The client's cluster.</param>
/// <param name="Locality">The client's locality.</param>
/// <param name="Node">The client's node.</param>
/// <param name="LabelKeys">Keys of the client's labels, sorted.</param>
internal sealed record ViewNeeds(
    bool UsesEds, bool Cluster, bool Locality, bool Node, EquatableArray<string> LabelKeys)
{
    /// <summary>Nothing.</summary>
    internal static ViewNeeds None { get; } = new(false, false, false, false, []);

    /// <summary>What this and another one need.</summary>
    internal ViewNeeds With(ViewNeeds other)
    {
        return new ViewNeeds(
            UsesEds || other.UsesEds, Cluster || other.Cluster, Locality || other.Locality, Node || other.Node,
            other.LabelKeys.IsEmpty ? LabelKeys
                : [.. LabelKeys.Items.Union(other.LabelKeys.Items).Order(StringComparer.Ordinal)]);
    }

    /// <summary>The view cut down to what is needed.</summary>
    internal EndpointView Narrow(EndpointView view)
    {
        return view with
        {
            Type = ProxyType.Sidecar,
            ClusterId = Cluster ? view.ClusterId : "",
            Locality = Locality ? view.Locality : Model.Locality.None,
            NodeName = Node ? view.NodeName : "",
            Labels = LabelKeys.IsEmpty ? Labels.Empty : view.Labels.Only(LabelKeys.Items.ToHashSet()),
        };
    }
}
