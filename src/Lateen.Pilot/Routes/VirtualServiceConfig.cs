using Istio.Networking.V1Alpha3;

namespace Lateen.Pilot.Routes;

/// <summary>
/// A VirtualService that is ready for use: hosts and destinations are full names, gateways are <c>namespace/name</c> or
/// <c>mesh</c>, delegates are spliced in.
/// </summary>
/// <param name="Namespace">Namespace of the object.</param>
/// <param name="Name">Name of the object.</param>
/// <param name="Spec">The rules. Never changed.</param>
public sealed record VirtualServiceConfig(string Namespace, string Name, VirtualService Spec)
{
    /// <summary>The reserved gateway that stands for all sidecars.</summary>
    public const string MeshGateway = "mesh";

    /// <summary>Whether the rules are bound to this gateway, at the top or in any match.</summary>
    public bool IsBoundTo(string gateway)
    {
        return Spec.Gateways.Contains(gateway);
    }
}
