using Istio.Networking.V1Alpha3;
using Lateen.Pilot.Graph;
using Lateen.Pilot.Model;
using Lateen.Pilot.Routes;

namespace Lateen.Pilot.Listeners;

/// <summary>
/// One egress listener of the Sidecar that applies to a proxy, with what it imports. Without a Sidecar there is a
/// single one that imports everything. What is not asked for is not read.
/// </summary>
/// <param name="spec">As declared; null for the implicit one.</param>
/// <param name="index">Position in the view's listeners.</param>
/// <param name="services">Visible services in their order of precedence.</param>
/// <param name="connectionRules">Visible rules for connections.</param>
internal sealed class EgressListener(
    IstioEgressListener? spec,
    int index,
    Lazy<EquatableArray<Service>> services,
    Lazy<EquatableArray<VirtualServiceConfig>> connectionRules)
{
    /// <summary>As declared; null for the implicit one.</summary>
    internal IstioEgressListener? Spec => spec;

    /// <summary>Position in the view's listeners.</summary>
    internal int Index => index;

    /// <summary>Visible services in their order of precedence.</summary>
    internal EquatableArray<Service> Services => services.Value;

    /// <summary>Visible rules for connections, without their rules for requests, in their order of
    /// precedence.</summary>
    internal EquatableArray<VirtualServiceConfig> ConnectionRules => connectionRules.Value;

    /// <summary>The declared port; null for the one that takes all others.</summary>
    internal SidecarPort? Port => spec?.Port;

    /// <summary>The declared address; empty means the addresses of the services.</summary>
    internal string Bind => spec?.Bind ?? "";
}
