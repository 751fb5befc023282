namespace Lateen.Core.Yaml;

/// <summary>A list.</summary>
public sealed class YamlSequence(IReadOnlyList<YamlNode> items, SourcePosition position = default) : YamlNode(position)
{
    /// <summary>In the order written.</summary>
    public IReadOnlyList<YamlNode> Items { get; } = items;

    /// <inheritdoc/>
    public override string Describe() => "a list";
}
