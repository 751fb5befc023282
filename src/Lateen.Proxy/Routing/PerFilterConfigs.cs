namespace Lateen.Proxy.Routing;

/// <summary>Settings of filters for one level of the route table, by the filter's name in the chain.</summary>
internal sealed class PerFilterConfigs(Dictionary<string, object> configs)
{
    public static PerFilterConfigs None { get; } = new([]);

    /// <summary>The filter is off at this level.</summary>
    public static object Disabled { get; } = new();

    public bool IsEmpty { get; } = configs.Count == 0;

    public object? Get(string filterName) => IsEmpty ? null : configs.GetValueOrDefault(filterName);
}
