namespace Lateen.Pilot.Model;

/// <summary>First part of a node id.</summary>
public enum ProxyType
{
    /// <summary>Beside an application.</summary>
    Sidecar,

    /// <summary>A gateway.</summary>
    Router,
}
