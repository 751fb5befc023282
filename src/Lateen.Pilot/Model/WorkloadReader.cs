using Istio.Networking.V1Alpha3;
using Lateen.Kubernetes.Objects;
using Lateen.Pilot.Graph;

namespace Lateen.Pilot.Model;

/// <summary>Turns pods and WorkloadEntries into endpoints, reading what stands beside them (nodes, networks).</summary>
internal sealed class WorkloadReader
{
    private readonly MeshModel _model;
    private readonly QueryContext _context;
    private readonly string _trustDomain;

    public WorkloadReader(MeshModel model, QueryContext context)
    {
        _model = model;
        _context = context;
        _trustDomain = model.Inputs.MeshConfig(context).TrustDomain;
    }

    public static EndpointHealth Health(bool ready, bool serving, bool terminating)
    {
        return terminating
            ? serving ? EndpointHealth.Draining : EndpointHealth.Terminating
            : ready ? EndpointHealth.Healthy : EndpointHealth.Unhealthy;
    }

    public MeshObject? Pod(string @namespace, string name, string cluster)
        => _model.Inputs.Objects.Get(_context, new ObjectKey(ObjectKind.Pod, @namespace, name, cluster));

    /// <summary>An endpoint without ports, of a pod or (when there is none) of a bare address.</summary>
    public IstioEndpoint OfPod(MeshObject? item, string address, string nodeName, string hostName, ObjectKey owner)
    {
        var pod = item?.As<Pod>();
        var labels = item?.Labels ?? Labels.Empty;
        var node = nodeName.Length > 0 ? nodeName : pod?.Spec?.NodeName ?? "";
        var cluster = owner.Cluster.Length > 0 ? owner.Cluster : _model.Options.ClusterId;
        var account = pod?.Spec is null ? "" : pod.Spec.ServiceAccountName.Length > 0 ? pod.Spec.ServiceAccountName
            : pod.Spec.ServiceAccount.Length > 0 ? pod.Spec.ServiceAccount : "default";
        return new IstioEndpoint
        {
            Address = address,
            Port = 0,
            ServicePortName = "",
            Labels = labels,
            Locality = LocalityOf(labels, node, owner.Cluster),
            Network = NetworkOf(labels, address, cluster),
            ClusterId = cluster,
            MutualTls = labels.Get(WellKnownLabels.TlsMode) == "istio",
            Identity = account.Length > 0 ? SpiffeNames.Of(_trustDomain, owner.Namespace, account) : "",
            Namespace = owner.Namespace,
            WorkloadName = item is null ? "" : WorkloadName(item, pod!),
            NodeName = node,
            HostName = hostName.Length > 0 ? hostName : pod?.Spec?.Hostname ?? "",
            SubDomain = pod?.Spec?.Subdomain ?? "",
            Health = EndpointHealth.Healthy,
        };
    }

    /// <summary>An endpoint of a ServiceEntry, or of a WorkloadEntry that it selects.</summary>
    public IstioEndpoint OfEntry(WorkloadEntry entry, Labels labels, string name, ObjectKey owner, ServicePort port)
    {
        const string UnixScheme = "unix://";
        var unix = entry.Address.StartsWith(UnixScheme, StringComparison.Ordinal);
        var cluster = owner.Cluster.Length > 0 ? owner.Cluster : _model.Options.ClusterId;
        var tlsMode = labels.Get(WellKnownLabels.TlsMode);
        return new IstioEndpoint
        {
            Address = unix ? entry.Address[UnixScheme.Length..] : entry.Address,
            Port = unix ? 0 : EntryPort(entry, port),
            ServicePortName = port.Name,
            Labels = labels,
            Locality = entry.Locality.Length > 0 ? Locality.Parse(entry.Locality) : LocalityOf(labels, "", ""),
            Network = entry.Network.Length > 0 ? entry.Network : NetworkOf(labels, entry.Address, cluster),
            ClusterId = cluster,
            Weight = entry.Weight > 0 ? entry.Weight : 1,
            MutualTls = tlsMode is null ? entry.ServiceAccount.Length > 0 : tlsMode == "istio",
            Identity = entry.ServiceAccount.Length > 0
                ? SpiffeNames.Of(_trustDomain, owner.Namespace, entry.ServiceAccount) : "",
            Namespace = owner.Namespace,
            WorkloadName = name,
        };
    }

    /// <summary>The endpoint of a selected workload for one port of a service; null when it has none.</summary>
    public IstioEndpoint? Endpoint(MeshObject workload, Service service, ServicePort port)
    {
        if (workload.Key.Kind == ObjectKind.WorkloadEntry)
        {
            var entry = workload.As<WorkloadEntry>();
            return OfEntry(entry, WorkloadFacts.LabelsOf(workload.Key, workload), workload.Key.Name, workload.Key,
                port);
        }
        var pod = workload.As<Pod>();
        var status = pod.Status;
        if (status is null || status.PodIp.Length == 0 || status.Phase is "Succeeded" or "Failed")
        {
            return null;
        }
        var number = PodPort(pod, port);
        if (number == 0)
        {
            return null;
        }
        var ready = status.Conditions.FirstOrDefault(c => c.Type == "Ready")?.Status == "True";
        var terminating = pod.Metadata?.DeletionTimestamp is not null;
        var template = OfPod(workload, status.PodIp, "", "", workload.Key);
        return template with
        {
            Port = number,
            ServicePortName = port.Name,
            Health = Health(ready, ready, terminating),
            HostName = service.Headless ? template.HostName : "",
        };
    }

    private static int EntryPort(WorkloadEntry entry, ServicePort port)
    {
        if (entry.Ports.TryGetValue(port.Name, out var number))
        {
            return (int)number;
        }
        if (port.TargetPortName.Length > 0 && entry.Ports.TryGetValue(port.TargetPortName, out var named))
        {
            return (int)named;
        }
        return port.TargetPort > 0 ? port.TargetPort : port.Number;
    }

    private static int PodPort(Pod pod, ServicePort port)
    {
        if (port.TargetPortName.Length == 0)
        {
            return port.TargetPort > 0 ? port.TargetPort : port.Number;
        }
        return pod.Spec?.Containers.SelectMany(c => c.Ports)
            .FirstOrDefault(p => p.Name == port.TargetPortName)?.ContainerPort_ ?? 0;
    }

    /// <summary>The Deployment's name where the pod's owner tells it, else the owner's, else the pod's.</summary>
    private static string WorkloadName(MeshObject item, Pod pod)
    {
        var owner = pod.Metadata?.OwnerReferences.FirstOrDefault(o => o.Controller)
            ?? pod.Metadata?.OwnerReferences.FirstOrDefault();
        if (owner is null)
        {
            return item.Key.Name;
        }
        var hash = item.Labels.Get("pod-template-hash");
        return owner.Kind == "ReplicaSet" && hash is { Length: > 0 }
            && owner.Name.EndsWith($"-{hash}", StringComparison.Ordinal)
            ? owner.Name[..^(hash.Length + 1)]
            : owner.Name;
    }

    private Locality LocalityOf(Labels labels, string nodeName, string cluster)
    {
        if (labels.Get(WellKnownLabels.IstioLocality) is { Length: > 0 } text)
        {
            // A label's value cannot hold a slash.
            return Locality.Parse(text.Contains('/', StringComparison.Ordinal) ? text : text.Replace('.', '/'));
        }
        if (nodeName.Length == 0)
        {
            return Locality.None;
        }
        var node = _model.Inputs.Objects.Get(_context, new ObjectKey(ObjectKind.Node, "", nodeName, cluster));
        return node is null ? Locality.None : new Locality(
            node.Labels.Get(WellKnownLabels.Region) ?? "",
            node.Labels.Get(WellKnownLabels.Zone) ?? "",
            node.Labels.Get(WellKnownLabels.SubZone) ?? "");
    }

    private string NetworkOf(Labels labels, string address, string cluster)
    {
        return labels.Get(WellKnownLabels.Network) ?? Networks.Of(_model.Inputs.Networks(_context), address, cluster);
    }
}
