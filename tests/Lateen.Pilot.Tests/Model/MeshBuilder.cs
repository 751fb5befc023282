using Google.Protobuf.WellKnownTypes;
using Istio.Networking.V1Alpha3;
using Lateen.Kubernetes.Objects;
using Lateen.Pilot.Graph;
using Lateen.Pilot.Model;

namespace Lateen.Pilot.Tests.Model;

/// <summary>A mesh made of a few words, for tests.</summary>
internal sealed class MeshBuilder
{
    public MeshBuilder()
    {
        Graph = new IncrementalGraph();
        Model = new MeshModel(Graph, new MeshOptions());
    }

    public IncrementalGraph Graph { get; }

    public MeshModel Model { get; }

    public QueryContext Context => Graph.Context;

    public MeshObject Add(
        string kind, string @namespace, string name, Google.Protobuf.IMessage spec, long createdAt = 0,
        Dictionary<string, string>? labels = null, Dictionary<string, string>? annotations = null)
    {
        var item = new MeshObject
        {
            Key = new ObjectKey(kind, @namespace, name),
            Spec = spec,
            CreatedAt = createdAt,
            Labels = Labels.From(labels ?? []),
            Annotations = Labels.From(annotations ?? []),
        };
        Model.Inputs.Objects.Set(item.Key, item);
        return item;
    }

    public void Service(
        string @namespace, string name, string? clusterIp = "10.0.0.1", string portName = "http", int port = 80,
        string? exportTo = null)
    {
        var service = new Lateen.Kubernetes.Objects.Service
        {
            Spec = new ServiceSpec { ClusterIp = clusterIp ?? "None", Selector = { ["app"] = name } },
        };
        service.Spec.Ports.Add(new Lateen.Kubernetes.Objects.ServicePort
        {
            Name = portName,
            Port = port,
            Protocol = "TCP",
            TargetPort = Value.ForNumber(8080),
        });
        Add(ObjectKind.Service, @namespace, name, service,
            annotations: exportTo is null ? null : new() { [WellKnownLabels.ExportTo] = exportTo });
    }

    public void Pod(
        string @namespace, string name, string ip, string app, string version = "v1", bool mutualTls = true,
        string? node = null)
    {
        var pod = new Pod
        {
            Metadata = new ObjectMeta(),
            Spec = new PodSpec { ServiceAccountName = app, NodeName = node ?? "" },
            Status = new PodStatus { PodIp = ip, Phase = "Running" },
        };
        pod.Status.Conditions.Add(new Condition { Type = "Ready", Status = "True" });
        var labels = new Dictionary<string, string> { ["app"] = app, ["version"] = version };
        if (mutualTls)
        {
            labels[WellKnownLabels.TlsMode] = "istio";
        }
        Add(ObjectKind.Pod, @namespace, name, pod, labels: labels);
    }

    public void Rule(string @namespace, string name, string host, Action<DestinationRule>? change = null,
        long createdAt = 0)
    {
        var rule = new DestinationRule { Host = host };
        change?.Invoke(rule);
        Add(ObjectKind.DestinationRule, @namespace, name, rule, createdAt);
    }

    public static Proxy Sidecar(string @namespace, string ip, Dictionary<string, string>? labels = null)
    {
        return new Proxy
        {
            NodeId = $"sidecar~{ip}~app.{@namespace}~{@namespace}.svc.cluster.local",
            Type = ProxyType.Sidecar,
            Id = $"app.{@namespace}",
            Namespace = @namespace,
            Addresses = [ip],
            DnsDomain = $"{@namespace}.svc.cluster.local",
            Labels = Labels.From(labels ?? []),
        };
    }
}
