using System.Text.Json.Nodes;

namespace Lateen.Injector;

/// <summary>The built-in template <c>gateway</c>: the pod's container istio-proxy is a proxy alone; nothing is
/// captured.</summary>
internal sealed class GatewayTemplate(InjectionTarget target, PodView pod, InjectorOptions options)
{
    private readonly ProxyParts _parts = new(target, pod, options);

    public JsonObject Build() => new()
    {
        ["metadata"] = new JsonObject { ["labels"] = _parts.Labels() },
        ["spec"] = new JsonObject
        {
            ["securityContext"] = new JsonObject
            {
                ["sysctls"] = new JsonArray(new JsonObject
                {
                    ["name"] = "net.ipv4.ip_unprivileged_port_start",
                    ["value"] = "0",
                }),
            },
            ["containers"] = new JsonArray(Proxy()),
            ["volumes"] = ProxyParts.Volumes(),
        },
    };

    private JsonObject Proxy() => new()
    {
        ["name"] = ProxyParts.ProxyName,
        ["image"] = pod.Annotation("sidecar.istio.io/proxyImage", options.ProxyImage),
        ["ports"] = new JsonArray(new JsonObject
        {
            ["containerPort"] = 15090,
            ["protocol"] = "TCP",
            ["name"] = "http-envoy-prom",
        }),
        ["args"] = ProxyParts.Words(
            "proxy", "router", "--domain", $"$(POD_NAMESPACE).svc.{options.ClusterDomain}",
            $"--proxyLogLevel={pod.Annotation("sidecar.istio.io/logLevel", "warning")}",
            $"--proxyComponentLogLevel={pod.Annotation("sidecar.istio.io/componentLogLevel", "misc:error")}",
            $"--log_output_level={pod.Annotation("sidecar.istio.io/agentLogLevel", "default:info")}"),
        ["env"] = _parts.Environment(isGateway: true),
        ["securityContext"] = new JsonObject
        {
            ["capabilities"] = new JsonObject { ["drop"] = ProxyParts.Words("ALL") },
            ["allowPrivilegeEscalation"] = false,
            ["privileged"] = false,
            ["readOnlyRootFilesystem"] = true,
            ["runAsUser"] = 1337,
            ["runAsGroup"] = 1337,
            ["runAsNonRoot"] = true,
        },
        ["startupProbe"] = ProxyParts.ReadyProbe(30, 1),
        ["readinessProbe"] = _parts.ReadinessProbe(),
        ["volumeMounts"] = ProxyParts.Mounts(),
    };
}
