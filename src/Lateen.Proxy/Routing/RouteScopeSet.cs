using System.Collections.Frozen;
using Lateen.Proxy.Config;

namespace Lateen.Proxy.Routing;

/// <summary>Scopes by their keys, immutable.</summary>
internal sealed class RouteScopeSet
{
    private readonly Dictionary<byte[], RouteScope> _byKey = new(ByteKeyComparer.Instance);

    public RouteScopeSet(IEnumerable<RouteScope> scopes)
    {
        ByName = scopes.ToFrozenDictionary(scope => scope.Name, StringComparer.Ordinal);
        foreach (var scope in ByName.Values)
        {
            _byKey[scope.Key] = scope;
        }
    }

    public static RouteScopeSet Empty { get; } = new([]);

    public FrozenDictionary<string, RouteScope> ByName { get; }

    /// <summary>The scope of a key; null: there is none.</summary>
    public RouteScope? Find(ReadOnlySpan<byte> key) =>
        _byKey.GetAlternateLookup<ReadOnlySpan<byte>>().TryGetValue(key, out var scope) ? scope : null;
}
