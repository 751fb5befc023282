using Istio.Networking.V1Alpha3;
using Lateen.Pilot.Graph;

namespace Lateen.Pilot.Model;

/// <summary>From a connected proxy to the group whose configuration it gets.</summary>
public sealed class ProxyQueries
{
    private readonly MeshModel _model;
    private readonly Query<Proxy, ProxyGroup> _group;
    private readonly Query<string, EquatableArray<string>> _selectorKeys;

    internal ProxyQueries(IncrementalGraph graph, MeshModel model)
    {
        _model = model;
        _group = graph.CreateQuery<Proxy, ProxyGroup>("group", Compute);
        _selectorKeys = graph.CreateQuery<string, EquatableArray<string>>(
            "selectorKeys", (c, side) => model.Inputs.SelectorKeys.Get(c, side).Distinct().ToEquatable());
    }

    /// <summary>The group of a proxy. It changes when a selector begins to look at one of its labels, when a service
    /// begins to select its workload, and the like.</summary>
    public ProxyGroup GroupOf(QueryContext context, Proxy proxy) => _group.Get(context, proxy);

    /// <summary>Keeps the group of a proxy watched.</summary>
    public Observation Observe(Proxy proxy) => _group.Observe(proxy);

    private ProxyGroup Compute(QueryContext context, Proxy proxy)
    {
        var clientKeys = _selectorKeys.Get(context, MeshInputs.ClientSide).Items.ToHashSet();
        var keys = _selectorKeys.Get(context, MeshInputs.ServerSide).Items.Concat(clientKeys).ToHashSet();
        var instances = Instances(context, proxy);
        var scope = _model.Scopes.KeyOf(context, proxy.Type, proxy.Namespace, proxy.Labels);
        // Ports that a Sidecar declares may stand at the workload's own address, and so do all of a proxy on loopback.
        var named = instances.Items.Any(i => _model.Services.Get(context, i.Service) is { Headless: true })
            || _model.Scopes.SidecarOf(context, scope)?.As<Sidecar>().Ingress.Count > 0
            || proxy.IsOnLoopback;
        return new ProxyGroup
        {
            Type = proxy.Type,
            Namespace = proxy.Namespace,
            Scope = scope,
            CanonicalService = proxy.Labels.Get("service.istio.io/canonical-name") ?? "",
            CanonicalRevision = proxy.Labels.Get("service.istio.io/canonical-revision") ?? "",
            DnsDomain = proxy.DnsDomain,
            Labels = proxy.Labels.Only(keys),
            ClientLabels = proxy.Labels.Only(clientKeys),
            Instances = instances,
            IpFamilies = proxy.IpFamilies,
            Addresses = named ? proxy.Addresses : [],
            Network = proxy.Network,
            ClusterId = proxy.ClusterId,
            Locality = LocalityOf(context, proxy),
            NodeName = proxy.NodeName,
            ServiceAccount = proxy.ServiceAccount,
            MayReadSecrets = proxy.Type == ProxyType.Router && proxy.IsAuthenticated,
            Settings = proxy.Settings,
        };
    }

    /// <summary>What the node message says, else what its own endpoint says.</summary>
    private Locality LocalityOf(QueryContext context, Proxy proxy)
    {
        if (proxy.Locality != Locality.None)
        {
            return proxy.Locality;
        }
        foreach (var address in proxy.Addresses)
        {
            foreach (var key in ServicesAt(context, proxy, address))
            {
                foreach (var endpoint in _model.Endpoints.Get(context, key))
                {
                    if (endpoint.Address == address && endpoint.Locality != Locality.None)
                    {
                        return endpoint.Locality;
                    }
                }
            }
        }
        return Locality.None;
    }

    private EquatableArray<ServiceInstance> Instances(QueryContext context, Proxy proxy)
    {
        var found = new List<(Service Service, ServiceInstance Instance)>();
        foreach (var key in proxy.Addresses.Items.SelectMany(a => ServicesAt(context, proxy, a)).Distinct())
        {
            if (_model.Services.Get(context, key) is not { } service)
            {
                continue;
            }
            foreach (var endpoint in _model.Endpoints.Get(context, key))
            {
                if (!proxy.Addresses.Items.Contains(endpoint.Address))
                {
                    continue;
                }
                foreach (var port in service.Ports.Items.Where(p => p.Name == endpoint.ServicePortName))
                {
                    found.Add((service, new ServiceInstance(key, port, endpoint.Port)));
                }
            }
        }
        return found.OrderBy(f => f.Service.CreatedAt)
            .ThenBy(f => f.Service.Hostname, StringComparer.Ordinal)
            .ThenBy(f => f.Service.Namespace, StringComparer.Ordinal)
            .Select(f => f.Instance).Distinct().ToEquatable();
    }

    /// <summary>Services that name the address, and those that select the workload that has it.</summary>
    private IEnumerable<ServiceKey> ServicesAt(QueryContext context, Proxy proxy, string address)
    {
        var named = _model.Inputs.ServicesByAddress.Get(context, address).AsEnumerable();
        foreach (var workload in _model.Inputs.WorkloadsByAddress.Get(context, address))
        {
            var labels = WorkloadFacts.LabelsOf(workload.Key, workload);
            var selecting = _model.Inputs.ListingsByNamespace.Get(context, workload.Key.Namespace)
                .Where(l => _model.Services.Get(context, l.Key) is { Selector: { Count: > 0 } selector }
                    && labels.Matches(selector.Items))
                .Select(l => l.Key);
            named = named.Concat(selecting.ToList());
        }
        // A host network or a reused address may belong to others: a workload has services of its own namespace first.
        return named.Distinct().OrderBy(k => k.Namespace != proxy.Namespace);
    }
}
