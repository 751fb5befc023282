using Istio.Networking.V1Alpha3;
using Lateen.Pilot.Model;
using Lateen.Pilot.Routes;

namespace Lateen.Pilot.Listeners;

/// <summary>
/// One egress listener of the Sidecar that applies to a proxy, with what it imports. Without a Sidecar there is a
/// single one that imports everything.
/// </summary>
/// <param name="Spec">As declared; null for the implicit one.</param>
/// <param name="Services">Visible services in their order of precedence.</param>
/// <param name="VirtualServices">Visible rules for the mesh in their order of precedence.</param>
internal sealed record EgressListener(
    IstioEgressListener? Spec,
    IReadOnlyList<Service> Services,
    IReadOnlyList<VirtualServiceConfig> VirtualServices)
{
    /// <summary>The declared port; null for the one that takes all others.</summary>
    internal SidecarPort? Port => Spec?.Port;

    /// <summary>The declared address; empty means the addresses of the services.</summary>
    internal string Bind => Spec?.Bind ?? "";
}
