namespace Lateen.Pilot.Model;

/// <summary>
/// What a proxy may see of the mesh: the default view of a namespace, or the view that a Sidecar object gives it.
/// Proxies of several namespaces share a default view while nothing in the mesh tells these namespaces apart; then
/// <paramref name="Namespace"/> is <see cref="AnyNamespace"/>.
/// </summary>
/// <param name="Namespace">Namespace in which visibility is judged.</param>
/// <param name="SidecarNamespace">Namespace of the Sidecar object; empty for the default view.</param>
/// <param name="SidecarName">Name of the Sidecar object; empty for the default view.</param>
public sealed record ScopeKey(string Namespace, string SidecarNamespace = "", string SidecarName = "")
{
    /// <summary>A namespace that no object can have: only what is exported to all is seen.</summary>
    public const string AnyNamespace = "~any";

    /// <summary>Whether no Sidecar object applies.</summary>
    public bool IsDefault => SidecarName.Length == 0;

    /// <inheritdoc/>
    public override string ToString() => IsDefault ? Namespace : $"{Namespace}/{SidecarNamespace}.{SidecarName}";
}
