using Envoy.Config.Core.V3;
using Google.Protobuf.WellKnownTypes;
using Istio.Mesh.V1Alpha1;
using Lateen.Core;
using Lateen.Core.Protobuf;
using Lateen.Core.Yaml;
using Lateen.Galley;
using Lateen.Pilot.Model;

namespace Lateen.Pilot.Simulation;

/// <summary>
/// Reads a scenario: mesh options, objects, proxies and calls in one YAML file. Faults are collected; what is faulty is
/// left out, as a mesh would leave it out.
/// </summary>
public sealed class ScenarioReader
{
    /// <summary>Creation time of Istio objects that tell none: 2025-01-01T00:00:00Z.</summary>
    private const long DefaultCreation = 1735689600;

    private readonly List<ConfigError> _errors = [];

    /// <summary>What is wrong with the file and the objects in it.</summary>
    public IReadOnlyList<ConfigError> Errors => _errors;

    /// <summary>Reads the file's text; null when it is no scenario at all.</summary>
    /// <param name="text">The text.</param>
    /// <param name="file">Name for errors.</param>
    public Scenario? Read(string text, string file)
    {
        var stream = YamlReader.Read(text, file);
        _errors.AddRange(stream.Errors);
        if (stream.Documents.FirstOrDefault() is not YamlMapping root)
        {
            return null;
        }
        var options = new MeshOptions();
        return new Scenario
        {
            Mesh = MeshOf(root),
            Networks = root["meshNetworks"] is { } networks ? NetworksOf(networks) : null,
            Features = Texts(root["env"]),
            Objects = [.. Objects(root, file)],
            Proxies = [.. Items(root["proxies"]).Select(proxy => ProxyOf(proxy, options)).OfType<ScenarioProxy>()],
            Calls = [.. Items(root["calls"]).Select(CallReader.Read)],
        };
    }

    private MeshConfig MeshOf(YamlMapping root)
    {
        var mesh = MeshDefaults.CreateMeshConfig();
        return root["meshConfig"] is { } overlay ? MeshConfigReader.Apply(mesh, overlay, _errors) : mesh;
    }

    private MeshNetworks NetworksOf(YamlNode node)
    {
        var reader = new MessageReader(MessageReadOptions.Kubernetes, _errors);
        return node["networks"] is null
            ? reader.Read<MeshNetworks>(new YamlMapping(("networks", node))) : reader.Read<MeshNetworks>(node);
    }

    private IEnumerable<MeshObject> Objects(YamlMapping root, string file)
    {
        var reader = new ScenarioObjects(_errors);
        var all = reader.Read(root["kubernetes"]?.Text ?? "", file, "", 0);
        foreach (var (cluster, node) in (root["clusters"] as YamlMapping)?.Entries ?? [])
        {
            all = all.Concat(reader.Read(node.Text ?? "", file, cluster.Value, 0));
        }
        return all.Concat(reader.Read(root["config"]?.Text ?? "", file, "", DefaultCreation));
    }

    private ScenarioProxy? ProxyOf(YamlNode node, MeshOptions options)
    {
        var name = node["name"]?.Text ?? "";
        var ns = node["namespace"]?.Text ?? "default";
        var ips = Items(node["ips"]).Select(ip => ip.Text ?? "").ToList();
        var metadata = new Struct
        {
            Fields =
            {
                ["ISTIO_VERSION"] = Value.ForString("1.32.0"),
                ["CLUSTER_ID"] = Value.ForString(options.ClusterId),
                ["MESH_ID"] = Value.ForString("cluster.local"),
                ["NAMESPACE"] = Value.ForString(ns),
                ["SERVICE_ACCOUNT"] = Value.ForString("default"),
            },
        };
        if (ips.Count > 1)
        {
            metadata.Fields["INSTANCE_IPS"] = Value.ForString(string.Join(',', ips));
        }
        if (node["labels"] is YamlMapping labels)
        {
            metadata.Fields["LABELS"] = Value.ForStruct(FreeForm.ToStruct(labels));
        }
        foreach (var (key, value) in node["metadata"] is YamlMapping given ? FreeForm.ToStruct(given).Fields : [])
        {
            metadata.Fields[key] = value;
        }
        var message = new Node
        {
            Id = $"{node["type"]?.Text ?? "sidecar"}~{ips.FirstOrDefault("127.0.0.1")}~{node["id"]?.Text ?? name}.{ns}"
                + $"~{ns}.svc.{options.DomainSuffix}",
            Metadata = metadata,
            Locality = LocalityOf(node["locality"]?.Text),
        };
        if (NodeReader.Read(message, options.DomainSuffix, out var error) is { } proxy)
        {
            return new ScenarioProxy(name, proxy);
        }
        _errors.Add(new ConfigError("proxies", "simulate.proxy", $"{name}: {error}"));
        return null;
    }

    private static Envoy.Config.Core.V3.Locality? LocalityOf(string? text)
    {
        if (string.IsNullOrEmpty(text))
        {
            return null;
        }
        var parts = text.Split('/');
        return new Envoy.Config.Core.V3.Locality
        {
            Region = parts[0],
            Zone = parts.ElementAtOrDefault(1) ?? "",
            SubZone = parts.ElementAtOrDefault(2) ?? "",
        };
    }

    private static IReadOnlyList<YamlNode> Items(YamlNode? node)
    {
        return node is YamlSequence list ? list.Items : [];
    }

    private static Dictionary<string, string> Texts(YamlNode? node)
    {
        return node is YamlMapping map
            ? map.Entries.ToDictionary(entry => entry.Key.Value, entry => entry.Value.Text ?? "") : [];
    }
}
