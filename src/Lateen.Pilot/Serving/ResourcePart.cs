using Lateen.Pilot.Graph;

namespace Lateen.Pilot.Serving;

/// <summary>
/// A set of resources that makes up, alone or with another part, what a proxy gets of one type. Equal parts are one
/// set, generated once, with one log of changes, for all proxies that have it.
/// </summary>
public abstract record ResourcePart(string TypeUrl)
{
    /// <summary>A part that is the result of a query.</summary>
    public static ResourcePart Of<TKey>(string typeUrl, Query<TKey, ResourceList> query, TKey key)
        where TKey : notnull
        => new QueryPart<TKey>(typeUrl, query, key);

    /// <summary>The resources as they are now.</summary>
    internal abstract ResourceList Read(QueryContext context);

    /// <summary>A hold on the result that tells of changes.</summary>
    internal abstract Observation Observe();

    private sealed record QueryPart<TKey>(string TypeUrl, Query<TKey, ResourceList> Query, TKey Key)
        : ResourcePart(TypeUrl)
        where TKey : notnull
    {
        internal override ResourceList Read(QueryContext context)
            => Query.TryGet(context, Key, out var list, out var failure) ? list
                : throw new InvalidOperationException($"{Query.Name} of {Key}: {failure!.Message}", failure);

        internal override Observation Observe() => Query.Observe(Key);
    }
}
