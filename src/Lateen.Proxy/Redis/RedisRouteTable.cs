namespace Lateen.Proxy.Redis;

/// <summary>Chooses the route of a key: the longest prefix that it begins with, else the one for all others.</summary>
internal sealed class RedisRouteTable
{
    private readonly RedisRoute[] _routes;
    private readonly bool _ignoresCase;

    public RedisRouteTable(IEnumerable<RedisRoute> routes, bool ignoresCase, RedisRoute? catchAll)
    {
        _routes = [.. routes.OrderByDescending(route => route.Prefix.Length)];
        _ignoresCase = ignoresCase;
        CatchAll = catchAll;
    }

    /// <summary>Null: keys of no prefix go nowhere.</summary>
    public RedisRoute? CatchAll { get; }

    internal RedisRoute? Find(ReadOnlySpan<byte> key)
    {
        foreach (var route in _routes)
        {
            if (key.Length >= route.Prefix.Length
                && (_ignoresCase
                    ? System.Text.Ascii.EqualsIgnoreCase(key[..route.Prefix.Length], route.Prefix)
                    : key.StartsWith(route.Prefix)))
            {
                return route;
            }
        }

        return CatchAll;
    }
}
