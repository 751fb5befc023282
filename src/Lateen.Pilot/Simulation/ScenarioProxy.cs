using Lateen.Pilot.Model;

namespace Lateen.Pilot.Simulation;

/// <summary>A proxy of a scenario.</summary>
/// <param name="Name">Its name in the scenario.</param>
/// <param name="Proxy">As its node message describes it.</param>
public sealed record ScenarioProxy(string Name, Proxy Proxy);
