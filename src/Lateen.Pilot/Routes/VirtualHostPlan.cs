using Lateen.Pilot.Model;

namespace Lateen.Pilot.Routes;

/// <summary>Routes and the hosts that share them, before virtual hosts are made of each host.</summary>
/// <param name="Port">Port of the listener.</param>
/// <param name="Services">Known services: each gets a virtual host with all its names.</param>
/// <param name="Hosts">Hosts of a rule that no service stands for.</param>
/// <param name="Routes">The routes, at least one.</param>
internal sealed record VirtualHostPlan(
    int Port, IReadOnlyList<Service> Services, IReadOnlyList<string> Hosts, EncodedRoutes Routes);
