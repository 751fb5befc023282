using Google.Protobuf.WellKnownTypes;

namespace Lateen.Proxy.Clusters;

/// <summary>Metadata that a request asks its host to have, made at configuration time.</summary>
internal sealed class SubsetCriteria
{
    private SubsetCriteria(SortedDictionary<string, string> values)
    {
        Keys = [.. values.Keys];
        Values = [.. values.Values];
        Name = NameOf(Keys, Values);
    }

    /// <summary>Sorted.</summary>
    public string[] Keys { get; }

    /// <summary>As JSON, one for each key.</summary>
    public string[] Values { get; }

    /// <summary>Keys and values as one text, by which subsets are found.</summary>
    public string Name { get; }

    /// <summary>Mappings merged, later ones over earlier ones; null when there is nothing.</summary>
    public static SubsetCriteria? From(params ReadOnlySpan<Struct?> mappings)
    {
        var values = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var mapping in mappings)
        {
            foreach (var (key, value) in mapping?.Fields ?? [])
            {
                values[key] = TextOf(value);
            }
        }
        return values.Count == 0 ? null : new SubsetCriteria(values);
    }

    /// <summary>The name of the subset of some of the keys; null when one is missing.</summary>
    public string? NameFor(string[] keys)
    {
        var values = new string[keys.Length];
        for (var i = 0; i < keys.Length; i++)
        {
            var index = Array.IndexOf(Keys, keys[i]);
            if (index < 0)
            {
                return null;
            }
            values[i] = Values[index];
        }
        return NameOf(keys, values);
    }

    internal static string TextOf(Value value)
    {
        var text = new ByteBuffer();
        Config.JsonText.Write(text, value);
        return text.ToString();
    }

    internal static string NameOf(string[] keys, string[] values) =>
        string.Join('\0', keys.Zip(values, (key, value) => $"{key}={value}"));
}
