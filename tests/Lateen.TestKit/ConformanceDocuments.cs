using System.Collections.Immutable;
using Lateen.Core.Yaml;

namespace Lateen.TestKit;

/// <summary>Reads files of the conformance data with our own reader of YAML.</summary>
public static class ConformanceDocuments
{
    /// <summary>All documents of a YAML or JSON file of a suite.</summary>
    /// <exception cref="InvalidDataException">A document cannot be read.</exception>
    public static ImmutableArray<YamlNode> Load(string suite, params string[] parts) =>
        LoadFile(Path.Combine([Conformance.Suite(suite), .. parts]));

    /// <summary>All documents of a YAML or JSON file.</summary>
    /// <exception cref="InvalidDataException">A document cannot be read.</exception>
    public static ImmutableArray<YamlNode> LoadFile(string path)
    {
        var stream = YamlReader.Read(File.ReadAllText(path), path);
        return stream.Errors.IsEmpty
            ? stream.Documents
            : throw new InvalidDataException(string.Join('\n', stream.Errors));
    }
}
