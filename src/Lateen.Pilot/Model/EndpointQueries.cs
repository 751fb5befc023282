using Istio.Networking.V1Alpha3;
using Lateen.Kubernetes.Objects;
using Lateen.Pilot.Graph;

namespace Lateen.Pilot.Model;

/// <summary>
/// Endpoints of services. They are a path of their own: a pod that comes or goes touches its services' endpoints and
/// nothing that is computed from the services themselves.
/// </summary>
public sealed class EndpointQueries
{
    private readonly MeshModel _model;
    private readonly Query<ServiceKey, EquatableArray<IstioEndpoint>> _endpoints;
    private readonly Query<ServiceKey, EquatableArray<string>> _identities;
    private readonly Query<(ServiceKey Service, string Port), bool> _allMutualTls;

    internal EndpointQueries(IncrementalGraph graph, MeshModel model)
    {
        _model = model;
        _endpoints = graph.CreateQuery<ServiceKey, EquatableArray<IstioEndpoint>>("endpoints", Compute);
        _identities = graph.CreateQuery<ServiceKey, EquatableArray<string>>("serviceIdentities", ComputeIdentities);
        _allMutualTls = graph.CreateQuery<(ServiceKey, string), bool>("allMutualTls", ComputeAllMutualTls);
    }

    /// <summary>All endpoints of all ports, in the order of their declaration.</summary>
    public EquatableArray<IstioEndpoint> Get(QueryContext context, ServiceKey service) =>
        _endpoints.Get(context, service);

    /// <summary>The identities that the service's endpoints may have, sorted: theirs, and those declared for the
    /// service, with copies for each alias of the trust domain.</summary>
    public EquatableArray<string> Identities(QueryContext context, ServiceKey service) =>
        _identities.Get(context, service);

    /// <summary>Whether the port has endpoints and all of them accept mutual TLS.</summary>
    public bool AllMutualTls(QueryContext context, ServiceKey service, string portName)
        => _allMutualTls.Get(context, (service, portName));

    private EquatableArray<string> ComputeIdentities(QueryContext context, ServiceKey key)
    {
        var mesh = _model.Inputs.MeshConfig(context);
        var declared = _model.Services.Get(context, key)?.SubjectAltNames.Items ?? [];
        var own = Get(context, key).Items.Select(e => e.Identity).Where(i => i.Length > 0);
        return SpiffeNames.Expand(own.Concat(declared), mesh.TrustDomain, mesh.TrustDomainAliases)
            .Distinct().Order(StringComparer.Ordinal).ToEquatable();
    }

    private bool ComputeAllMutualTls(QueryContext context, (ServiceKey Service, string Port) key)
    {
        var any = false;
        foreach (var endpoint in Get(context, key.Service))
        {
            if (endpoint.ServicePortName == key.Port)
            {
                if (!endpoint.MutualTls)
                {
                    return false;
                }
                any = true;
            }
        }
        return any;
    }

    private EquatableArray<IstioEndpoint> Compute(QueryContext context, ServiceKey key)
    {
        var workloads = new WorkloadReader(_model, context);
        var result = new List<IstioEndpoint>();
        foreach (var source in _model.Inputs.ServiceSources.Get(context, key))
        {
            if (source.Key.Kind == ObjectKind.Service)
            {
                AddKubernetes(context, workloads, source, result);
            }
            else
            {
                AddEntry(context, workloads, source, key.Hostname, result);
            }
        }
        return result.Distinct().ToEquatable();
    }

    private void AddKubernetes(
        QueryContext context, WorkloadReader workloads, MeshObject source, List<IstioEndpoint> result)
    {
        var service = KubernetesServices.Convert(source, _model.Options.DomainSuffix, "");
        if (service.Resolution == Resolution.Alias)
        {
            return;
        }
        var slices = _model.Inputs.Slices.Get(context, (service.Namespace, service.Name));
        foreach (var slice in slices)
        {
            AddSlice(workloads, service, slice, result);
        }
        var declared = slices.IsEmpty
            ? _model.Inputs.Objects.Get(context, new ObjectKey(ObjectKind.Endpoints, service.Namespace, service.Name))
                : null;
        if (declared is not null)
        {
            AddEndpoints(workloads, service, declared, result);
        }
        if (service.Selector is null)
        {
            return;
        }
        foreach (var workload in Selected(context, service.Namespace, service.Selector))
        {
            // Without slices (no controller makes them here) the pods that the Service selects are its endpoints.
            if (workload.Key.Kind == ObjectKind.WorkloadEntry || (slices.IsEmpty && declared is null))
            {
                foreach (var port in service.Ports)
                {
                    AddIfAny(result, workloads.Endpoint(workload, service, port));
                }
            }
        }
    }

    private static void AddSlice(WorkloadReader workloads, Service service, MeshObject item, List<IstioEndpoint> result)
    {
        var slice = item.As<EndpointSlice>();
        if (slice.AddressType == "FQDN")
        {
            return;
        }
        foreach (var endpoint in slice.Endpoints)
        {
            var conditions = endpoint.Conditions;
            var health = WorkloadReader.Health(
                conditions?.Ready ?? true, conditions?.Serving ?? conditions?.Ready ?? true, conditions?.Terminating
                    ?? false);
            var pod = endpoint.TargetRef is { Kind: "Pod" } target
                ? workloads.Pod(target.Namespace.Length > 0 ? target.Namespace : item.Key.Namespace, target.Name,
                    item.Key.Cluster)
                : null;
            foreach (var address in endpoint.Addresses)
            {
                var template = workloads.OfPod(pod, address, endpoint.NodeName, endpoint.Hostname, item.Key) with
                {
                    Health = health,
                    IsPending = pod is null && endpoint.TargetRef is { Kind: "Pod" },
                };
                AddPorts(service, template, slice.Ports.Select(p => (p.Name, p.Port)), result);
            }
        }
    }

    private static void AddEndpoints(WorkloadReader workloads, Service service, MeshObject item,
        List<IstioEndpoint> result)
    {
        foreach (var subset in item.As<Lateen.Kubernetes.Objects.Endpoints>().Subsets)
        {
            var ports = subset.Ports.Select(p => (p.Name, p.Port)).ToList();
            var all = subset.Addresses.Select(a => (Address: a, EndpointHealth.Healthy))
                .Concat(subset.NotReadyAddresses.Select(a => (Address: a, EndpointHealth.Unhealthy)));
            foreach (var (address, health) in all)
            {
                var pod = address.TargetRef is { Kind: "Pod" } target
                    ? workloads.Pod(item.Key.Namespace, target.Name, item.Key.Cluster) : null;
                var template = workloads.OfPod(pod, address.Ip, address.NodeName, address.Hostname, item.Key) with
                {
                    Health = health,
                };
                AddPorts(service, template, ports, result);
            }
        }
    }

    private static void AddPorts(
        Service service,
        IstioEndpoint template,
        IEnumerable<(string Name, int Number)> ports,
        List<IstioEndpoint> result)
    {
        // Ports for UDP are among them: no cluster asks for these, but the workload's own listener stands there.
        foreach (var (name, number) in ports)
        {
            if (service.Ports.Items.Any(p => p.Name == name))
            {
                result.Add(template with { Port = number, ServicePortName = name });
            }
        }
    }

    private void AddEntry(
        QueryContext context,
        WorkloadReader workloads,
        MeshObject source,
        string hostname,
        List<IstioEndpoint> result)
    {
        var entry = source.As<ServiceEntry>();
        var service = ServiceEntries.Convert(source).First(s => s.Hostname == hostname);
        for (var i = 0; i < entry.Endpoints.Count; i++)
        {
            var name = $"{source.Key.Name}-{i}";
            foreach (var port in service.Ports)
            {
                var labels = Labels.From(entry.Endpoints[i].Labels);
                Add(workloads.OfEntry(entry.Endpoints[i], labels, name, source.Key, port), port);
            }
        }
        var byName = service.Resolution is Resolution.Dns or Resolution.DnsRoundRobin;
        if (entry.Endpoints.Count == 0 && service.Selector is null && byName)
        {
            foreach (var port in service.Ports)
            {
                var endpoint = new IstioEndpoint
                {
                    Address = hostname,
                    Port = port.TargetPort > 0 ? port.TargetPort : port.Number,
                    ServicePortName = port.Name,
                    Namespace = source.Key.Namespace,
                    ClusterId = _model.Options.ClusterId,
                    WorkloadName = source.Key.Name,
                };
                Add(endpoint, port);
            }
        }
        if (service.Selector is { Count: > 0 } selector)
        {
            foreach (var workload in Selected(context, source.Key.Namespace, selector))
            {
                foreach (var port in service.Ports)
                {
                    Add(workloads.Endpoint(workload, service, port), port);
                }
            }
        }

        void Add(IstioEndpoint? endpoint, ServicePort port) =>
            AddIfAny(result, endpoint is null ? null : endpoint with { EntryPort = port.Number });
    }

    private IEnumerable<MeshObject> Selected(QueryContext context, string @namespace, Labels selector)
    {
        if (selector.Count == 0)
        {
            return [];
        }
        var first = selector.Items[0];
        return _model.Inputs.WorkloadsByLabel.Get(context, (@namespace, $"{first.Key}={first.Value}"))
            .Where(w => WorkloadFacts.LabelsOf(w.Key, w).Matches(selector.Items));
    }

    private static void AddIfAny(List<IstioEndpoint> result, IstioEndpoint? endpoint)
    {
        if (endpoint is not null)
        {
            result.Add(endpoint);
        }
    }
}
