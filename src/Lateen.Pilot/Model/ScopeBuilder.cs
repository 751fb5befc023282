using Lateen.Pilot.Graph;

namespace Lateen.Pilot.Model;

/// <summary>Gathers the services of a view so that each host stands in it once.</summary>
internal sealed class ScopeBuilder(string viewer)
{
    private readonly List<ServiceListing> _services = [];
    private readonly Dictionary<string, int> _byHost = [];

    /// <summary>What a Sidecar's egress listener imports of the visible services, cut down to its port.</summary>
    public static EquatableArray<ServiceListing> Import(
        EquatableArray<ServiceListing> visible, ImportedHosts hosts, int port, string viewer)
    {
        var builder = new ScopeBuilder(viewer);
        foreach (var service in visible)
        {
            if (!hosts.Covers(service.Key.Namespace, service.Key.Hostname))
            {
                continue;
            }
            if (port == 0)
            {
                builder.Add(service);
            }
            else if (service.Ports.Items.Where(p => p.Number == port).ToEquatable() is { IsEmpty: false } ports)
            {
                builder.Add(service with { Ports = ports });
            }
        }
        return builder.Services();
    }

    public EquatableArray<ServiceListing> Services() => _services.ToEquatable();

    public void AddAll(EquatableArray<ServiceListing> services)
    {
        foreach (var service in services)
        {
            Add(service);
        }
    }

    /// <summary>Adds a service on behalf of a VirtualService; what was asked for by name is not overridden.</summary>
    public void AddDestination(ServiceListing service, HashSet<int>? ports)
    {
        var wanted = ports is null ? service.Ports : service.Ports.Items.Where(p => ports.Contains(p.Number))
            .ToEquatable();
        if (wanted.IsEmpty && !service.Ports.IsEmpty)
        {
            return;
        }
        if (!_byHost.TryGetValue(service.Key.Hostname, out var at))
        {
            _byHost.Add(service.Key.Hostname, _services.Count);
            _services.Add(service with { Ports = wanted });
        }
        else if (_services[at].Key == service.Key)
        {
            _services[at] = WithPorts(_services[at], wanted);
        }
    }

    private void Add(ServiceListing service)
    {
        if (!_byHost.TryGetValue(service.Key.Hostname, out var at))
        {
            _byHost.Add(service.Key.Hostname, _services.Count);
            _services.Add(service);
            return;
        }
        var found = _services[at];
        if (found.Key == service.Key)
        {
            _services[at] = found.Registry == service.Registry && found.Resolution == service.Resolution
                ? WithPorts(found, service.Ports)
                : found.Registry == ServiceRegistry.Kubernetes ? found : service;
        }
        else if (IsBetter(service, found))
        {
            _services[at] = service;
        }
    }

    /// <summary>The viewer's own service, else a platform's, else the older one.</summary>
    private bool IsBetter(ServiceListing service, ServiceListing found)
    {
        if (found.Key.Namespace == viewer || service.Key.Namespace == viewer)
        {
            return found.Key.Namespace != viewer;
        }
        return found.Registry != ServiceRegistry.Kubernetes && service.Registry == ServiceRegistry.Kubernetes;
    }

    private static ServiceListing WithPorts(ServiceListing service, EquatableArray<ServicePort> ports)
    {
        var added = ports.Items.Where(p => service.Ports.Items.All(q => q.Number != p.Number)).ToList();
        return added.Count == 0 ? service : service with { Ports = service.Ports.Items.Concat(added).ToEquatable() };
    }
}
