using System.Text;
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

    /// <summary>Keys are taken out of requests that pass.</summary>
    public bool HidesCredentials { get; init; }
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
        return Query is { Length: > 0 }
            ? QueryString.TryGet(request.Get(HeaderId.Path), Query, out value)
            : CookieMatcher.TryGet(request, Cookie, out value);
    }

    /// <summary>Takes the key out of the request.</summary>
    public void Remove(HeaderMap request)
    {
        if (Header is { } header)
        {
            request.Remove(header);
        }
        else if (Query is { Length: > 0 })
        {
            RemovePart(request, HeaderId.Path, Query);
        }
        else if (Cookie is not null)
        {
            RemovePart(request, HeaderId.Cookie, Cookie);
        }
    }

    private static void RemovePart(HeaderMap request, HeaderId id, byte[] name)
    {
        var text = Encoding.UTF8.GetString(request.Get(id));
        var isPath = id == HeaderId.Path;
        var start = isPath ? text.IndexOf('?') : -1;
        if (text.Length == 0 || (isPath && start < 0))
        {
            return;
        }
        var key = Encoding.UTF8.GetString(name) + "=";
        var parts = text[(start + 1)..].Split(isPath ? '&' : ';', isPath
            ? StringSplitOptions.None
            : StringSplitOptions.TrimEntries);
        var rest =
            string.Join(isPath ? "&" : "; ", parts.Where(part => !part.StartsWith(key, StringComparison.Ordinal)));
        if (rest.Length == 0 && !isPath)
        {
            request.Remove(HeaderName.Of(id));
            return;
        }
        var path = isPath ? text[..start] + (rest.Length > 0 ? "?" : "") : "";
        request.Set(id, Encoding.UTF8.GetBytes(path + rest));
    }
}
