using Google.Protobuf;
using Lateen.Proxy.Config.Decode;
using Lateen.Proxy.Discovery;
using Lateen.Proxy.Http;
using Lateen.Proxy.Routing;
using Lateen.Proxy.Stats;
using Lateen.Xds;
using RouteConfigurationProto = Envoy.Config.Route.V3.RouteConfiguration;
using VirtualHostProto = Envoy.Config.Route.V3.VirtualHost;

namespace Lateen.Proxy.Config;

/// <summary>
/// Route tables that come by RDS, and their virtual hosts that come one by one (VHDS). A changed host is decoded alone;
/// the others go into the new table as they are. Caller holds the configuration's lock.
/// </summary>
internal sealed class RouteManager(ProxyResources resources, UnknownFieldCounter unknown, TimeProvider clock)
{
    private readonly Dictionary<string, ResourceVersion> _tables = [];

    // Table, as the source of its hosts keeps it, to names of resources, to hosts. What came stays until the source
    // takes it back, also while no listener uses the table: it would not be sent again.
    private readonly Dictionary<string, Dictionary<string, DiscoveredVirtualHost>> _hosts = [];

    /// <summary>Tables by the names that their sources keep them under.</summary>
    public IReadOnlyDictionary<string, ResourceVersion> Tables => _tables;

    /// <summary>Prefix of the statistics of a table's hosts.</summary>
    public static string HostStatPrefix(HttpConnectionManagerConfig hcm, string table) =>
        $"{hcm.Stats.Scope.Prefix}rds.vhds.{StatNames.Sanitize(table)}.";

    /// <summary>Takes in a table.</summary>
    public ResourceOutcome Apply(ByteString body, string version, DiscoverySource source)
    {
        var name = Xds.Wire.ResourceNames.Read(body.Span);
        var key = source.Scope(name);
        if (_tables.TryGetValue(key, out var held) && held.Is(body))
        {
            return ResourceOutcome.Accepted(name);
        }
        var proto = unknown.Parse(RouteConfigurationProto.Parser, TypeUrls.RouteConfiguration, body);
        var context = new DecodeContext { Resources = resources };
        var decoded = new Dictionary<string, DiscoveredVirtualHost>(StringComparer.Ordinal);
        var table = RouteDecoder.Decode(proto, "", context, from =>
        {
            foreach (var (host, known) in HostsOf(from, name))
            {
                decoded[host] = known with { Decoded = DecodeHost(proto, known.Source.Source, context) };
            }
            return InOrder(decoded);
        });
        if (context.Errors.Count > 0)
        {
            return new ResourceOutcome(name, context.Errors);
        }
        var slot = resources.Routes.GetOrAdd(key, source);
        slot.VirtualHostSource = table.VirtualHostSource;
        if (table.VirtualHostSource is { } hosts)
        {
            _hosts[hosts.Scope(name)] = decoded;
        }
        // Listeners wait for the first virtual host, too.
        if (proto.Vhds is null || decoded.Count > 0 || slot.Current is not null)
        {
            slot.Current = table;
        }
        _tables[key] = new ResourceVersion(body, version, clock.GetUtcNow());
        return ResourceOutcome.Accepted(name) with { IsReload = true };
    }

    /// <summary>Takes in virtual hosts; each of their tables is made anew once. A bad host leaves the last good one in
    /// its place; where hosts do not go together, all of the table stay as they were.</summary>
    public List<ResourceOutcome> ApplyHosts(
        DiscoverySource source, IReadOnlyList<DiscoveredResource> hosts, IReadOnlyList<string> removed)
    {
        var outcomes = new List<ResourceOutcome>();
        foreach (var table in hosts.Select(host => host.Name).Concat(removed).Select(TableOf).Distinct().ToArray())
        {
            outcomes.AddRange(ApplyHosts(
                source, table, [.. hosts.Where(host => TableOf(host.Name) == table && !host.Body.IsEmpty)],
                [.. removed.Where(name => TableOf(name) == table)]));
        }
        return outcomes.Count > 0
            ? outcomes
            : [.. hosts.Select(host => ResourceOutcome.Accepted(host.Name) with { IsReload = true })];
    }

    /// <summary>Gives up tables that nobody names.</summary>
    public void KeepOnly(IReadOnlySet<string> wanted)
    {
        foreach (var unused in _tables.Keys.Where(route => !wanted.Contains(route)).ToArray())
        {
            _tables.Remove(unused);
            resources.Routes.Remove(unused);
        }
    }

    /// <summary>Tables whose virtual hosts did not come in time are in force without them.</summary>
    public void GiveUpHosts()
    {
        foreach (var (key, slot) in resources.Routes.Slots.Where(slot => slot.Value.VirtualHostSource is not null))
        {
            slot.IsGivenUp = true;
            if (slot.Current is null && _tables.TryGetValue(key, out var held))
            {
                slot.Current = RouteDecoder.Decode(
                    Read(held), "", new DecodeContext { Resources = resources }, static _ => []);
            }
        }
    }

    /// <summary>A table with the virtual hosts that came for it, for people.</summary>
    public RouteConfigurationProto Whole(string key)
    {
        var table = Read(_tables[key]);
        if (resources.Routes.Slots.GetValueOrDefault(key)?.VirtualHostSource is { } source)
        {
            table.VirtualHosts.Add(HostsOf(source, table.Name).OrderBy(host => host.Key, StringComparer.Ordinal)
                .Select(host => VirtualHostProto.Parser.ParseFrom(host.Value.Source.Source)));
        }
        return table;
    }

    private static string TableOf(string name) => name.LastIndexOf('/') is > 0 and var slash ? name[..slash] : "";

    private static RouteConfigurationProto Read(ResourceVersion held) =>
        RouteConfigurationProto.Parser.WithDiscardUnknownFields(true).ParseFrom(held.Source);

    private static IReadOnlyCollection<VirtualHost> InOrder(Dictionary<string, DiscoveredVirtualHost> hosts) =>
        [.. hosts.OrderBy(host => host.Key, StringComparer.Ordinal).Select(host => host.Value.Decoded!)];

    private Dictionary<string, DiscoveredVirtualHost> HostsOf(DiscoverySource source, string table) =>
        _hosts.GetValueOrDefault(source.Scope(table)) ?? [];

    private VirtualHost DecodeHost(RouteConfigurationProto table, ByteString body, DecodeContext context) =>
        RouteDecoder.DecodeDiscovered(
            table, unknown.Parse(VirtualHostProto.Parser, TypeUrls.VirtualHost, body), context);

    private List<ResourceOutcome> ApplyHosts(
        DiscoverySource source, string name, DiscoveredResource[] hosts, string[] removed)
    {
        var rejected = new List<ResourceOutcome>();
        var next = new Dictionary<string, DiscoveredVirtualHost>(HostsOf(source, name), StringComparer.Ordinal);
        var hasChanged = false;
        foreach (var gone in removed)
        {
            hasChanged |= next.Remove(gone);
        }
        var (key, slot) = resources.Routes.Slots.FirstOrDefault(
            entry => entry.Value.Name == name && entry.Value.VirtualHostSource?.Key == source.Key);
        var table = slot is not null && _tables.TryGetValue(key, out var held) ? Read(held) : null;
        foreach (var host in hosts)
        {
            var outcome = ResourceGuard.Run(host.Name, () =>
            {
                if (resources.RejectsUnknownDynamicFields
                    && ResourceGuard.FindUnknownField(TypeUrls.VirtualHost, host.Body) is { } path)
                {
                    return ResourceOutcome.Rejected(host.Name, "UNKNOWN_FIELD", $"{path}: unknown field");
                }
                var context = new DecodeContext { Resources = resources };
                var decoded = table is null ? null : DecodeHost(table, host.Body, context);
                if (context.Errors.Count == 0)
                {
                    next[host.Name] = new DiscoveredVirtualHost(
                        new ResourceVersion(host.Body, host.Version, clock.GetUtcNow()), decoded);
                    hasChanged = true;
                }
                return new ResourceOutcome(host.Name, context.Errors);
            });
            if (!outcome.IsAccepted)
            {
                rejected.Add(outcome);
            }
        }
        if (!hasChanged)
        {
            return rejected;
        }
        if (table is not null)
        {
            var context = new DecodeContext { Resources = resources };
            var built = RouteDecoder.Decode(table, "", context, _ => InOrder(next));
            if (context.Errors.Count > 0)
            {
                return [.. rejected, new ResourceOutcome(name, context.Errors)];
            }
            if (next.Count > 0 || slot!.Current is not null)
            {
                slot!.Current = built;
            }
        }
        _hosts[source.Scope(name)] = next;
        return rejected;
    }
}
