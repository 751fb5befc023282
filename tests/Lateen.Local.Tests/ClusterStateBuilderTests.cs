using System.Text;
using Lateen.Core.Yaml;
using Lateen.Local.Cluster;

namespace Lateen.Local.Tests;

public sealed class ClusterStateBuilderTests
{
    [Fact]
    public void Build_Deployment_IsAWorkloadThatTemplateChangesRenew()
    {
        var first = Build(Deployment("x:1"));
        var second = Build(Deployment("x:2"));

        var workload = first.Workloads["Deployment shop/web"];
        Assert.Equal(3, workload.Replicas);
        Assert.Equal("x:1", (string?)workload.Template["spec"]!["containers"]![0]!["image"]);
        Assert.NotEqual(workload.Hash, second.Workloads["Deployment shop/web"].Hash);
        Assert.Equal(workload.Hash, Build(Deployment("x:1")).Workloads["Deployment shop/web"].Hash);
    }

    [Fact]
    public void Build_Secret_PlainTextWinsOverBase64()
    {
        var state = Build("kind: Secret\nmetadata: {name: s}\ndata: {a: eA==, b: eQ==}\nstringData: {b: z}\n");

        var secret = state.Secrets[new ObjectName("default", "s")];
        Assert.Equal("x", Encoding.UTF8.GetString(secret["a"]));
        Assert.Equal("z", Encoding.UTF8.GetString(secret["b"]));
    }

    [Fact]
    public void Build_List_HoldsItsItems()
    {
        var state =
            Build("kind: List\nitems:\n- {kind: Namespace, metadata: {name: n, labels: {istio-injection: enabled}}}\n");

        Assert.Equal("enabled", state.NamespaceLabels["n"]["istio-injection"]);
    }

    [Theory]
    [InlineData("kind: Deployment\nmetadata: {name: d}\nspec: {replicas: 1}\n", "has no pod template")]
    [InlineData("kind: Deployment\nmetadata: {name: d}\nspec: {replicas: many, template: {spec: {containers: []}}}\n",
        "from 0 to")]
    public void Build_BrokenWorkload_IsNamed(string text, string message)
    {
        var builder = new ClusterStateBuilder();
        builder.Add(YamlReader.Read(text, "f.yaml").Documents[0]);

        var error = Assert.Single(builder.Errors);
        Assert.Contains(message, error.Message);
        Assert.Equal("f.yaml", error.File);
    }

    private static string Deployment(string image) => $$$"""
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: web, namespace: shop}
        spec:
          replicas: 3
          template: {metadata: {labels: {app: web}}, spec: {containers: [{name: a, image: "{{{image}}}"}]}}
        """;

    private static ClusterState Build(string text)
    {
        var builder = new ClusterStateBuilder();
        foreach (var document in YamlReader.Read(text).Documents)
        {
            builder.Add(document);
        }

        Assert.Empty(builder.Errors);
        return builder.Build();
    }
}
