using System.Collections.Immutable;

namespace Lateen.Pilot.Model;

/// <summary>Labels of an object: sorted, immutable, equal by content.</summary>
public sealed class Labels : IEquatable<Labels>
{
    private readonly ImmutableArray<KeyValuePair<string, string>> _items;

    private Labels(ImmutableArray<KeyValuePair<string, string>> items)
    {
        _items = items;
    }

    /// <summary>No labels.</summary>
    public static Labels Empty { get; } = new([]);

    /// <summary>The labels, by key.</summary>
    public ImmutableArray<KeyValuePair<string, string>> Items => _items;

    /// <summary>How many.</summary>
    public int Count => _items.Length;

    /// <summary>Copies and sorts.</summary>
    public static Labels From(IEnumerable<KeyValuePair<string, string>> labels)
    {
        ArgumentNullException.ThrowIfNull(labels);
        var items = labels.OrderBy(l => l.Key, StringComparer.Ordinal).ToImmutableArray();
        return items.IsEmpty ? Empty : new Labels(items);
    }

    /// <summary>The value of a label, or null.</summary>
    public string? Get(string key)
    {
        foreach (var item in _items)
        {
            if (item.Key == key)
            {
                return item.Value;
            }
        }
        return null;
    }

    /// <summary>Whether every label of the selector is here with that value; an empty selector matches all.</summary>
    public bool Matches(IEnumerable<KeyValuePair<string, string>> selector)
    {
        ArgumentNullException.ThrowIfNull(selector);
        foreach (var (key, value) in selector)
        {
            if (Get(key) != value)
            {
                return false;
            }
        }
        return true;
    }

    /// <summary>Only the labels whose keys are asked for.</summary>
    public Labels Only(IReadOnlySet<string> keys)
    {
        ArgumentNullException.ThrowIfNull(keys);
        var kept = _items.Where(i => keys.Contains(i.Key)).ToImmutableArray();
        return kept.Length == _items.Length ? this : kept.IsEmpty ? Empty : new Labels(kept);
    }

    /// <inheritdoc/>
    public bool Equals(Labels? other)
        => other is not null && (ReferenceEquals(this, other) || _items.SequenceEqual(other._items));

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Labels);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = default(HashCode);
        foreach (var item in _items)
        {
            hash.Add(item.Key);
            hash.Add(item.Value);
        }
        return hash.ToHashCode();
    }

    /// <inheritdoc/>
    public override string ToString() => string.Join(',', _items.Select(i => $"{i.Key}={i.Value}"));
}
