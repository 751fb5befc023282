using Istio.Mesh.V1Alpha1;
using Lateen.Core.Yaml;

namespace Lateen.Agent.Bootstrap;

/// <summary>Builds the metadata by which the control plane knows a proxy (Istio's BootstrapNodeMetadata).</summary>
public sealed class NodeMetadata
{
    /// <summary>Label of a pod that tells its locality.</summary>
    public const string LocalityLabel = "istio-locality";

    private const string Prefix = "ISTIO_META_";
    private const string JsonPrefix = "ISTIO_METAJSON_";

    private readonly SortedDictionary<string, YamlNode> _entries = new(StringComparer.Ordinal);

    private NodeMetadata()
    {
    }

    /// <summary>Labels of the workload: those of the pod's file over those of the environment.</summary>
    public IReadOnlyDictionary<string, string> Labels { get; private set; } = PodFacts.None.Labels;

    /// <summary>Annotations of the pod.</summary>
    public IReadOnlyDictionary<string, string> Annotations { get; private set; } = PodFacts.None.Annotations;

    /// <summary>All of it.</summary>
    public YamlMapping ToTree() => Tree.Map(_entries);

    /// <summary>An entry that is a text; empty where there is none.</summary>
    public string Text(string key) => _entries.GetValueOrDefault(key)?.Text ?? "";

    /// <summary>Collects the metadata.</summary>
    public static NodeMetadata Collect(
        BootstrapOptions options, ProxyConfig config, YamlNode configTree, AgentEnvironment environment, PodFacts pod)
    {
        var metadata = new NodeMetadata { Annotations = pod.Annotations };
        metadata.AddEnvironment(config, environment);
        metadata.AddJsonEnvironment(environment);
        metadata.AddLabels(environment, pod);
        metadata.AddPod(options, environment);
        metadata.AddAgent(options, configTree);
        return metadata;
    }

    private void AddEnvironment(ProxyConfig config, AgentEnvironment environment)
    {
        foreach (var (name, value) in config.ProxyMetadata)
        {
            if (name.StartsWith(Prefix, StringComparison.Ordinal))
            {
                AddVariable(name[Prefix.Length..], value);
            }
        }
        foreach (var (name, value) in environment.WithPrefix(Prefix))
        {
            AddVariable(name, value);
        }
    }

    private void AddVariable(string name, string value)
    {
        _entries[name] = Tree.Text(name == "POD_PORTS" ? NormalizePodPorts(value) : value);
    }

    // Each entry of the object becomes an entry of the metadata.
    private void AddJsonEnvironment(AgentEnvironment environment)
    {
        foreach (var (_, value) in environment.WithPrefix(JsonPrefix))
        {
            if (YamlReader.Read(value) is { Errors: [], Documents: [YamlMapping map] })
            {
                foreach (var (key, entry) in map.Entries)
                {
                    _entries[key.Value] = entry;
                }
            }
        }
    }

    private void AddLabels(AgentEnvironment environment, PodFacts pod)
    {
        var labels = new SortedDictionary<string, string>(StringComparer.Ordinal);
        if (environment.Variables.TryGetValue(JsonPrefix + "LABELS", out var json)
            && YamlReader.Read(json) is { Errors: [], Documents: [YamlMapping map] })
        {
            foreach (var (key, value) in map.Entries)
            {
                labels[key.Value] = value.Text ?? "";
            }
            NormalizeLocality(labels);
            _entries["STATIC_LABELS"] = Texts(labels);
        }
        foreach (var (key, value) in pod.Labels)
        {
            labels[key] = value;
        }
        NormalizeLocality(labels);
        Labels = labels;
        if (labels.Count > 0)
        {
            _entries["LABELS"] = Texts(labels);
        }
        if (pod.Annotations.Count > 0)
        {
            _entries["ANNOTATIONS"] = Texts(pod.Annotations);
        }
    }

    private void AddPod(BootstrapOptions options, AgentEnvironment environment)
    {
        AddText("NAME", options.Role.PodName);
        AddText("NAMESPACE", options.Role.Namespace);
        AddText("SERVICE_ACCOUNT", environment.Text("SERVICE_ACCOUNT"));
        AddText("INSTANCE_IPS", string.Join(',', options.InstanceIps));
    }

    private void AddAgent(BootstrapOptions options, YamlNode configTree)
    {
        _entries["PROXY_CONFIG"] = configTree;
        _entries["ENVOY_PROMETHEUS_PORT"] = Tree.Number(options.PrometheusPort);
        _entries["ENVOY_STATUS_PORT"] = Tree.Number(options.StatusPort);
        _entries["METADATA_DISCOVERY"] = Tree.Text(options.MetadataDiscovery ? "true" : "false");
        if (options.PilotSubjectAltNames.Count > 0)
        {
            _entries["PILOT_SAN"] = Tree.Texts(options.PilotSubjectAltNames);
        }
        if (options is { VirtualHostDiscovery: true, DeltaDiscovery: true })
        {
            _entries.TryAdd("LATEEN_VHDS", Tree.Text("true"));
        }
        AddText("WORKLOAD_IDENTITY_SOCKET_FILE", options.WorkloadIdentitySocketFile);
        AddText("OUTLIER_LOG_PATH", options.OutlierLogPath);
        if (options.SkipDeprecatedLogs)
        {
            AddText("ENVOY_SKIP_DEPRECATED_LOGS", "true");
        }
        if (options.ExitOnZeroActiveConnections)
        {
            AddText("EXIT_ON_ZERO_ACTIVE_CONNECTIONS", "true");
        }
        _entries.TryAdd("ISTIO_VERSION", Tree.Text(options.Version));
    }

    private void AddText(string key, string value)
    {
        if (value.Length > 0)
        {
            _entries[key] = Tree.Text(value);
        }
    }

    private static YamlMapping Texts(IEnumerable<KeyValuePair<string, string>> texts) =>
        Tree.Map(texts.Select(entry => new KeyValuePair<string, YamlNode>(entry.Key, Tree.Text(entry.Value))));

    // A label may not hold a slash, so that dots stand for them.
    private static void NormalizeLocality(SortedDictionary<string, string> labels)
    {
        if (labels.TryGetValue(LocalityLabel, out var locality) && !locality.Contains('/'))
        {
            labels[LocalityLabel] = locality.Replace('.', '/');
        }
    }

    // The list as Istio's own type writes it: protocol always there, name only where it is set.
    private static string NormalizePodPorts(string text)
    {
        if (YamlReader.Read(text) is not { Errors: [], Documents: [YamlSequence ports] })
        {
            return text;
        }
        return JsonTreeWriter.Write(Tree.List(ports.Items.Select(port => Tree.Map(
            ("name", port["name"]),
            ("containerPort", port["containerPort"]),
            ("protocol", port["protocol"] ?? Tree.Text(""))))));
    }
}
