using System.Diagnostics.CodeAnalysis;

namespace Lateen.Core.Yaml;

/// <summary>A map with string keys, in the order written. No key occurs twice.</summary>
public sealed class YamlMapping : YamlNode
{
    private readonly Dictionary<string, YamlNode> _byKey;

    /// <summary>A map of these entries.</summary>
    /// <exception cref="ArgumentException">Two entries have the same key.</exception>
    public YamlMapping(IReadOnlyList<KeyValuePair<YamlScalar, YamlNode>> entries, SourcePosition position = default)
        : base(position)
    {
        Entries = entries;
        _byKey = new Dictionary<string, YamlNode>(entries.Count, StringComparer.Ordinal);
        foreach (var (key, value) in entries)
        {
            _byKey.Add(key.Value, value);
        }
    }

    /// <summary>A map made in code.</summary>
    public YamlMapping(params (string Key, YamlNode Value)[] entries)
        : this(entries.Select(e => KeyValuePair.Create(new YamlScalar(e.Key), e.Value)).ToList())
    {
    }

    /// <summary>In the order written.</summary>
    public IReadOnlyList<KeyValuePair<YamlScalar, YamlNode>> Entries { get; }

    /// <summary>The value under that key.</summary>
    public bool TryGet(string key, [NotNullWhen(true)] out YamlNode? value) => _byKey.TryGetValue(key, out value);

    /// <inheritdoc/>
    public override string Describe() => "a map";
}
