using System.Text.Json.Nodes;

namespace Lateen.Injector.Tests;

public sealed class PodInjectorTests
{
    private static readonly Dictionary<string, string> _enabled = new() { ["istio-injection"] = "enabled" };
    private static readonly WorkloadOwner _owner = new("apps/v1", "Deployment", "reviews-v1");

    [Theory]
    [InlineData("enabled", null, null, true)]
    [InlineData("enabled", "false", null, false)]
    [InlineData("enabled", null, "false", false)]
    [InlineData("disabled", "true", null, false)]
    [InlineData(null, null, null, false)]
    [InlineData(null, "true", null, true)]
    [InlineData(null, null, "true", false)]
    public void Inject_NamespaceLabelAndPodWord_DecideTogether(string? ns, string? label, string? annotation,
        bool injected)
    {
        var pod = Pod();
        Set(pod, "labels", "sidecar.istio.io/inject", label);
        Set(pod, "annotations", "sidecar.istio.io/inject", annotation);
        var labels = ns is null ? [] : new Dictionary<string, string> { ["istio-injection"] = ns };

        var result = new PodInjector(new InjectorOptions()).Inject(new(pod, "default", labels, _owner));

        Assert.Equal(injected, result.Injected);
    }

    [Fact]
    public void Inject_Defaults_AddInitProxyVolumesAndLabels()
    {
        var result = Inject(Pod());

        var init = Named(result.Pod, "initContainers", "istio-init");
        Assert.Equal(
            "istio-iptables -p 15001 -z 15006 -u 1337 -m REDIRECT -i * -x  -b * -d 15090,15021,15020 "
            + "--log_output_level=default:info",
            Words(init["args"]));
        var proxy = Named(result.Pod, "containers", "istio-proxy");
        Assert.StartsWith("proxy sidecar --domain $(POD_NAMESPACE).svc.cluster.local", Words(proxy["args"]));
        Assert.Equal(1337, (int)proxy["securityContext"]!["runAsUser"]!);
        Assert.Equal("istiod.istio-system.svc:15012", Variable(proxy, "CA_ADDR"));
        Assert.Equal("kubernetes://apis/apps/v1/namespaces/default/deployments/reviews-v1",
            Variable(proxy, "ISTIO_META_OWNER"));
        Assert.Equal("reviews", (string?)result.Pod["metadata"]!["labels"]!["service.istio.io/canonical-name"]);
        Assert.Equal("v1", (string?)result.Pod["metadata"]!["labels"]!["service.istio.io/canonical-revision"]);
        Assert.Equal(9, result.Pod["spec"]!["volumes"]!.AsArray().Count);
    }

    [Fact]
    public void Inject_TrafficAnnotations_ReachCapture()
    {
        var pod = Pod();
        Set(pod, "annotations", "traffic.sidecar.istio.io/includeInboundPorts", "8080,9090");
        Set(pod, "annotations", "traffic.sidecar.istio.io/excludeOutboundPorts", "5432");
        Set(pod, "annotations", "traffic.sidecar.istio.io/includeOutboundIPRanges", "10.0.0.0/8");
        Set(pod, "annotations", "sidecar.istio.io/interceptionMode", "TPROXY");

        var result = Inject(pod);

        var words = Words(Named(result.Pod, "initContainers", "istio-init")["args"]);
        Assert.Contains("-m TPROXY -i 10.0.0.0/8 -x  -b 8080,9090", words);
        Assert.Contains("-o 5432", words);
        Assert.Equal(0, (int)Named(result.Pod, "containers", "istio-proxy")["securityContext"]!["runAsUser"]!);
    }

    [Fact]
    public void Inject_BadAnnotations_AreRefusedAndAllNamed()
    {
        var pod = Pod();
        Set(pod, "annotations", "sidecar.istio.io/interceptionMode", "MAYBE");
        Set(pod, "annotations", "traffic.sidecar.istio.io/excludeInboundPorts", "80,x");

        var result = Inject(pod);

        Assert.False(result.Injected);
        Assert.Equal(2, result.Errors.Count);
        Assert.Contains("holds \"x\", which is not a port", result.Errors[1].ToString());
    }

    [Fact]
    public void Inject_AppProbes_GoThroughTheAgent()
    {
        var pod = Pod();
        pod["spec"]!["containers"]![0]!["readinessProbe"] = JsonNode.Parse(
            """{"httpGet":{"path":"/health","port":"http"},"periodSeconds":2}""");

        var result = Inject(pod);

        var probe = Named(result.Pod, "containers", "reviews")["readinessProbe"]!;
        Assert.Equal("/app-health/reviews/readyz", (string?)probe["httpGet"]!["path"]);
        Assert.Equal(15020, (int)probe["httpGet"]!["port"]!);
        Assert.Equal(2, (int)probe["periodSeconds"]!);
        Assert.Equal("""{"/app-health/reviews/readyz":{"httpGet":{"path":"/health","port":9080}}}""",
            Variable(Named(result.Pod, "containers", "istio-proxy"), "ISTIO_KUBE_APP_PROBERS"));
    }

    [Fact]
    public void Inject_Twice_ChangesNothingMore()
    {
        var once = Inject(Pod());

        var twice = Inject(once.Pod);

        Assert.Equal(once.Pod.ToJsonString(), twice.Pod.ToJsonString());
    }

    [Fact]
    public void Inject_GatewayTemplate_FillsThePodsOwnProxy()
    {
        var pod = JsonNode.Parse("""
            {"metadata":{"labels":{"istio":"ingressgateway","sidecar.istio.io/inject":"true"},
             "annotations":{"inject.istio.io/templates":"gateway"}},
             "spec":{"containers":[{"name":"istio-proxy","image":"auto","env":[{"name":"X","value":"1"}]}]}}
            """)!.AsObject();

        var result = new PodInjector(new InjectorOptions()).Inject(
            new(pod, "istio-system", new Dictionary<string, string>(), _owner));

        var proxy = Named(result.Pod, "containers", "istio-proxy");
        Assert.True(result.Injected);
        Assert.Null(result.Pod["spec"]!["initContainers"]);
        Assert.Equal(new InjectorOptions().ProxyImage, (string?)proxy["image"]);
        Assert.StartsWith("proxy router", Words(proxy["args"]));
        Assert.Equal("1", Variable(proxy, "X"));
    }

    [Fact]
    public void Inject_ProxyConfigAnnotation_OverridesTheMesh()
    {
        var pod = Pod();
        Set(pod, "annotations", "proxy.istio.io/config", "concurrency: 1\ndiscoveryAddress: other:15012\n");

        var proxy = Named(Inject(pod).Pod, "containers", "istio-proxy");

        Assert.Equal("""{"concurrency":1,"discoveryAddress":"other:15012"}""", Variable(proxy, "PROXY_CONFIG").Trim());
    }

    private static InjectionResult Inject(JsonObject pod) =>
        new PodInjector(new InjectorOptions()).Inject(new(pod, "default", _enabled, _owner));

    private static JsonObject Pod() => JsonNode.Parse("""
        {"metadata":{"labels":{"app":"reviews","version":"v1"}},
         "spec":{"containers":[{"name":"reviews","image":"x","ports":[{"name":"http","containerPort":9080}]}]}}
        """)!.AsObject();

    private static void Set(JsonObject pod, string map, string name, string? value)
    {
        if (value is not null)
        {
            var metadata = pod["metadata"]!.AsObject();
            metadata[map] ??= new JsonObject();
            metadata[map]![name] = value;
        }
    }

    private static JsonNode Named(JsonObject pod, string list, string name) =>
        pod["spec"]![list]!.AsArray().First(i => (string?)i!["name"] == name)!;

    private static string Words(JsonNode? words) => string.Join(' ', words!.AsArray().Select(w => (string?)w));

    private static string Variable(JsonNode container, string name) =>
        (string?)container["env"]!.AsArray().First(v => (string?)v!["name"] == name)!["value"] ?? "";
}
