namespace Lateen.EndToEnd.Tests;

/// <summary>Meshes run one after another: they share the machine's processor, and what is left behind is looked
/// for.</summary>
[CollectionDefinition(Name)]
public sealed class MeshCollection
{
    public const string Name = "mesh";
}
