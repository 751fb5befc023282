namespace Lateen.Proxy.Config;

/// <summary>What protobuf's map lacks.</summary>
internal static class MapFieldExtensions
{
    public static TValue? GetValueOrDefault<TKey,
        TValue>(this Google.Protobuf.Collections.MapField<TKey, TValue> map, TKey key)
        where TValue : class => map.TryGetValue(key, out var value) ? value : null;
}
