namespace Lateen.Proxy.Routing;

/// <summary>Settings of filters for one level of the route table, by the filter's name in the chain.</summary>
internal sealed class PerFilterConfigs(IReadOnlyDictionary<string, object> configs)
{
    public static PerFilterConfigs None { get; } = new(new Dictionary<string, object>());

    /// <summary>The filter is off at this level.</summary>
    public static object Disabled { get; } = new();

    public bool IsEmpty => configs.Count == 0;

    public object? Get(string filterName) => configs.Count == 0 ? null : configs.GetValueOrDefault(filterName);
}
