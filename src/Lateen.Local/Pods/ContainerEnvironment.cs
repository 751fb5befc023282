using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Lateen.Kubernetes.Objects;
using Lateen.Local.Cluster;

namespace Lateen.Local.Pods;

/// <summary>A container's variables: literal, of the pod, of its resources, of config maps and secrets.</summary>
internal sealed partial class ContainerEnvironment
{
    /// <summary>Name that injection gives to the proxy's container.</summary>
    public const string ProxyContainer = "istio-proxy";

    private readonly Dictionary<string, string> _variables = [];

    public ContainerEnvironment(LocalPod pod, Container container, ClusterState cluster)
    {
        _variables["PATH"] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
        _variables["HOSTNAME"] = pod.Id.Name;
        _variables["HOME"] = "/";
        // Each process would open a diagnostics socket in the machine's /tmp.
        _variables["DOTNET_EnableDiagnostics"] = "0";
        if (container.Name != ProxyContainer)
        {
            foreach (var (name, value) in ProgramVariables.Of(pod, container))
            {
                _variables[name] = value;
            }
        }

        foreach (var variable in container.Env)
        {
            if (Value(pod, container, cluster, variable) is { } value)
            {
                _variables[variable.Name] = value;
            }
        }
    }

    public IReadOnlyDictionary<string, string> Variables => _variables;

    public void Set(string name, string value) => _variables[name] = value;

    /// <summary>Puts values in for <c>$(NAME)</c>; unknown names stay as they are.</summary>
    public string Expand(string text) => Reference().Replace(text, m =>
        _variables.TryGetValue(m.Groups[1].Value, out var value) ? value : m.Value);

    /// <summary>A field of the pod by its path, as fieldRef names it.</summary>
    public static string Field(LocalPod pod, string path)
    {
        var meta = pod.Object.Metadata;
        return path switch
        {
            "metadata.name" => pod.Id.Name,
            "metadata.namespace" => pod.Id.Namespace,
            "metadata.uid" => meta.Uid,
            "metadata.labels" => Lines(meta.Labels),
            "metadata.annotations" => Lines(meta.Annotations),
            "spec.nodeName" => "local",
            "spec.serviceAccountName" => pod.ServiceAccount,
            "status.podIP" or "status.podIPs" => pod.Address,
            "status.hostIP" or "status.hostIPs" => pod.Place.Node,
            _ when Key(path, "metadata.labels") is { } label => meta.Labels.TryGetValue(label, out var l) ? l : "",
            _ when Key(path, "metadata.annotations") is { } name =>
                meta.Annotations.TryGetValue(name, out var a) ? a : "",
            _ => throw new LocalException($"fieldRef {path} is not known"),
        };
    }

    private static string Lines(IEnumerable<KeyValuePair<string, string>> map)
    {
        // The downward API's form: key="value" with Go's quoting, one a line, by key.
        var text = new StringBuilder();
        foreach (var (key, value) in map.OrderBy(m => m.Key, StringComparer.Ordinal))
        {
            var quoted = value.Replace("\\", "\\\\", StringComparison.Ordinal)
                .Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
            text.Append(text.Length == 0 ? "" : "\n").Append(key).Append("=\"").Append(quoted).Append('"');
        }

        return text.ToString();
    }

    private static string? Key(string path, string map) =>
        path.StartsWith(map + "['", StringComparison.Ordinal) && path.EndsWith("']", StringComparison.Ordinal)
            ? path[(map.Length + 2)..^2] : null;

    private static string? Value(LocalPod pod, Container container, ClusterState cluster, EnvVar variable)
    {
        if (variable.ValueFrom is not { } source)
        {
            return variable.Value;
        }

        if (source.FieldRef is { } field)
        {
            return Field(pod, field.FieldPath);
        }

        if (source.ResourceFieldRef is { } resource)
        {
            return Resource(container, resource.Fields["resource"].StringValue);
        }

        var (maps, reference) = source.ConfigMapKeyRef is { } c ? (cluster.ConfigMaps, c)
            : (cluster.Secrets, source.SecretKeyRef);
        if (reference is not null
            && maps.TryGetValue(new ObjectName(pod.Id.Namespace, reference.Name), out var map)
            && map.TryGetValue(reference.Key, out var bytes))
        {
            return Encoding.UTF8.GetString(bytes);
        }

        return reference is null or { Optional: true } ? null
            : throw new LocalException(
                $"variable {variable.Name}: there is no {reference.Name} with key {reference.Key}");
    }

    /// <summary>A limit of the container; none is enforced here, so without one it is the machine's whole.</summary>
    private static string Resource(Container container, string name)
    {
        var parts = name.Split('.');
        var text = parts.Length == 2 && container.Resources?.Fields.TryGetValue(parts[0], out var group) == true
            && group.StructValue?.Fields.TryGetValue(parts[1], out var value) == true
            ? value.HasNumberValue ? value.NumberValue.ToString(CultureInfo.InvariantCulture) : value.StringValue
            : "";
        if (text.Length == 0)
        {
            return parts[^1] == "cpu"
                ? Environment.ProcessorCount.ToString(CultureInfo.InvariantCulture)
                : GC.GetGCMemoryInfo().TotalAvailableMemoryBytes.ToString(CultureInfo.InvariantCulture);
        }

        return decimal.Ceiling(Quantity(text)).ToString(CultureInfo.InvariantCulture);
    }

    private static decimal Quantity(string text)
    {
        (string Suffix, decimal Factor)[] units =
        [
            ("Ki", 1024m), ("Mi", 1048576m), ("Gi", 1073741824m), ("Ti", 1099511627776m),
            ("m", 0.001m), ("k", 1e3m), ("M", 1e6m), ("G", 1e9m), ("T", 1e12m), ("", 1m),
        ];
        var unit = units.First(u => text.EndsWith(u.Suffix, StringComparison.Ordinal));
        return decimal.TryParse(text.AsSpan(0, text.Length - unit.Suffix.Length), NumberStyles.Float,
            CultureInfo.InvariantCulture, out var number) ? number * unit.Factor : 1;
    }

    [GeneratedRegex(@"\$\(([A-Za-z_][A-Za-z0-9_]*)\)")]
    private static partial Regex Reference();
}
