using Istio.Networking.V1Alpha3;

namespace Lateen.Pilot.Listeners;

/// <summary>What happens to traffic that no service stands for.</summary>
/// <param name="Mode">Let through, refused, or resolved by name.</param>
/// <param name="EgressProxy">Where it goes when it is let through; null means to its original destination.</param>
internal sealed record OutboundPolicy(OutboundPolicyMode Mode, Destination? EgressProxy = null);

/// <summary>Whether unknown traffic may leave.</summary>
internal enum OutboundPolicyMode
{
    /// <summary>Refused.</summary>
    RegistryOnly,

    /// <summary>Let through to its original destination.</summary>
    AllowAny,

    /// <summary>As <see cref="AllowAny"/>, and HTTP goes to the host that it names.</summary>
    AllowAnyDynamicDns,
}
