using Envoy.Config.Route.V3;
using Lateen.Proxy.Config.Decode;
using Lateen.Proxy.Discovery;
using Lateen.Proxy.Routing;
using Lateen.Proxy.Stats;

namespace Lateen.Proxy.Config;

/// <summary>
/// Scopes that come by SRDS, by the source that they come from. Calls come one at a time, from
/// <see cref="ConfigurationManager"/>.
/// </summary>
internal sealed class RouteScopeTable(ProxyResources resources)
{
    private readonly Dictionary<(string Scopes, string Routes), RouteScopeSlot> _slots = [];

    // Source → name of the scope → what came.
    private readonly Dictionary<string, SortedDictionary<string, ResourceVersion>> _held = [];
    private readonly Dictionary<string, (string Version, DateTimeOffset At)> _versions = [];

    // Tables of scopes on demand that requests have needed, as their source keeps them.
    private readonly HashSet<string> _asked = new(StringComparer.Ordinal);
    private readonly Lock _askedLock = new();

    /// <summary>The scopes of a source in force, for dumps.</summary>
    public IReadOnlyDictionary<string, ResourceVersion> Held(DiscoverySource source) =>
        _held.TryGetValue(source.Key, out var held) ? held : new SortedDictionary<string, ResourceVersion>();

    /// <summary>Version of a source's scopes as a whole and when it came; null: none has come.</summary>
    public (string Version, DateTimeOffset At)? VersionOf(DiscoverySource source) =>
        _versions.TryGetValue(source.Key, out var version) ? version : null;

    /// <summary>The scopes of a source, whose tables come from <paramref name="routes"/>.</summary>
    public RouteScopeSlot GetOrAdd(DiscoverySource source, DiscoverySource routes)
    {
        if (!_slots.TryGetValue((source.Key, routes.Key), out var slot))
        {
            slot = new RouteScopeSlot(null, source, routes);
            _slots.Add((source.Key, routes.Key), slot);
            if (_held.TryGetValue(source.Key, out var held))
            {
                // Held for another connection manager, so that they were found right before.
                var context = new DecodeContext { Resources = resources };
                slot.Current = new RouteScopeSet(Build(slot, held, [], context, []));
                slot.IsAnswered = true;
            }
        }
        return slot;
    }

    /// <summary>A request needs a table. Thread: any.</summary>
    /// <returns>Whether it was not asked for before.</returns>
    public bool Ask(RouteScopeSlot slot, RouteScope scope)
    {
        lock (_askedLock)
        {
            return _asked.Add(slot.RoutesSource!.Scope(scope.Routes.Name));
        }
    }

    /// <summary>Whether the scope's table is discovered now.</summary>
    public bool IsActive(RouteScopeSlot slot, RouteScope scope)
    {
        if (scope.Routes.Source is null || slot.RoutesSource is not { } source)
        {
            return false;
        }
        lock (_askedLock)
        {
            return !scope.IsOnDemand || _asked.Contains(source.Scope(scope.Routes.Name));
        }
    }

    /// <summary>Nothing came in time, or what came was refused: listeners do not wait for the scopes.</summary>
    public void GiveUp(string sourceKey)
    {
        foreach (var slot in _slots.Values.Where(slot => slot.Source!.Scope("") == sourceKey))
        {
            slot.IsAnswered = true;
        }
    }

    /// <summary>Takes in a response. A scope that cannot be read is left as it was; where names or keys are there
    /// twice, all are.</summary>
    public List<ResourceOutcome> Apply(
        DiscoverySource source, string version, DateTimeOffset now, IReadOnlyList<DiscoveredResource> added,
        IReadOnlyList<string> removed)
    {
        var held = _held.TryGetValue(source.Key, out var before)
            ? new SortedDictionary<string, ResourceVersion>(before, StringComparer.Ordinal)
            : new SortedDictionary<string, ResourceVersion>(StringComparer.Ordinal);
        var hasChanged = false;
        foreach (var name in removed)
        {
            hasChanged |= held.Remove(name);
        }
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var resource in added)
        {
            if (!names.Add(resource.Name))
            {
                return Refuse(resource.Name, $"duplicate scoped route configuration '{resource.Name}' found");
            }
            if (!held.TryGetValue(resource.Name, out var same) || !same.Is(resource.Body))
            {
                hasChanged = true;
                held[resource.Name] = new ResourceVersion(
                    resource.Body, resource.Version.Length > 0 ? resource.Version : version, now);
            }
        }
        var failed = new Dictionary<string, ResourceOutcome>(StringComparer.Ordinal);
        var sets = new List<(RouteScopeSlot Slot, RouteScopeSet Set)>();
        foreach (var slot in _slots.Values.Where(slot => slot.Source!.Key == source.Key))
        {
            var context = new DecodeContext { Resources = resources };
            var scopes = Build(slot, held, names, context, failed);
            if (context.Errors.Count > 0)
            {
                return [new ResourceOutcome(names.FirstOrDefault() ?? "", context.Errors)];
            }
            sets.Add((slot, new RouteScopeSet(scopes)));
        }
        foreach (var (slot, set) in sets)
        {
            slot.Current = set;
            slot.IsAnswered = true;
        }
        foreach (var name in failed.Keys)
        {
            if (before is not null && before.TryGetValue(name, out var former))
            {
                held[name] = former;
            }
            else
            {
                held.Remove(name);
            }
        }
        _held[source.Key] = held;
        if (hasChanged || !_versions.ContainsKey(source.Key))
        {
            _versions[source.Key] = (version, now);
        }
        ForgetUnused();
        return [.. added.Select(resource => failed.GetValueOrDefault(resource.Name)
            ?? ResourceOutcome.Accepted(resource.Name) with { IsReload = true })];
    }

    /// <summary>Counts the scopes of a connection manager's set.</summary>
    public void Count(StatsScope stats, RouteScopeSlot slot)
    {
        var scopes = slot.Current.ByName.Values;
        stats.Set((int)RouteScopeStat.AllScopes, scopes.Length);
        stats.Set((int)RouteScopeStat.ActiveScopes, scopes.Count(scope => IsActive(slot, scope)));
        stats.Set((int)RouteScopeStat.OnDemandScopes, scopes.Count(
            scope => scope.IsOnDemand && scope.Routes.Source is not null));
    }

    private List<RouteScope> Build(
        RouteScopeSlot slot, SortedDictionary<string, ResourceVersion> held, HashSet<string> fresh,
        DecodeContext context, Dictionary<string, ResourceOutcome> failed)
    {
        var scopes = new List<RouteScope>();
        var byKey = new Dictionary<byte[], string>(ByteKeyComparer.Instance);
        foreach (var (name, resource) in held)
        {
            // Unchanged scopes keep their tables, and so do those that cannot be read.
            var scope = slot.Current.ByName.GetValueOrDefault(name);
            if (fresh.Contains(name) || scope is null)
            {
                var own = new DecodeContext { Resources = resources };
                var next = ScopedRoutesDecoder.DecodeScope(
                    ScopedRouteConfiguration.Parser.ParseFrom(resource.Source), "", own,
                    table => resources.Routes.GetOrAdd(slot.RoutesSource!.Scope(table), slot.RoutesSource));
                if (own.Errors.Count > 0)
                {
                    failed[name] = new ResourceOutcome(name, own.Errors);
                }
                else
                {
                    scope = next;
                }
            }
            if (scope is null)
            {
                continue;
            }
            if (!byKey.TryAdd(scope.Key, name))
            {
                context.Error("key", "SCOPED_ROUTES",
                    $"scope key conflict found, first scope is '{byKey[scope.Key]}', second scope is '{name}'");
            }
            scopes.Add(scope);
        }
        return scopes;
    }

    private static List<ResourceOutcome> Refuse(string name, string why) =>
        [ResourceOutcome.Rejected(name, "SCOPED_ROUTES", why)];

    /// <summary>What no scope names any more need not be discovered.</summary>
    private void ForgetUnused()
    {
        var used = _slots.Values
            .SelectMany(slot => slot.Current.ByName.Values
                .Where(scope => scope.Routes.Source is not null)
                .Select(scope => slot.RoutesSource!.Scope(scope.Routes.Name)))
            .ToHashSet(StringComparer.Ordinal);
        lock (_askedLock)
        {
            _asked.IntersectWith(used);
        }
    }
}
