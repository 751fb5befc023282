using Google.Protobuf.WellKnownTypes;

namespace Lateen.Proxy.Clusters;

/// <summary>Metadata that a request asks its host to have, made at configuration time.</summary>
internal sealed class SubsetCriteria
{
    private SubsetCriteria(string[] keys, string[] values, SubsetCriteria[]? alternatives = null)
    {
        Keys = keys;
        Values = values;
        Name = NameOf(keys, values);
        Alternatives = alternatives;
    }

    /// <summary>Sorted.</summary>
    public string[] Keys { get; }

    /// <summary>As JSON, one for each key.</summary>
    public string[] Values { get; }

    /// <summary>Keys and values as one text, by which subsets are found.</summary>
    public string Name { get; }

    /// <summary>What to try one after the other (<c>fallback_list</c>); null: only this.</summary>
    public SubsetCriteria[]? Alternatives { get; }

    /// <summary>Mappings merged, later ones over earlier ones; null when there is nothing.</summary>
    public static SubsetCriteria? From(params ReadOnlySpan<Struct?> mappings)
    {
        var merged = new SortedDictionary<string, Value>(StringComparer.Ordinal);
        foreach (var mapping in mappings)
        {
            foreach (var (key, value) in mapping?.Fields ?? [])
            {
                merged[key] = value;
            }
        }
        if (merged.Count == 0)
        {
            return null;
        }
        SubsetCriteria[]? alternatives = null;
        if (merged.TryGetValue("fallback_list", out var list) && list.ListValue is { } entries)
        {
            merged.Remove("fallback_list");
            alternatives = [.. entries.Values.Select(entry => With(merged, entry.StructValue))];
        }
        return new SubsetCriteria([.. merged.Keys], [.. merged.Values.Select(TextOf)], alternatives);
    }

    /// <summary>The criteria of some of the keys; null when one is missing.</summary>
    public SubsetCriteria? Only(string[] keys)
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
        return new SubsetCriteria(keys, values);
    }

    private static SubsetCriteria With(SortedDictionary<string, Value> merged, Struct? over)
    {
        var all = new SortedDictionary<string, Value>(merged, StringComparer.Ordinal);
        foreach (var (key, value) in over?.Fields ?? [])
        {
            all[key] = value;
        }
        return new SubsetCriteria([.. all.Keys], [.. all.Values.Select(TextOf)]);
    }

    /// <summary>Whether a host has all of this in its metadata <c>envoy.lb</c>.</summary>
    public bool IsMetBy(Host host)
    {
        Struct? fields = null;
        if (host.Attributes.Metadata?.TryGetValue("envoy.lb", out fields) != true)
        {
            return false;
        }
        for (var i = 0; i < Keys.Length; i++)
        {
            if (!fields!.Fields.TryGetValue(Keys[i], out var value) || TextOf(value) != Values[i])
            {
                return false;
            }
        }
        return true;
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
