using Lateen.Http;
using Lateen.Proxy.Routing;

namespace Lateen.Proxy.Filters;

/// <summary>Keys, their clients and where keys are looked for. Source: <c>api_key_auth.v3.ApiKeyAuth</c>.</summary>
internal sealed class ApiKeySettings
{
    /// <summary>Client by key.</summary>
    public IReadOnlyDictionary<string, string> Clients { get; init; } = new Dictionary<string, string>();

    /// <summary>In order; the first that has a key decides.</summary>
    public ApiKeySource[] Sources { get; init; } = [];

    /// <summary>Clients of a route; empty: all.</summary>
    public IReadOnlySet<string> AllowedClients { get; init; } = new HashSet<string>();

    /// <summary>Gets the client's name; null: none.</summary>
    public HeaderName? ForwardHeader { get; init; }
}

/// <summary>A place where a key may be; one of the three is set.</summary>
internal sealed record ApiKeySource(HeaderName? Header, byte[]? Query, byte[]? Cookie)
{
    public bool TryGet(HeaderMap request, out ReadOnlySpan<byte> value)
    {
        value = default;
        if (Header is { } header)
        {
            if (!request.TryGet(header, out value))
            {
                return false;
            }
            value = value.StartsWith("Bearer "u8) ? value[7..] : value;
            return true;
        }
        return Query is not null
            ? QueryString.TryGet(request.Get(HeaderId.Path), Query, out value)
            : CookieMatcher.TryGet(request, Cookie, out value);
    }
}
