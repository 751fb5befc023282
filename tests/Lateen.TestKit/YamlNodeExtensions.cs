using YamlDotNet.RepresentationModel;

namespace Lateen.TestKit;

/// <summary>Short ways to read the cases of a conformance suite.</summary>
public static class YamlNodeExtensions
{
    /// <summary>The field; null when it is absent.</summary>
    public static YamlNode? Find(this YamlNode node, string key) =>
        node is YamlMappingNode map && map.Children.TryGetValue(new YamlScalarNode(key), out var value) ? value : null;

    /// <summary>The field as text; null when it is absent or a plain null.</summary>
    public static string? Text(this YamlNode node, string key)
    {
        var scalar = node.Find(key) as YamlScalarNode;
        return scalar is { Style: YamlDotNet.Core.ScalarStyle.Plain, Value: "null" or "~" or "" } ? null
            : scalar?.Value;
    }

    /// <summary>The field as a truth value; false when it is absent.</summary>
    public static bool Flag(this YamlNode node, string key) => node.Text(key) == "true";

    /// <summary>The field as a list of texts; a single text counts as a list of one, an absent field as none.</summary>
    public static List<string> Texts(this YamlNode node, string key) => node.Find(key) switch
    {
        YamlSequenceNode sequence => [.. sequence.Select(item => ((YamlScalarNode)item).Value ?? "")],
        YamlScalarNode scalar => [scalar.Value ?? ""],
        _ => [],
    };

    /// <summary>The entries of the field, a mapping; none when it is absent.</summary>
    public static IEnumerable<(string Key, YamlNode Value)> Entries(this YamlNode node, string key) =>
        node.Find(key) is YamlMappingNode map
            ? map.Children.Select(entry => (((YamlScalarNode)entry.Key).Value ?? "", entry.Value))
            : [];
}
