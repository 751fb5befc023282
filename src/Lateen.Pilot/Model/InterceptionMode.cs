namespace Lateen.Pilot.Model;

/// <summary>How traffic comes to a sidecar.</summary>
public enum InterceptionMode
{
    /// <summary>By iptables REDIRECT.</summary>
    Redirect,

    /// <summary>By iptables TPROXY, with the client's address kept.</summary>
    Tproxy,

    /// <summary>The application connects to the sidecar's ports itself.</summary>
    None,
}
