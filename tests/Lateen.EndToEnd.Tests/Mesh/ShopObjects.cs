using System.Text.Json.Nodes;
using Lateen.TestKit;

namespace Lateen.EndToEnd.Tests.Mesh;

/// <summary>The objects of the test's mesh: files of the folder <c>shop</c>, and pods whose proxies differ.</summary>
internal static class ShopObjects
{
    /// <summary>Life of a certificate of backend v2, short so that rotations can be watched.</summary>
    private const string ShortLife = "proxyMetadata: {SECRET_TTL: 40s}";

    /// <summary>An image that is our proxy also where the mesh's proxies are Envoys.</summary>
    private const string OwnImage = "lateen/proxy";

    private static string Folder => Path.Combine(AppContext.BaseDirectory, "Mesh", "shop");

    public static string Read(string file) => File.ReadAllText(Path.Combine(Folder, file));

    /// <summary>The whole folder.</summary>
    public static void Write(TemporaryFolder folder, ProxyKind kind)
    {
        foreach (var file in (string[])["shop.yaml", "rules.yaml", "route.yaml"])
        {
            folder.Write(Path.Combine("mesh", file), Read(file));
        }

        var mixed = kind == ProxyKind.Mixed;
        JsonObject[] objects =
        [
            ConfigMap("echo.py", Read("echo.py")),
            Deployment("client", "client", "v1", mixed, null),
            Deployment("backend", "backend", "v1", false, null),
            Deployment("backend", "backend", "v2", mixed, ShortLife),
            Gateway(false),
        ];
        for (var i = 0; i < objects.Length; i++)
        {
            folder.Write($"mesh/pods-{i}.json", objects[i].ToJsonString());
        }
    }

    private static JsonObject ConfigMap(string name, string text) => new()
    {
        ["apiVersion"] = "v1",
        ["kind"] = "ConfigMap",
        ["metadata"] = new JsonObject { ["name"] = "echo", ["namespace"] = "shop" },
        ["data"] = new JsonObject { [name] = text },
    };

    private static JsonObject Deployment(string app, string account, string version, bool own, string? proxyConfig)
    {
        var annotations = Annotations(own);
        if (proxyConfig is not null)
        {
            annotations["proxy.istio.io/config"] = proxyConfig;
        }

        return Deployment($"{app}-{version}", app, version, [], annotations, JsonNode.Parse($$$"""
            {"serviceAccountName": "{{{account}}}",
             "volumes": [{"name": "echo", "configMap": {"name": "echo"}}],
             "containers": [{"name": "echo", "image": "shop/echo",
               "command": ["/usr/bin/python3", "-u", "/run/echo/echo.py"],
               "env": [{"name": "VERSION", "value": "{{{version}}}"}],
               "volumeMounts": [{"name": "echo", "mountPath": "/run/echo"}],
               "ports": [{"containerPort": 8080}],
               "readinessProbe": {"httpGet": {"path": "/health", "port": 8080}, "periodSeconds": 1}}]}
            """)!);
    }

    private static JsonObject Gateway(bool own)
    {
        var annotations = Annotations(own);
        annotations["inject.istio.io/templates"] = "gateway";
        return Deployment("edge", "edge", "v1", new JsonObject { ["sidecar.istio.io/inject"] = "true" }, annotations,
            JsonNode.Parse("""
                {"serviceAccountName": "edge", "containers": [{"name": "istio-proxy", "image": "auto"}]}
                """)!);
    }

    private static JsonObject Annotations(bool own) =>
        own ? new JsonObject { ["sidecar.istio.io/proxyImage"] = OwnImage } : [];

    private static JsonObject Deployment(
        string name, string app, string version, JsonObject labels, JsonObject annotations, JsonNode spec)
    {
        labels["app"] = app;
        labels["version"] = version;
        return new JsonObject
        {
            ["apiVersion"] = "apps/v1",
            ["kind"] = "Deployment",
            ["metadata"] = new JsonObject { ["name"] = name, ["namespace"] = "shop" },
            ["spec"] = new JsonObject
            {
                ["selector"] = new JsonObject
                {
                    ["matchLabels"] = new JsonObject { ["app"] = app, ["version"] = version },
                },
                ["template"] = new JsonObject
                {
                    ["metadata"] = new JsonObject { ["labels"] = labels, ["annotations"] = annotations },
                    ["spec"] = spec,
                },
            },
        };
    }
}
