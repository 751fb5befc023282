using Lateen.Http;

namespace Lateen.Proxy.Routing;

/// <summary>
/// How a connection manager chooses a request's route table by its scope. Source:
/// <c>http_connection_manager.v3.ScopedRoutes</c>.
/// </summary>
internal sealed class ScopedRoutes(string name, ScopeKeyBuilder keys, RouteScopeSlot scopes)
{
    /// <summary>In statistics and dumps.</summary>
    public string Name { get; } = name;

    /// <summary>With the final dot; empty where nothing is discovered.</summary>
    public string StatPrefix { get; init; } = "";

    public RouteScopeSlot Scopes { get; } = scopes;

    /// <summary>The scope of a request; null: it has none and gets 404.</summary>
    public RouteScope? Find(HeaderMap headers)
    {
        Span<byte> key = stackalloc byte[ScopeKeyBuilder.KeyBytesMax];
        return keys.TryBuild(headers, key, out var length) ? Scopes.Current.Find(key[..length]) : null;
    }
}
