namespace Lateen.Pilot.Model;

/// <summary>How a proxy finds the endpoints of a service.</summary>
public enum Resolution
{
    /// <summary>The control plane names them (a Kubernetes Service with an address; STATIC).</summary>
    ClientSideLoadBalancing,

    /// <summary>The proxy goes to the address that the application chose (headless; NONE).</summary>
    Passthrough,

    /// <summary>The proxy asks DNS and balances over all answers.</summary>
    Dns,

    /// <summary>The proxy asks DNS and uses the first answer for new connections.</summary>
    DnsRoundRobin,

    /// <summary>The proxy asks DNS for the host of each connection.</summary>
    DynamicDns,

    /// <summary>Another name of an outside host (ExternalName).</summary>
    Alias,
}
