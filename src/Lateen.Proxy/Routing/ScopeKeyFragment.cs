using Lateen.Http;

namespace Lateen.Proxy.Routing;

/// <summary>
/// One part of a scope's key, out of a request's header. Source:
/// <c>ScopedRoutes.ScopeKeyBuilder.FragmentBuilder.HeaderValueExtractor</c>.
/// </summary>
internal sealed class ScopeKeyFragment
{
    /// <summary>The header, whose first value counts.</summary>
    public required HeaderName Header { get; init; }

    /// <summary>Between elements; empty: the whole value is one.</summary>
    public byte[] ElementSeparator { get; init; } = [];

    /// <summary>The element that is meant, from zero; used without <see cref="Key"/>.</summary>
    public uint Index { get; init; }

    /// <summary>The key of the element that is meant; null: <see cref="Index"/> tells it.</summary>
    public byte[]? Key { get; init; }

    /// <summary>Between an element's key and its value.</summary>
    public byte[] KeySeparator { get; init; } = [];

    /// <summary>False when the request has no such part.</summary>
    public bool TryExtract(HeaderMap headers, out ReadOnlySpan<byte> fragment)
    {
        fragment = default;
        if (!headers.TryGet(Header, out var rest))
        {
            return false;
        }
        for (var index = 0u; ; index++)
        {
            var end = ElementSeparator.Length == 0 ? -1 : rest.IndexOf(ElementSeparator);
            var element = end < 0 ? rest : rest[..end];
            if (Key is null ? index == Index : TryTakeValue(element, out element))
            {
                fragment = element;
                return true;
            }
            if (end < 0)
            {
                return false;
            }
            rest = rest[(end + ElementSeparator.Length)..];
        }
    }

    /// <summary>An element of the key that is meant; without a separator its value is empty.</summary>
    private bool TryTakeValue(ReadOnlySpan<byte> element, out ReadOnlySpan<byte> value)
    {
        var separator = element.IndexOf(KeySeparator);
        value = separator < 0 ? default : element[(separator + KeySeparator.Length)..];
        return (separator < 0 ? element : element[..separator]).SequenceEqual(Key);
    }
}
