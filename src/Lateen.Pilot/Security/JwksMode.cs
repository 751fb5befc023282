namespace Lateen.Pilot.Security;

/// <summary>Who fetches keys that a rule names by address (PILOT_JWT_ENABLE_REMOTE_JWKS).</summary>
public enum JwksMode
{
    /// <summary>The control plane, which hands them to the proxies (<c>false</c>, <c>istiod</c>; default).</summary>
    ControlPlane,

    /// <summary>Proxies that know the address's host as a service, else the control plane (<c>true</c>,
    /// <c>hybrid</c>).</summary>
    Hybrid,

    /// <summary>The proxies, from a cluster whose name follows from the address (<c>envoy</c>).</summary>
    Proxy,
}
