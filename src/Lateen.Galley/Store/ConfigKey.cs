namespace Lateen.Galley;

/// <summary>What makes an object that object.</summary>
/// <param name="Kind">Its kind.</param>
/// <param name="Namespace">Empty for kinds without namespaces.</param>
/// <param name="Name">Its name.</param>
public readonly record struct ConfigKey(ConfigKind Kind, string Namespace, string Name)
{
    /// <summary><c>Kind/namespace/name</c>.</summary>
    public override string ToString() =>
        Namespace.Length == 0 ? $"{Kind.Kind}/{Name}" : $"{Kind.Kind}/{Namespace}/{Name}";
}
