using System.Text.Json.Nodes;
using Google.Protobuf;
using Lateen.Core.Protobuf;
using Lateen.Core.Yaml;
using Lateen.Kubernetes.Objects;
using Lateen.Local.Pods;

namespace Lateen.Local.Cluster;

/// <summary>Objects that a cluster's own controllers write: pods with their status, endpoint slices, the node,
/// namespaces.</summary>
internal static class RuntimeObjects
{
    /// <summary>What an installation by Helm writes where its user says nothing (Istio's chart,
    /// <c>values.yaml</c>).</summary>
    private const string MeshDefaults = """
        defaultProviders:
          metrics: [prometheus]
        enablePrometheusMerge: true
        rootNamespace: istio-system
        trustDomain: cluster.local

        """;

    private static readonly MessageWriter _writer = new(MessageWriteOptions.Default);

    /// <summary>By file name.</summary>
    public static IEnumerable<KeyValuePair<string, JsonObject>> Build(
        ClusterState cluster, string node, IReadOnlyCollection<LocalPod> pods,
        IReadOnlyCollection<ServiceView> services)
    {
        yield return new("node-local", Json(new Node
        {
            ApiVersion = "v1",
            Kind = "Node",
            Metadata = new ObjectMeta { Name = "local", Labels = { ["kubernetes.io/hostname"] = "local" } },
            Status = new Node.Types.Status
            {
                Addresses = { new Node.Types.Address { Type = "InternalIP", Address_ = node } },
            },
        }));
        if (!cluster.ConfigMaps.ContainsKey(ClusterStateBuilder.MeshConfigMap))
        {
            var id = ClusterStateBuilder.MeshConfigMap;
            yield return new("mesh-config", Json(new ConfigMap
            {
                ApiVersion = "v1",
                Kind = "ConfigMap",
                Metadata = new ObjectMeta { Name = id.Name, Namespace = id.Namespace },
                Data = { ["mesh"] = MeshDefaults },
            }));
        }

        foreach (var name in pods.Select(p => p.Id.Namespace).Concat(services.Select(s => s.Namespace)).Distinct()
            .Where(n => !cluster.NamespaceLabels.ContainsKey(n)))
        {
            yield return new($"namespace-{name}", Json(new Namespace
            {
                ApiVersion = "v1",
                Kind = "Namespace",
                Metadata = new ObjectMeta { Name = name },
            }));
        }

        foreach (var pod in pods.Where(p => p.Phase is "Running" or "Terminating"))
        {
            yield return new($"pod-{pod.Id.Namespace}-{pod.Id.Name}", Json(PodOf(pod)));
        }

        foreach (var service in services.Where(s => s.Ports.Count > 0))
        {
            yield return new($"slice-{service.Namespace}-{service.Name}", Json(SliceOf(service)));
        }
    }

    private static Pod PodOf(LocalPod pod)
    {
        var whole = pod.Object.Clone();
        whole.ApiVersion = "v1";
        whole.Kind = "Pod";
        whole.Spec.NodeName = "local";
        whole.Spec.ServiceAccountName = pod.ServiceAccount;
        whole.Status = new PodStatus
        {
            Phase = "Running",
            PodIp = pod.Address,
            PodIps = { new PodStatus.Types.PodIp { Ip = pod.Address } },
            HostIp = pod.Place.Node,
            Conditions =
                { new Condition { Type = "Ready", Status = pod.Ready && !pod.Terminating ? "True" : "False" } },
        };
        return whole;
    }

    private static EndpointSlice SliceOf(ServiceView service)
    {
        var slice = new EndpointSlice
        {
            ApiVersion = "discovery.k8s.io/v1",
            Kind = "EndpointSlice",
            AddressType = "IPv4",
            Metadata = new ObjectMeta
            {
                Name = $"{service.Name}-local",
                Namespace = service.Namespace,
                Labels =
                {
                    ["kubernetes.io/service-name"] = service.Name,
                    ["endpointslice.kubernetes.io/managed-by"] = "lateen-local",
                },
            },
        };
        // One slice holds one set of port numbers; pods of one service that name them otherwise are the exception.
        foreach (var port in service.Ports)
        {
            var entry = new EndpointsPort
            {
                Name = port.Name,
                Port = port.Endpoints.Count > 0 ? port.Endpoints[0].Port : port.Port,
                Protocol = port.Protocol,
            };
            if (port.AppProtocol is { } protocol)
            {
                entry.AppProtocol = protocol;
            }

            slice.Ports.Add(entry);
        }

        foreach (var endpoint in service.Ports.SelectMany(p => p.Endpoints).DistinctBy(e => e.Pod))
        {
            slice.Endpoints.Add(new SliceEndpoint
            {
                Addresses = { endpoint.Address },
                Conditions = new SliceEndpoint.Types.Conditions
                {
                    Ready = endpoint.Ready,
                    Serving = endpoint.Ready,
                    Terminating = endpoint.Terminating,
                },
                TargetRef = new ObjectReference { Kind = "Pod", Namespace = service.Namespace, Name = endpoint.Pod },
                NodeName = "local",
            });
        }

        return slice;
    }

    private static JsonObject Json(IMessage message) =>
        JsonNode.Parse(JsonTreeWriter.Write(_writer.ToNode(message)))!.AsObject();
}
