using System.Globalization;
using System.Text.Json.Nodes;

namespace Lateen.Injector;

/// <summary>The built-in template <c>sidecar</c>: istio-init before, istio-proxy beside the application.</summary>
internal sealed class SidecarTemplate(InjectionTarget target, PodView pod, InjectorOptions options)
{
    private readonly ProxyParts _parts = new(target, pod, options);

    public JsonObject Build()
    {
        JsonNode? init = _parts.Mode == "NONE" ? null : InitContainer();
        JsonNode proxy = Proxy();
        var inits = new JsonArray();
        if (init is not null)
        {
            inits.Add(init);
        }

        var spec = new JsonObject { ["volumes"] = ProxyParts.Volumes() };
        if (IsNative)
        {
            proxy["restartPolicy"] = "Always";
            var port = _parts.StatusPort.ToString(CultureInfo.InvariantCulture);
            proxy["lifecycle"] =
                new JsonObject { ["preStop"] = Exec("request", $"--debug-port={port}", "POST", "drain") };
            inits.Add(proxy);
        }
        else
        {
            spec["containers"] = new JsonArray(proxy);
        }

        if (inits.Count > 0)
        {
            spec["initContainers"] = inits;
        }

        return new JsonObject
        {
            ["metadata"] = new JsonObject { ["labels"] = _parts.Labels() },
            ["spec"] = spec,
        };
    }

    private bool IsNative => pod.AnnotationFlag("sidecar.istio.io/nativeSidecar", options.NativeSidecars);

    private static JsonObject Exec(params string[] words) =>
        new() { ["exec"] = new JsonObject { ["command"] = ProxyParts.Words(["pilot-agent", .. words]) } };

    private JsonObject InitContainer() => new()
    {
        ["name"] = options.Cni ? "istio-validation" : "istio-init",
        ["image"] = options.ProxyImage,
        ["args"] = ProxyParts.Words(CaptureArguments()),
        ["resources"] = _parts.Resources(),
        ["securityContext"] = options.Cni ? Unprivileged() : new JsonObject
        {
            ["allowPrivilegeEscalation"] = false,
            ["privileged"] = false,
            ["capabilities"] = new JsonObject
            {
                ["add"] = ProxyParts.Words("NET_ADMIN", "NET_RAW"),
                ["drop"] = ProxyParts.Words("ALL"),
            },
            ["readOnlyRootFilesystem"] = false,
            ["runAsGroup"] = 0,
            ["runAsNonRoot"] = false,
            ["runAsUser"] = 0,
        },
    };

    private List<string> CaptureArguments()
    {
        string Traffic(string name, string otherwise) => pod.Annotation($"traffic.sidecar.istio.io/{name}", otherwise);
        var excluded = Traffic("excludeInboundPorts", options.ExcludeInboundPorts);
        var status = _parts.StatusPort == 0 ? "" : _parts.StatusPort.ToString(CultureInfo.InvariantCulture);
        List<string> words =
        [
            "istio-iptables",
            "-p", "15001",
            "-z", "15006",
            "-u", "1337",
            "-m", _parts.Mode,
            "-i", Traffic("includeOutboundIPRanges", options.IncludeOutboundIpRanges),
            "-x", Traffic("excludeOutboundIPRanges", options.ExcludeOutboundIpRanges),
            "-b", Traffic("includeInboundPorts", options.IncludeInboundPorts),
            "-d", string.Join(',', ((string[])["15090", "15021", status, excluded]).Where(p => p.Length > 0)),
        ];
        AddOptional(words, "-q", Traffic("includeOutboundPorts", options.IncludeOutboundPorts));
        AddOptional(words, "-o", Traffic("excludeOutboundPorts", options.ExcludeOutboundPorts));
        AddOptional(words, "-k", pod.Annotation("istio.io/reroute-virtual-interfaces",
            Traffic("kubevirtInterfaces", "")));
        AddOptional(words, "-c", Traffic("excludeInterfaces", ""));
        words.Add($"--log_output_level={pod.Annotation("sidecar.istio.io/agentLogLevel", "default:info")}");
        if (options.Cni)
        {
            words.AddRange(["--run-validation", "--skip-rule-apply"]);
        }

        return words;
    }

    private static void AddOptional(List<string> words, string flag, string value)
    {
        if (value.Length > 0)
        {
            words.AddRange([flag, value]);
        }
    }

    private JsonObject Proxy()
    {
        var proxy = new JsonObject
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
                "proxy", "sidecar", "--domain", $"$(POD_NAMESPACE).svc.{options.ClusterDomain}",
                $"--proxyLogLevel={pod.Annotation("sidecar.istio.io/logLevel", "warning")}",
                $"--proxyComponentLogLevel={pod.Annotation("sidecar.istio.io/componentLogLevel", "misc:error")}",
                $"--log_output_level={pod.Annotation("sidecar.istio.io/agentLogLevel", "default:info")}"),
            ["env"] = _parts.Environment(isGateway: false),
            ["resources"] = _parts.Resources(),
            ["securityContext"] = _parts.Mode == "TPROXY" ? Tproxy() : Unprivileged(),
            ["volumeMounts"] = ProxyParts.Mounts(),
        };
        if (_parts.StatusPort != 0)
        {
            proxy["startupProbe"] = ProxyParts.ReadyProbe(600, 1);
            proxy["readinessProbe"] = _parts.ReadinessProbe();
        }

        return proxy;
    }

    private static JsonObject Unprivileged() => new()
    {
        ["allowPrivilegeEscalation"] = false,
        ["capabilities"] = new JsonObject { ["drop"] = ProxyParts.Words("ALL") },
        ["privileged"] = false,
        ["readOnlyRootFilesystem"] = true,
        ["runAsGroup"] = 1337,
        ["runAsNonRoot"] = true,
        ["runAsUser"] = 1337,
    };

    /// <summary>A transparent socket needs NET_ADMIN, which only root keeps.</summary>
    private static JsonObject Tproxy() => new()
    {
        ["allowPrivilegeEscalation"] = false,
        ["capabilities"] = new JsonObject
        {
            ["add"] = ProxyParts.Words("NET_ADMIN"),
            ["drop"] = ProxyParts.Words("ALL"),
        },
        ["privileged"] = false,
        ["readOnlyRootFilesystem"] = true,
        ["runAsGroup"] = 1337,
        ["runAsNonRoot"] = false,
        ["runAsUser"] = 0,
    };
}
