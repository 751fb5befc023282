using Lateen.Pilot.Graph;
using Lateen.Xds.Server;

namespace Lateen.Pilot.Serving;

/// <summary>
/// A set of resources that makes up, alone or with another part, what a proxy gets of one type. Equal parts are one
/// set, generated once, with one log of changes, for all proxies that have it.
/// </summary>
public abstract record ResourcePart(string TypeUrl)
{
    /// <summary>Its resources may be templates: each proxy gets them with its own names.</summary>
    public bool HasTemplates { get; init; }

    /// <summary>A part that is the result of a query as a whole: for few resources, or such that change
    /// together.</summary>
    public static ResourcePart Of<TKey>(string typeUrl, Query<TKey, ResourceList> query, TKey key)
        where TKey : notnull
        => new ListPart<TKey>(typeUrl, query, key);

    /// <summary>A part of many resources that change one by one: a push looks only at those that may have.</summary>
    /// <param name="typeUrl">Type of the resources.</param>
    /// <param name="items">The keys of the resources, by the part's key.</param>
    /// <param name="each">What a key stands for.</param>
    /// <param name="resourcesOf">The resources in that result.</param>
    /// <param name="key">The part's key.</param>
    internal static ResourcePart Of<TKey, TItem, TValue>(
        string typeUrl,
        Query<TKey, ItemList<TItem>> items,
        Query<TItem, TValue> each,
        Func<TValue, IEnumerable<XdsResource>> resourcesOf,
        TKey key)
        where TKey : notnull
        where TItem : notnull
        => new ItemsPart<TKey, TItem, TValue>(typeUrl, items, each, resourcesOf, key);

    /// <summary>Starts serving it.</summary>
    internal abstract ServedSet Serve();

    private sealed record ListPart<TKey>(string TypeUrl, Query<TKey, ResourceList> Query, TKey Key)
        : ResourcePart(TypeUrl)
        where TKey : notnull
    {
        internal override ServedSet Serve() => new ServedList<TKey>(this, Query, Key);
    }

    private sealed record ItemsPart<TKey, TItem, TValue>(
        string TypeUrl,
        Query<TKey, ItemList<TItem>> Items,
        Query<TItem, TValue> Each,
        Func<TValue, IEnumerable<XdsResource>> ResourcesOf,
        TKey Key)
        : ResourcePart(TypeUrl)
        where TKey : notnull
        where TItem : notnull
    {
        internal override ServedSet Serve()
            => new ServedItems<TKey, TItem, TValue>(this, Items, Each, ResourcesOf, Key);
    }
}
