namespace Lateen.Core.Yaml;

/// <summary>One value of a YAML or JSON document, which knows where it was written. Immutable once read.</summary>
public abstract class YamlNode(SourcePosition position)
{
    /// <summary>Where the value begins.</summary>
    public SourcePosition Position { get; } = position;

    /// <summary>What a reader calls it in a message: <c>a map</c>, <c>a list</c>, <c>a string</c>…</summary>
    public abstract string Describe();

    /// <summary>Whether this is an explicit or empty null.</summary>
    public bool IsNull => this is YamlScalar { Kind: YamlScalarKind.Null };

    /// <summary>The child of that name when this is a map that has it; null otherwise.</summary>
    public YamlNode? this[string key] => this is YamlMapping map && map.TryGet(key, out var value) ? value : null;

    /// <summary>The text of a scalar; null for maps, lists and nulls.</summary>
    public string? Text => this is YamlScalar { Kind: not YamlScalarKind.Null } scalar ? scalar.Value : null;

    /// <summary>
    /// Whether both hold the same data. Positions, quoting and the order of keys do not count; <c>1</c> and <c>"1"</c>
    /// differ.
    /// </summary>
    public static bool DeepEquals(YamlNode? left, YamlNode? right)
    {
        if (ReferenceEquals(left, right))
        {
            return true;
        }

        switch (left, right)
        {
            case (YamlScalar a, YamlScalar b):
                return a.Kind == b.Kind && (a.Kind == YamlScalarKind.Null || a.Value == b.Value);
            case (YamlSequence a, YamlSequence b):
                return a.Items.Count == b.Items.Count && a.Items.Zip(b.Items).All(p => DeepEquals(p.First, p.Second));
            case (YamlMapping a, YamlMapping b):
                return a.Entries.Count == b.Entries.Count
                    && a.Entries.All(e => b.TryGet(e.Key.Value, out var other) && DeepEquals(e.Value, other));
            default:
                return false;
        }
    }
}
