using Lateen.Http;

namespace Lateen.Proxy.Routing;

/// <summary>A rule over one cookie. Source: <c>route.v3.CookieMatcher</c>.</summary>
internal sealed class CookieMatcher
{
    public required byte[] Name { get; init; }

    public required StringMatcher Value { get; init; }

    public bool Invert { get; init; }

    /// <summary>An absent cookie matches only an inverted rule.</summary>
    public bool IsMatch(HeaderMap headers) => (TryGet(headers, Name, out var value) && Value.IsMatch(value)) != Invert;

    /// <summary>The first value of a cookie, without quotes around it.</summary>
    public static bool TryGet(HeaderMap headers, ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value)
    {
        for (var i = headers.IndexOf(HeaderId.Cookie); i >= 0; i = headers.IndexOf(HeaderId.Cookie, i + 1))
        {
            var rest = headers.GetValue(i);
            while (rest.Length > 0)
            {
                var end = rest.IndexOf((byte)';');
                var pair = (end < 0 ? rest : rest[..end]).Trim((byte)' ');
                var equals = pair.IndexOf((byte)'=');
                if (equals >= 0 && pair[..equals].SequenceEqual(name))
                {
                    value = pair[(equals + 1)..];
                    if (value.Length >= 2 && value[0] == '"' && value[^1] == '"')
                    {
                        value = value[1..^1];
                    }
                    return true;
                }
                rest = end < 0 ? default : rest[(end + 1)..];
            }
        }
        value = default;
        return false;
    }
}
