using Lateen.Pilot.Model;

namespace Lateen.Pilot.Routes;

/// <summary>Names a route configuration.</summary>
/// <param name="Client">For which kind of client.</param>
/// <param name="Name">Its name.</param>
internal sealed record RouteKey(ProxyGroup Client, string Name);
