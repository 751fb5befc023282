using Istio.Networking.Nds.V1;
using Lateen.Pilot.Graph;
using Lateen.Pilot.Model;
using Lateen.Pilot.Serving;
using Lateen.Xds;
using Lateen.Xds.Server;

namespace Lateen.Pilot.Names;

/// <summary>The table of names for the agent's DNS proxy (contract 13.4): every service in the proxy's view.</summary>
public sealed class NameTables : IResourceGenerator
{
    private readonly MeshModel _model;
    private readonly Query<NameTableKey, NameTable> _table;
    private readonly Query<NameTableKey, ResourceList> _resources;

    /// <summary>Makes the queries.</summary>
    public NameTables(MeshModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        _model = model;
        _table = model.Graph.CreateQuery<NameTableKey, NameTable>("nameTable", Compute);
        _resources = model.Graph.CreateQuery<NameTableKey, ResourceList>("nameTableResource", (context, key) =>
            new ResourceList([XdsResource.Create(TypeUrls.NameTable, "", _table.Get(context, key))], []));
    }

    private sealed record NameTableKey(ScopeKey Scope, IpFamilies Families, string Network, string ClusterId);

    /// <summary>The table of a group.</summary>
    public NameTable TableOf(QueryContext context, ProxyGroup group)
    {
        ArgumentNullException.ThrowIfNull(group);
        return _table.Get(context, KeyOf(group));
    }

    /// <inheritdoc/>
    public IEnumerable<ResourcePart> PartsOf(QueryContext context, ProxyGroup group)
    {
        ArgumentNullException.ThrowIfNull(group);
        return group.Settings.DnsCapture ? [ResourcePart.Of(TypeUrls.NameTable, _resources, KeyOf(group))] : [];
    }

    private static NameTableKey KeyOf(ProxyGroup group)
        => new(group.Scope, group.IpFamilies, group.Network, group.ClusterId);

    private NameTable Compute(QueryContext context, NameTableKey key)
    {
        var names = new SortedDictionary<string, NameTable.Types.NameInfo>(StringComparer.Ordinal);
        foreach (var listing in _model.Scopes.ViewOf(context, key.Scope).Services)
        {
            if (_model.Services.Get(context, listing.Key) is not { } service || service.Resolution == Resolution.Alias)
            {
                continue;
            }
            var addresses = service.Headless ? Headless(context, key, service, names) : Virtual(key, service);
            Add(names, service.Hostname, service, addresses);
        }
        var table = new NameTable();
        foreach (var (name, info) in names)
        {
            table.Table.Add(name, info);
        }
        return table;
    }

    private static List<string> Virtual(NameTableKey key, Service service)
    {
        var all = service.Addresses.IsEmpty ? service.AutoAllocatedAddresses : service.Addresses;
        return all.Items.Where(a => System.Net.IPAddress.TryParse(a, out var ip)
            && key.Families.HasFlag(ip.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6
                ? IpFamilies.V6 : IpFamilies.V4)).ToList();
    }

    /// <summary>A headless service has the addresses of its pods, and each pod that names itself a name of its
    /// own.</summary>
    private List<string> Headless(
        QueryContext context,
        NameTableKey key,
        Service service,
        SortedDictionary<string, NameTable.Types.NameInfo> names)
    {
        var addresses = new List<string>();
        foreach (var endpoint in _model.Endpoints.Get(context, service.Key))
        {
            var ready = endpoint.Health is EndpointHealth.Healthy or EndpointHealth.Unknown;
            var near = endpoint.Network.Length == 0 || key.Network.Length == 0 || endpoint.Network == key.Network;
            if ((!ready && !service.PublishNotReadyAddresses) || !near || endpoint.IsUnix)
            {
                continue;
            }
            if (!addresses.Contains(endpoint.Address))
            {
                addresses.Add(endpoint.Address);
            }
            if (endpoint.HostName.Length > 0 && endpoint.SubDomain.Length > 0)
            {
                // The subdomain stands in place of the service's name.
                var rest = service.Hostname[(service.Name.Length + 1)..];
                Add(names, $"{endpoint.HostName}.{endpoint.SubDomain}.{rest}", service, [endpoint.Address]);
            }
        }
        return addresses;
    }

    private static void Add(
        SortedDictionary<string, NameTable.Types.NameInfo> names, string name, Service service, List<string> addresses)
    {
        if (addresses.Count == 0)
        {
            return;
        }
        if (!names.TryGetValue(name, out var info))
        {
            info = new NameTable.Types.NameInfo
            {
                Registry = service.Registry == ServiceRegistry.Kubernetes ? "Kubernetes" : "External",
            };
            if (service.Registry == ServiceRegistry.Kubernetes)
            {
                info.Shortname = service.Name;
                info.Namespace = service.Namespace;
            }
            names.Add(name, info);
        }
        info.Ips.AddRange(addresses.Where(a => !info.Ips.Contains(a)));
    }
}
