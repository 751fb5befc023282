namespace Lateen.Pilot.Model;

/// <summary>Names a service. The same host may be declared in several namespaces.</summary>
public readonly record struct ServiceKey(string Hostname, string Namespace)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Hostname}@{Namespace}";
}
