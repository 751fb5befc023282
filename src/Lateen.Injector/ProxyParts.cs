using System.Text.Json.Nodes;

namespace Lateen.Injector;

/// <summary>What the templates have in common: environment, probes, mounts and volumes of istio-proxy.</summary>
internal sealed class ProxyParts(InjectionTarget target, PodView pod, InjectorOptions options)
{
    public const string ProxyName = "istio-proxy";

    /// <summary>In the order of the contract, section 3.4.</summary>
    public JsonArray Environment(bool isGateway)
    {
        List<JsonNode> env =
        [
            Env("PILOT_CERT_PROVIDER", "istiod"),
            Env("CA_ADDR", options.CaAddress.Length > 0 ? options.CaAddress : $"{Istiod()}:15012"),
            Field("POD_NAME", "metadata.name"),
            Field("POD_NAMESPACE", "metadata.namespace"),
            Field("INSTANCE_IP", "status.podIP"),
            Field("SERVICE_ACCOUNT", "spec.serviceAccountName"),
            Field("HOST_IP", "status.hostIP"),
            Resource("ISTIO_CPU_LIMIT", "limits.cpu"),
            Env("PROXY_CONFIG", EffectiveProxyConfig() + "\n"),
            Env("ISTIO_META_POD_PORTS", PodPorts()),
            Env("ISTIO_META_APP_CONTAINERS", string.Join(',', AppContainers().Select(c => PodView.Text(c["name"])))),
            Resource("GOMEMLIMIT", "limits.memory"),
            Env("ISTIO_META_CLUSTER_ID", options.ClusterId),
            Field("ISTIO_META_NODE_NAME", "spec.nodeName"),
            Env("ISTIO_META_INTERCEPTION_MODE", Mode),
        ];
        if (options.Network.Length > 0)
        {
            env.Add(Env("ISTIO_META_NETWORK", options.Network));
        }

        var owner = target.Owner;
        env.Add(Env("ISTIO_META_WORKLOAD_NAME", owner.Name));
        env.Add(Env("ISTIO_META_OWNER", $"kubernetes://apis/{owner.ApiVersion}/namespaces/{target.Namespace}/"
            + $"{owner.Kind.ToLowerInvariant()}s/{owner.Name}"));
        env.Add(Env("ISTIO_META_MESH_ID", options.MeshId.Length > 0 ? options.MeshId : options.TrustDomain));
        env.Add(Env("TRUST_DOMAIN", options.TrustDomain));
        if (isGateway && pod.AnnotationFlag("lateen.io/unprivileged", false))
        {
            env.Add(Env("ISTIO_META_UNPRIVILEGED_POD", "true"));
        }

        foreach (var (name, value) in EffectiveMetadata())
        {
            env.Add(Env(name, value));
        }

        return new JsonArray([.. env]);
    }

    public string Mode => pod.Annotation("sidecar.istio.io/interceptionMode", options.InterceptionMode);

    public int StatusPort => pod.AnnotationNumber("status.sidecar.istio.io/port", options.StatusPort);

    public static JsonObject ReadyProbe(int failureThreshold, int periodSeconds) => new()
    {
        ["httpGet"] = new JsonObject { ["path"] = "/healthz/ready", ["port"] = 15021 },
        ["failureThreshold"] = failureThreshold,
        ["periodSeconds"] = periodSeconds,
        ["timeoutSeconds"] = 3,
    };

    public JsonObject ReadinessProbe()
    {
        var probe = ReadyProbe(
            pod.AnnotationNumber("readiness.status.sidecar.istio.io/failureThreshold", 4),
            pod.AnnotationNumber("readiness.status.sidecar.istio.io/periodSeconds", 15));
        var delay = pod.AnnotationNumber("readiness.status.sidecar.istio.io/initialDelaySeconds", 0);
        if (delay > 0)
        {
            probe["initialDelaySeconds"] = delay;
        }

        return probe;
    }

    public JsonObject Resources()
    {
        var requests = Quantities("sidecar.istio.io/proxyCPU", "sidecar.istio.io/proxyMemory");
        var limits = Quantities("sidecar.istio.io/proxyCPULimit", "sidecar.istio.io/proxyMemoryLimit");
        if (requests.Count + limits.Count == 0)
        {
            requests = new JsonObject { ["cpu"] = "100m", ["memory"] = "128Mi" };
            limits = new JsonObject { ["cpu"] = "2", ["memory"] = "1Gi" };
        }

        var resources = new JsonObject();
        if (limits.Count > 0)
        {
            resources["limits"] = limits;
        }

        if (requests.Count > 0)
        {
            resources["requests"] = requests;
        }

        return resources;
    }

    public static JsonArray Mounts() => new(
        Mount("workload-socket", "/var/run/secrets/workload-spiffe-uds"),
        Mount("credential-socket", "/var/run/secrets/credential-uds"),
        Mount("workload-certs", "/var/run/secrets/workload-spiffe-credentials"),
        Mount("istiod-ca-cert", "/var/run/secrets/istio"),
        Mount("istio-ca-crl", "/var/run/secrets/istio/crl"),
        Mount("istio-data", "/var/lib/istio/data"),
        Mount("istio-envoy", "/etc/istio/proxy"),
        Mount("istio-token", "/var/run/secrets/tokens"),
        Mount("istio-podinfo", "/etc/istio/pod"));

    public static JsonArray Volumes() => new(
        new JsonObject { ["name"] = "workload-socket" },
        new JsonObject { ["name"] = "credential-socket" },
        new JsonObject { ["name"] = "workload-certs" },
        new JsonObject { ["name"] = "istio-envoy", ["emptyDir"] = new JsonObject { ["medium"] = "Memory" } },
        new JsonObject { ["name"] = "istio-data", ["emptyDir"] = new JsonObject() },
        new JsonObject
        {
            ["name"] = "istio-podinfo",
            ["downwardAPI"] = new JsonObject
            {
                ["items"] = new JsonArray(FieldFile("labels"), FieldFile("annotations")),
            },
        },
        new JsonObject
        {
            ["name"] = "istio-token",
            ["projected"] = new JsonObject
            {
                ["sources"] = new JsonArray(new JsonObject
                {
                    ["serviceAccountToken"] = new JsonObject
                    {
                        ["path"] = "istio-token",
                        ["expirationSeconds"] = 43200,
                        ["audience"] = "istio-ca",
                    },
                }),
            },
        },
        new JsonObject
        {
            ["name"] = "istiod-ca-cert",
            ["configMap"] = new JsonObject { ["name"] = "istio-ca-root-cert" },
        },
        new JsonObject
        {
            ["name"] = "istio-ca-crl",
            ["configMap"] = new JsonObject { ["name"] = "istio-ca-crl", ["optional"] = true },
        });

    public static JsonArray Words(params IEnumerable<string> words) =>
        [.. words.Select(w => (JsonNode)JsonValue.Create(w))];

    /// <summary>Labels that telemetry and endpoints know a workload by.</summary>
    public JsonObject Labels()
    {
        var name = pod.Label("service.istio.io/canonical-name") ?? pod.Label("app.kubernetes.io/name")
            ?? pod.Label("app") ?? target.Owner.Name;
        return new JsonObject
        {
            ["security.istio.io/tlsMode"] = pod.Label("security.istio.io/tlsMode") ?? "istio",
            ["service.istio.io/canonical-name"] = name.Length > 63 ? name[..63].TrimEnd('-', '_', '.') : name,
            ["service.istio.io/canonical-revision"] = pod.Label("service.istio.io/canonical-revision")
                ?? pod.Label("app.kubernetes.io/version") ?? pod.Label("version") ?? "latest",
        };
    }

    private string Istiod() =>
        $"istiod{(options.Revision is "default" or "" ? "" : "-" + options.Revision)}.{options.SystemNamespace}.svc";

    private IEnumerable<JsonObject> AppContainers() => pod.Containers.Where(c => PodView.Text(c["name"]) != ProxyName);

    private string EffectiveProxyConfig()
    {
        var config = JsonNode.Parse(options.ProxyConfig)!.AsObject();
        if (pod.Annotation("proxy.istio.io/config") is { } text && YamlText.ToJson(text) is { } own)
        {
            StrategicMerge.Apply(config, own);
        }

        return config.ToJsonString(JsonText.Compact);
    }

    /// <summary>The mesh's proxyMetadata, then what the pod's own ProxyConfig says.</summary>
    private Dictionary<string, string> EffectiveMetadata()
    {
        var metadata = new Dictionary<string, string>(options.ProxyMetadata);
        if (pod.Annotation("proxy.istio.io/config") is { } text
            && YamlText.ToJson(text)?["proxyMetadata"] is JsonObject own)
        {
            foreach (var (name, value) in own)
            {
                metadata[name] = PodView.Text(value) ?? "";
            }
        }

        return metadata;
    }

    private string PodPorts()
    {
        var ports = AppContainers().SelectMany(c => (c["ports"] as JsonArray ?? []).OfType<JsonObject>())
            .Select(p => "    " + PortText(p));
        var text = string.Join("\n    ,", ports.Select(p => p.TrimStart()));
        return text.Length == 0 ? "[\n]" : $"[\n    {text}\n]";
    }

    private static string PortText(JsonObject port)
    {
        var known = new JsonObject();
        foreach (var name in (string[])["name", "hostPort", "containerPort", "protocol", "hostIP"])
        {
            if (port[name] is { } value)
            {
                known[name] = value.DeepClone();
            }
        }

        return known.ToJsonString(JsonText.Compact);
    }

    private JsonObject Quantities(string cpu, string memory)
    {
        var quantities = new JsonObject();
        if (pod.Annotation(cpu) is { } c)
        {
            quantities["cpu"] = c;
        }

        if (pod.Annotation(memory) is { } m)
        {
            quantities["memory"] = m;
        }

        return quantities;
    }

    private static JsonObject Env(string name, string value) => new JsonObject { ["name"] = name, ["value"] = value };

    private static JsonObject Field(string name, string path) => new JsonObject
    {
        ["name"] = name,
        ["valueFrom"] = new JsonObject { ["fieldRef"] = new JsonObject { ["fieldPath"] = path } },
    };

    private static JsonObject Resource(string name, string resource) => new JsonObject
    {
        ["name"] = name,
        ["valueFrom"] = new JsonObject
        {
            ["resourceFieldRef"] = new JsonObject { ["resource"] = resource, ["divisor"] = "1" },
        },
    };

    private static JsonObject Mount(string name, string path) =>
        new JsonObject { ["name"] = name, ["mountPath"] = path };

    private static JsonObject FieldFile(string field) => new JsonObject
    {
        ["path"] = field,
        ["fieldRef"] = new JsonObject { ["fieldPath"] = $"metadata.{field}" },
    };
}
