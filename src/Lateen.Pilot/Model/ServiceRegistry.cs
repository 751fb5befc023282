namespace Lateen.Pilot.Model;

/// <summary>Where a service was declared.</summary>
public enum ServiceRegistry
{
    /// <summary>A Kubernetes Service.</summary>
    Kubernetes,

    /// <summary>A ServiceEntry.</summary>
    External,
}
