using Istio.Networking.V1Alpha3;
using Lateen.Pilot.Model;
using ServicePort = Lateen.Pilot.Model.ServicePort;

namespace Lateen.Pilot.Endpoints;

/// <summary>How the endpoints of one cluster are to be put together, before it is known for whom.</summary>
/// <param name="Port">The service's port.</param>
/// <param name="SubsetLabels">Labels of the subset; none for the whole service.</param>
/// <param name="Locality">Locality settings in force; null for none.</param>
/// <param name="HasOutlierDetection">Failover by locality can work.</param>
/// <param name="RuleTlsMode">TLS mode that the rule asks for; null when it says nothing.</param>
/// <param name="SendUnhealthy">Endpoints that are not ready are sent, marked.</param>
/// <param name="ClusterLocal">Only endpoints of the client's cluster count.</param>
public sealed record AssignmentPlan(
    ServicePort Port,
    Labels SubsetLabels,
    LocalitySettings? Locality,
    bool HasOutlierDetection,
    ClientTLSSettings.Types.TLSmode? RuleTlsMode,
    bool SendUnhealthy,
    bool ClusterLocal)
{
    /// <summary>What of a client's place these endpoints look at.</summary>
    internal ViewNeeds NeedsOf(Service service)
    {
        var ordered = Locality is not null && Locality.Orders(HasOutlierDetection);
        var labels = ordered ? Locality!.FailoverPriority : [];
        return new ViewNeeds(
            UsesEds: true,
            Cluster: ClusterLocal || labels.Contains(WellKnownLabels.Cluster),
            Locality: ordered,
            Node: service.NodeLocal || labels.Contains(WellKnownLabels.Hostname),
            LabelKeys: [.. labels.Select(label => label.Split('=')[0]).Distinct().Order(StringComparer.Ordinal)]);
    }
}
