using System.Text.Json.Nodes;
using Lateen.Core;

namespace Lateen.Injector;

/// <summary>
/// Gives a pod its proxy. The one code path for the admission webhook, the command line and the local platform. A
/// second pass over its own result changes nothing.
/// </summary>
public sealed class PodInjector(InjectorOptions options)
{
    private const string StatusAnnotation = "sidecar.istio.io/status";

    /// <summary>Decides, and injects when the decision is yes.</summary>
    public InjectionResult Inject(InjectionTarget target)
    {
        var view = new PodView(target.Pod.DeepClone().AsObject());
        return InjectionPolicy.Wants(target, view, options)
            ? InjectAlways(target)
            : new InjectionResult(target.Pod, false, []);
    }

    /// <summary>Injects whatever labels and namespace say, as the command line does.</summary>
    public InjectionResult InjectAlways(InjectionTarget target)
    {
        var pod = target.Pod.DeepClone().AsObject();
        var view = new PodView(pod);
        var errors = AnnotationRules.Check(view);
        var templates = AnnotationRules.Split(view.Annotation("inject.istio.io/templates", "sidecar")).ToList();
        foreach (var unknown in templates.Where(t => t is not ("sidecar" or "gateway")))
        {
            errors.Add(new ConfigError("metadata.annotations[inject.istio.io/templates]", "inject.template",
                $"there is no template \"{unknown}\"", "the built-in ones are sidecar and gateway"));
        }

        if (errors.Count > 0)
        {
            return new InjectionResult(target.Pod, false, errors);
        }

        var own = OwnProxy(view);
        var apps = view.Containers.Select(c => PodView.Text(c["name"]))
            .Where(n => n != ProxyParts.ProxyName).ToList();
        var before = Names(pod);
        foreach (var template in templates)
        {
            StrategicMerge.Apply(pod, template == "gateway"
                ? new GatewayTemplate(target, view, options).Build()
                : new SidecarTemplate(target, view, options).Build());
        }

        ReapplyOwnProxy(view, own);
        Annotate(view, apps, before, new ProxyParts(target, view, options));
        Order(view);
        return new InjectionResult(pod, true, []);
    }

    /// <summary>What the author wrote about the proxy's container; it wins over the template.</summary>
    private static JsonObject? OwnProxy(PodView view)
    {
        if (view.Annotation(StatusAnnotation) is not null)
        {
            return null;
        }

        var own = view.Containers.FirstOrDefault(c => PodView.Text(c["name"]) == ProxyParts.ProxyName)?
            .DeepClone().AsObject();
        if (PodView.Text(own?["image"]) == "auto")
        {
            own!.Remove("image");
        }

        return own;
    }

    private static void ReapplyOwnProxy(PodView view, JsonObject? own)
    {
        if (own is null)
        {
            return;
        }

        var proxy = view.Containers.Concat(view.InitContainers)
            .First(c => PodView.Text(c["name"]) == ProxyParts.ProxyName);
        StrategicMerge.Apply(proxy, own);
    }

    private static Dictionary<string, HashSet<string>> Names(JsonObject pod)
    {
        var spec = new PodView(pod).Spec;
        return ((string[])["initContainers", "containers", "volumes"]).ToDictionary(
            list => list,
            list => (spec[list] as JsonArray ?? []).OfType<JsonObject>()
                .Select(i => PodView.Text(i["name"]) ?? "").ToHashSet());
    }

    private void Annotate(PodView view, List<string?> apps, Dictionary<string, HashSet<string>> before,
        ProxyParts parts)
    {
        var annotations = view.Annotations;
        annotations["istio.io/rev"] = options.Revision.Length > 0 ? options.Revision : "default";
        if (apps.Count > 0)
        {
            annotations["kubectl.kubernetes.io/default-logs-container"] ??= apps[0];
            annotations["kubectl.kubernetes.io/default-container"] ??= apps[0];
        }

        var proxy = view.Containers.Concat(view.InitContainers)
            .First(c => PodView.Text(c["name"]) == ProxyParts.ProxyName);
        if (view.AnnotationFlag("sidecar.istio.io/rewriteAppHTTPProbers", options.RewriteAppProbes)
            && parts.StatusPort != 0
            && apps.Count > 0)
        {
            var originals = ProbeRewrite.Apply(view, parts.StatusPort);
            SetVariable(proxy, "ISTIO_KUBE_APP_PROBERS", originals);
        }

        MergePrometheus(view, proxy, parts.StatusPort, apps.Count > 0);
        if (annotations[StatusAnnotation] is null)
        {
            var after = Names(view.Pod);
            annotations[StatusAnnotation] = new JsonObject
            {
                ["initContainers"] = Added("initContainers"),
                ["containers"] = Added("containers"),
                ["volumes"] = Added("volumes"),
                ["imagePullSecrets"] = null,
                ["revision"] = options.Revision.Length > 0 ? options.Revision : "default",
            }.ToJsonString(JsonText.Compact);

            JsonArray? Added(string list)
            {
                var names = after[list].Except(before[list]).ToList();
                return names.Count == 0 ? null : ProxyParts.Words(names);
            }
        }
    }

    /// <summary>The application's own metrics are scraped by the agent, and one scrape of the agent gives
    /// both.</summary>
    private void MergePrometheus(PodView view, JsonObject proxy, int statusPort, bool isSidecar)
    {
        if (!view.AnnotationFlag("prometheus.istio.io/merge-metrics", options.MergePrometheus) || !isSidecar)
        {
            return;
        }

        var port = statusPort.ToString(System.Globalization.CultureInfo.InvariantCulture);
        var scrape = view.Annotation("prometheus.io/scrape");
        if (scrape == "false" || view.Annotation("prometheus.io/port") == port)
        {
            return;
        }

        if (scrape == "true")
        {
            SetVariable(proxy, "ISTIO_PROMETHEUS_ANNOTATIONS", new JsonObject
            {
                ["scrape"] = "true",
                ["path"] = view.Annotation("prometheus.io/path") ?? "",
                ["port"] = view.Annotation("prometheus.io/port") ?? "",
            });
        }

        view.Annotations["prometheus.io/scrape"] = "true";
        view.Annotations["prometheus.io/port"] = port;
        view.Annotations["prometheus.io/path"] = "/stats/prometheus";
    }

    private static void SetVariable(JsonObject proxy, string name, JsonObject value)
    {
        if (value.Count > 0 && proxy["env"] is JsonArray env)
        {
            JsonNode variable = new JsonObject { ["name"] = name, ["value"] = value.ToJsonString(JsonText.Compact) };
            env.Add(variable);
        }
    }

    /// <summary>Capture comes last of the init containers, so that the others still reach the network; checks come
    /// first.</summary>
    private static void Order(PodView view)
    {
        if (view.Spec["initContainers"] is JsonArray inits)
        {
            var items = inits.OfType<JsonObject>().ToList();
            var native = items.Exists(i => PodView.Text(i["name"]) == ProxyParts.ProxyName);
            var ordered = items.OrderBy(i => Place(PodView.Text(i["name"]) ?? "", native)).ToList();
            inits.Clear();
            ordered.ForEach(i => inits.Add((JsonNode)i));
        }

        if (view.Spec["containers"] is JsonArray containers
            && view.AnnotationFlag("proxy.istio.io/holdApplication", false))
        {
            var proxy = containers.OfType<JsonObject>().First(c => PodView.Text(c["name"]) == ProxyParts.ProxyName);
            containers.Remove(proxy);
            containers.Insert(0, (JsonNode)proxy);
        }
    }

    private static int Place(string name, bool native) => name switch
    {
        "istio-validation" => 0,
        "istio-init" => native ? 0 : 3,
        ProxyParts.ProxyName => 1,
        _ => 2,
    };
}
