using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Lateen.Core;
using Lateen.Core.Protobuf;
using Lateen.Core.Yaml;
using Lateen.Kubernetes.Objects;

namespace Lateen.Local.Cluster;

/// <summary>Makes a state of documents: ordinary Kubernetes YAML, in any order, in any number of files.</summary>
internal sealed class ClusterStateBuilder
{
    /// <summary>Where an installation keeps the mesh's own configuration.</summary>
    public static readonly ObjectName MeshConfigMap = new("istio-system", "istio");

    private const int ReplicaCountMax = 100;
    private static readonly Dictionary<string, string> _noLabels = [];
    private readonly Dictionary<string, IReadOnlyDictionary<string, string>> _namespaces = [];
    private readonly Dictionary<ObjectName, Service> _services = [];
    private readonly Dictionary<ObjectName, IReadOnlyDictionary<string, byte[]>> _configMaps = [];
    private readonly Dictionary<ObjectName, IReadOnlyDictionary<string, byte[]>> _secrets = [];
    private readonly Dictionary<string, WorkloadSpec> _workloads = [];
    private readonly List<SidecarSpec> _sidecars = [];
    private readonly List<ConfigError> _errors = [];

    /// <summary>What was wrong with the objects that the platform needs; others are not looked at.</summary>
    public IReadOnlyList<ConfigError> Errors => _errors;

    public ClusterState Build() => new(_namespaces, _services, _configMaps, _secrets, _workloads, _sidecars);

    public void Add(YamlNode document)
    {
        if (document["kind"]?.Text is not { } kind)
        {
            return;
        }

        if (kind == "List" && document["items"] is YamlSequence items)
        {
            foreach (var item in items.Items)
            {
                Add(item);
            }

            return;
        }

        var name = document["metadata"]?["name"]?.Text ?? "";
        var ns = document["metadata"]?["namespace"]?.Text ?? "default";
        AddKind(kind, new ObjectName(ns, name), document);
    }

    private void AddKind(string kind, ObjectName id, YamlNode document)
    {
        switch (kind)
        {
            case "Namespace":
                _namespaces[id.Name] = Labels(document["metadata"]?["labels"]);
                break;
            case "Service":
                _services[id] = Read<Service>(document);
                break;
            case "ConfigMap":
                var map = Read<ConfigMap>(document);
                _configMaps[id] = map.Data.Select(d => (d.Key, Value: Encoding.UTF8.GetBytes(d.Value)))
                    .Concat(map.BinaryData.Select(d => (d.Key, Value: d.Value.ToByteArray())))
                    .ToDictionary(d => d.Key, d => d.Value);
                break;
            case "MeshConfig":
                // Galley takes it for the config map.
                _configMaps.TryAdd(MeshConfigMap, new Dictionary<string, byte[]>());
                break;
            case "Secret":
                var secret = Read<Secret>(document);
                _secrets[id] = secret.Data.Select(d => (d.Key, Value: d.Value.ToByteArray()))
                    .Concat(secret.StringData.Select(d => (d.Key, Value: Encoding.UTF8.GetBytes(d.Value))))
                    .GroupBy(d => d.Key).ToDictionary(g => g.Key, g => g.Last().Value);
                break;
            case "Deployment" or "StatefulSet" or "DaemonSet" or "ReplicaSet" or "Job":
                AddWorkload(kind, id, document, document["spec"]?["template"], Replicas(kind, document));
                break;
            case "Sidecar":
                _sidecars.Add(new SidecarSpec(id, Json(document["spec"])));
                break;
            case "Pod":
                AddWorkload(kind, id, document, document, 1);
                break;
            default:
                break;
        }
    }

    private void AddWorkload(string kind, ObjectName id, YamlNode document, YamlNode? template, int replicas)
    {
        if (template is not YamlMapping || template["spec"] is not YamlMapping)
        {
            Fail(document, "spec.template", $"{kind} {id} has no pod template");
            return;
        }

        var pod = new JsonObject
        {
            ["metadata"] = Json(template["metadata"]),
            ["spec"] = Json(template["spec"]),
        };
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(pod.ToJsonString())).AsSpan(0, 5));
        var spec = new WorkloadSpec(document["apiVersion"]?.Text ?? "v1", kind, id, replicas, pod, hash);
        _workloads[spec.Key] = spec;
    }

    private int Replicas(string kind, YamlNode document)
    {
        if (kind is "DaemonSet" or "Job" || document["spec"]?["replicas"] is not YamlScalar scalar)
        {
            return 1;
        }

        if (scalar.TryGetInteger(out var count) && count >= 0 && count <= ReplicaCountMax)
        {
            return (int)count;
        }

        Fail(scalar, "spec.replicas", $"must be a number from 0 to {ReplicaCountMax}");
        return 1;
    }

    private T Read<T>(YamlNode document)
        where T : Google.Protobuf.IMessage, new()
    {
        var message = MessageReader.Read<T>(document, MessageReadOptions.Kubernetes, out var errors);
        _errors.AddRange(errors);
        return message;
    }

    private void Fail(YamlNode at, string path, string message) =>
        _errors.Add(new ConfigError(path, "local.object", message, null, at.Position.File, at.Position.Line,
            at.Position.Column));

    private static JsonObject Json(YamlNode? node) =>
        node is YamlMapping map ? JsonNode.Parse(JsonTreeWriter.Write(map))!.AsObject() : [];

    private static Dictionary<string, string> Labels(YamlNode? node) =>
        node is YamlMapping map
            ? map.Entries.ToDictionary(e => e.Key.Value, e => e.Value.Text ?? "")
            : _noLabels;
}
