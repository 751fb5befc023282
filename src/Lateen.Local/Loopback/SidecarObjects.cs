using System.Globalization;
using System.Text.Json.Nodes;
using Lateen.Local.Cluster;
using Lateen.Local.Pods;

namespace Lateen.Local.Loopback;

/// <summary>
/// A Sidecar for each pod with a proxy: its listeners bind the pod's addresses instead of waiting for captured traffic,
/// which is what Istio has Sidecars for where there is no capture. What the user's own Sidecar for the pod lets it see
/// and call holds on.
/// </summary>
internal static class SidecarObjects
{
    /// <summary>Label that names the pod.</summary>
    public const string PodLabel = "lateen.io/pod";

    /// <summary>By file name.</summary>
    public static IEnumerable<KeyValuePair<string, JsonObject>> Build(
        ClusterState cluster, IReadOnlyCollection<LocalPod> pods)
    {
        foreach (var pod in pods.Where(p => p.Injected && !p.Finished && HasPrograms(p)))
        {
            yield return new($"sidecar-{pod.Id.Namespace}-{pod.Id.Name}", Build(cluster, pod));
        }
    }

    private static bool HasPrograms(LocalPod pod) =>
        pod.Object.Spec.Containers.Any(c => c.Name != ContainerEnvironment.ProxyContainer);

    private static JsonObject Build(ClusterState cluster, LocalPod pod)
    {
        var user = Find(cluster, pod);
        var spec = new JsonObject
        {
            ["workloadSelector"] = new JsonObject { ["labels"] = new JsonObject { [PodLabel] = pod.Id.Name } },
            ["egress"] = Egress(pod, user),
        };
        var ingress = Ingress(cluster, pod);
        if (ingress.Count > 0)
        {
            spec["ingress"] = ingress;
        }

        foreach (var name in (string[])["outboundTrafficPolicy", "inboundConnectionPool"])
        {
            if (user?[name] is { } value)
            {
                spec[name] = value.DeepClone();
            }
        }

        return new JsonObject
        {
            ["apiVersion"] = "networking.istio.io/v1",
            ["kind"] = "Sidecar",
            ["metadata"] = new JsonObject { ["name"] = $"{pod.Id.Name}", ["namespace"] = pod.Id.Namespace },
            ["spec"] = spec,
        };
    }

    private static JsonArray Ingress(ClusterState cluster, LocalPod pod)
    {
        var listeners = new JsonArray();
        foreach (var (said, own) in pod.Place.ProgramPorts.OrderBy(p => p.Key))
        {
            var port = pod.Place.Exposed(said);
            JsonNode listener = new JsonObject
            {
                ["port"] = Port(port, Protocol(cluster, pod, said)),
                ["bind"] = pod.Address,
                ["captureMode"] = "NONE",
                ["defaultEndpoint"] = string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{own}"),
            };
            listeners.Add(listener);
        }

        return listeners;
    }

    private static JsonArray Egress(LocalPod pod, JsonObject? user)
    {
        var hosts = (user?["egress"] as JsonArray ?? []).SelectMany(e => e?["hosts"] as JsonArray ?? [])
            .Select(h => (string)h!).Distinct().DefaultIfEmpty("*/*").ToList();
        var listeners = new JsonArray();
        JsonNode proxy = new JsonObject
        {
            ["port"] = Port(ProgramVariables.HttpProxyPort, "HTTP_PROXY"),
            ["bind"] = pod.Place.Egress,
            ["captureMode"] = "NONE",
            ["hosts"] = new JsonArray([.. hosts.Select(h => (JsonNode)h)]),
        };
        listeners.Add(proxy);
        foreach (var way in pod.Place.TcpWays)
        {
            JsonNode listener = new JsonObject
            {
                ["port"] = Port(way.Port, "TCP"),
                ["bind"] = pod.Place.Egress,
                ["captureMode"] = "NONE",
                ["hosts"] = new JsonArray($"{way.Namespace}/{way.Host}"),
            };
            listeners.Add(listener);
        }

        return listeners;
    }

    private static JsonObject Port(int number, string protocol) => new()
    {
        ["number"] = number,
        ["protocol"] = protocol,
        ["name"] = string.Create(CultureInfo.InvariantCulture,
            $"{protocol.ToLowerInvariant().Replace('_', '-')}-{number}"),
    };

    /// <summary>As a service says that leads to the port, else as the container's name for it says.</summary>
    private static string Protocol(ClusterState cluster, LocalPod pod, int port)
    {
        foreach (var (id, service) in cluster.Services.OrderBy(s => s.Key.ToString(), StringComparer.Ordinal))
        {
            if (id.Namespace == pod.Id.Namespace && service.Spec is { Selector.Count: > 0 } spec
                && spec.Selector.All(l =>
                    pod.Object.Metadata.Labels.TryGetValue(l.Key, out var value) && value == l.Value)
                && spec.Ports.FirstOrDefault(p => ServiceDirectory.TargetPort(p, pod.Object) == port) is { } found)
            {
                return PortProtocol.Of(found);
            }
        }

        var declared = pod.Object.Spec.Containers.SelectMany(c => c.Ports)
            .FirstOrDefault(p => p.ContainerPort_ == port);
        return PortProtocol.OfName(declared?.Name ?? "");
    }

    /// <summary>The spec of the user's Sidecar for a pod: by labels, else the namespace's, else the root
    /// namespace's.</summary>
    private static JsonObject? Find(ClusterState cluster, LocalPod pod)
    {
        bool Selects(JsonObject spec) => (spec["workloadSelector"]?["labels"] as JsonObject ?? []).All(l =>
            pod.Object.Metadata.Labels.TryGetValue(l.Key, out var value) && value == (string?)l.Value);
        bool HasSelector(JsonObject spec) => spec["workloadSelector"]?["labels"] is JsonObject { Count: > 0 };
        var own = cluster.Sidecars.Where(s => s.Id.Namespace == pod.Id.Namespace).Select(s => s.Spec).ToList();
        return own.Find(s => HasSelector(s) && Selects(s)) ?? own.Find(s => !HasSelector(s))
            ?? cluster.Sidecars.Where(s => s.Id.Namespace == ControlPlaneObjects.Namespace && !HasSelector(s.Spec))
                .Select(s => s.Spec).FirstOrDefault();
    }
}
