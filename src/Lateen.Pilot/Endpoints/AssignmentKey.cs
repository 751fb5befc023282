using Lateen.Pilot.Model;

namespace Lateen.Pilot.Endpoints;

/// <summary>Names the endpoints of one cluster as clients of one kind see them.</summary>
/// <param name="Service">The service.</param>
/// <param name="Port">Number of its port.</param>
/// <param name="Subset">Empty for the whole service.</param>
/// <param name="ClientNamespace">Where the client's view looks for DestinationRules.</param>
/// <param name="RuleLabels">Labels that such rules select on.</param>
public sealed record AssignmentKey(ServiceKey Service, int Port, string Subset, string ClientNamespace,
    Labels RuleLabels);
