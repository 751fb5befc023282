namespace Lateen.Http;

/// <summary>Some interned names, to be looked for all at once with <see cref="HeaderMap.ContainsAny"/>.</summary>
public readonly struct HeaderIdSet
{
    /// <summary>Makes a set.</summary>
    public HeaderIdSet(params ReadOnlySpan<HeaderId> ids)
    {
        foreach (var id in ids)
        {
            var n = (int)id;
            Low |= n < 64 ? 1UL << n : 0;
            High |= n < 64 ? 0 : 1UL << (n - 64);
        }
    }

    internal ulong Low { get; }

    internal ulong High { get; }
}
