using Lateen.Local.Cluster;

namespace Lateen.Local.Tests;

public sealed class ConfigMirrorTests
{
    private readonly ConfigMirror _mirror = new("in", "out", (id, _) => id.Name == "headless" ? null : "10.96.0.77");

    [Fact]
    public void AddAddresses_ServiceBetweenOthers_KeepsLineNumbers()
    {
        const string Text = """
            # comment
            kind: Namespace
            apiVersion: v1
            metadata: {name: a}
            ---
            apiVersion: v1
            kind: Service
            metadata:
              name: web
            spec:
              ports:
              - port: 80
            ---
            kind: ConfigMap
            """;

        var mirrored = _mirror.AddAddresses(Text, "f.yaml");

        Assert.Contains("\"clusterIP\":\"10.96.0.77\"", mirrored);
        Assert.Equal(Line(Text, "kind: ConfigMap"), Line(mirrored, "kind: ConfigMap"));
        Assert.StartsWith("# comment\nkind: Namespace\n", mirrored);
    }

    [Fact]
    public void AddAddresses_Pod_IsLeftOutAndLinesStay()
    {
        const string Text = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\n---\nkind: ConfigMap\n";

        var mirrored = _mirror.AddAddresses(Text, "f.yaml");

        Assert.DoesNotContain("Pod", mirrored, StringComparison.Ordinal);
        Assert.Equal(Line(Text, "kind: ConfigMap"), Line(mirrored, "kind: ConfigMap"));
    }

    [Fact]
    public void AddAddresses_SidecarWithoutCapture_IsLeftOut()
    {
        const string Text =
            "apiVersion: networking.istio.io/v1\nkind: Sidecar\nmetadata: {name: a}\n---\nkind: Other\n";
        var mirror = new ConfigMirror("in", "out", (_, _) => null, replacesSidecars: true);

        Assert.DoesNotContain("Sidecar", mirror.AddAddresses(Text, "f.yaml"), StringComparison.Ordinal);
        Assert.Contains("Sidecar", _mirror.AddAddresses(Text, "f.yaml"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("apiVersion: v1\nkind: Service\nmetadata: {name: headless}\nspec: {clusterIP: None}\n")]
    [InlineData("apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {clusterIP: 10.96.0.5}\n")]
    [InlineData("apiVersion: serving.knative.dev/v1\nkind: Service\nmetadata: {name: web}\nspec: {a: b}\n")]
    [InlineData("apiVersion: v1\nkind: Service\n  broken: [\n")]
    public void AddAddresses_NoNeed_LeavesTheText(string text)
    {
        Assert.Equal(text, _mirror.AddAddresses(text, "f.yaml").TrimEnd('\n') + "\n");
    }

    private static int Line(string text, string what) =>
        text[..text.IndexOf(what, StringComparison.Ordinal)].Count(c => c == '\n');
}
