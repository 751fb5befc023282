namespace Lateen.Citadel.Authority;

/// <summary>Where an authority came from.</summary>
public enum CaSource
{
    /// <summary>A root that this mesh made for itself.</summary>
    SelfSigned,

    /// <summary>Files that an operator gave.</summary>
    PluggedIn,
}
