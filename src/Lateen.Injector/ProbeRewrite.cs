using System.Globalization;
using System.Text.Json.Nodes;

namespace Lateen.Injector;

/// <summary>
/// Sends the kubelet's probes of applications to the agent, which is reached in plaintext whatever mTLS demands; the
/// originals go to the agent in ISTIO_KUBE_APP_PROBERS.
/// </summary>
internal static class ProbeRewrite
{
    private static readonly (string Field, string Path)[] _probes =
        [("readinessProbe", "readyz"), ("livenessProbe", "livez"), ("startupProbe", "startupz")];

    /// <summary>Rewrites in place; returns the originals by path, empty when there is none.</summary>
    public static JsonObject Apply(PodView pod, int statusPort)
    {
        var originals = new JsonObject();
        foreach (var container in pod.Containers.Concat(pod.InitContainers))
        {
            var name = PodView.Text(container["name"]) ?? "";
            if (name == ProxyParts.ProxyName)
            {
                continue;
            }

            foreach (var (field, suffix) in _probes)
            {
                if (container[field] is JsonObject probe && Original(probe, container) is { } original)
                {
                    var path = $"/app-health/{name}/{suffix}";
                    originals[path] = original;
                    Redirect(probe, path, statusPort);
                }
            }
        }

        return originals;
    }

    private static JsonObject? Original(JsonObject probe, JsonObject container)
    {
        var original = new JsonObject();
        foreach (var kind in (string[])["httpGet", "tcpSocket", "grpc"])
        {
            if (probe[kind] is JsonObject action)
            {
                var copy = action.DeepClone().AsObject();
                if (copy["port"] is JsonValue port && port.TryGetValue<string>(out var named))
                {
                    copy["port"] = PortNumber(container, named);
                }

                original[kind] = copy;
            }
        }

        if (original.Count == 0)
        {
            return null;
        }

        if (probe["timeoutSeconds"] is { } timeout)
        {
            original["timeoutSeconds"] = timeout.DeepClone();
        }

        return original;
    }

    private static JsonNode PortNumber(JsonObject container, string name)
    {
        if (int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
        {
            return number;
        }

        var port = (container["ports"] as JsonArray ?? []).OfType<JsonObject>()
            .FirstOrDefault(p => PodView.Text(p["name"]) == name);
        return port?["containerPort"]?.DeepClone() ?? name;
    }

    private static void Redirect(JsonObject probe, string path, int statusPort)
    {
        probe.Remove("tcpSocket");
        probe.Remove("grpc");
        var get = probe["httpGet"] as JsonObject ?? [];
        get.Remove("host");
        get.Remove("scheme");
        get["path"] = path;
        get["port"] = statusPort;
        if (probe["httpGet"] is null)
        {
            probe["httpGet"] = get;
        }
    }
}
