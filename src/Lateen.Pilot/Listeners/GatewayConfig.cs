using Istio.Networking.V1Alpha3;

namespace Lateen.Pilot.Listeners;

/// <summary>A Gateway that selects a proxy.</summary>
/// <param name="Namespace">Namespace of the object.</param>
/// <param name="Name">Name of the object.</param>
/// <param name="Spec">As declared.</param>
/// <param name="ListenPorts">Ports of the proxy for a declared port; none when it has no such port.</param>
internal sealed record GatewayConfig(
    string Namespace, string Name, Gateway Spec, Func<int, IReadOnlyList<int>> ListenPorts)
{
    /// <summary>How VirtualServices name it.</summary>
    internal string FullName => $"{Namespace}/{Name}";
}
