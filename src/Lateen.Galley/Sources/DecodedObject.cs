using Lateen.Core.Yaml;

namespace Lateen.Galley;

/// <summary>What became of one document.</summary>
/// <param name="Document">The document.</param>
/// <param name="Key">What object it is; null when it cannot be told or is none that the mesh knows.</param>
/// <param name="Config">The object; null when there are errors, and for kinds that are no concern of the mesh.</param>
/// <param name="Result">What is wrong with it.</param>
public sealed record DecodedObject(
    YamlNode Document, ConfigKey? Key, ConfigObject? Config, ValidationResult Result)
{
    /// <summary>Whether the document is an object of a kind that the mesh does not look at.</summary>
    public bool IsForeign => Config is null && Key is null && Result.IsValid;
}
