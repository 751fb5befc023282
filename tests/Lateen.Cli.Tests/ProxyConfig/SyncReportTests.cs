using System.Text.Json.Nodes;
using Lateen.Cli.Commands;
using Lateen.Cli.ProxyConfig;
using Lateen.Local.Hosting;
using Lateen.TestKit;

namespace Lateen.Cli.Tests.ProxyConfig;

public sealed class SyncReportTests
{
    private const string Page = """
        [
          {"proxy": "sidecar~10.0.0.2~b-1.shop~shop.svc", "cluster_id": "Kubernetes", "istio_version": "1.32.0",
           "resources": {
             "type.googleapis.com/envoy.config.listener.v3.Listener": {"sent": "2", "acked": "1", "lastError": "bad"},
             "type.googleapis.com/envoy.config.cluster.v3.Cluster":
               {"sent": "1", "acked": "1", "sentTime": "2026-01-02T03:02:05Z"}}},
          {"proxy": "a-1.front", "cluster_id": "Kubernetes", "istio_version": "1.32.0", "resources": {
             "type.googleapis.com/envoy.config.cluster.v3.Cluster": {"sent": "3", "acked": "2"}}}
        ]
        """;

    [Fact]
    public void Table_Default_NamesSubscribedTypes()
    {
        Assert.Equal(
            """
            NAME          CLUSTER        ISTIOD       VERSION     SUBSCRIBED TYPES
            a-1.front     Kubernetes     istiod-1     1.32.0      1 (CDS)
            b-1.shop      Kubernetes     istiod-1     1.32.0      2 (CDS,LDS)

            """,
            Print(isVerbose: false, ""));
    }

    [Fact]
    public void Table_Verbose_TellsStateAndAge()
    {
        var lines = Print(isVerbose: true, "").Split('\n');

        Assert.Contains("SYNCED (2m)", lines[2], StringComparison.Ordinal);
        Assert.Contains("ERROR", lines[2], StringComparison.Ordinal);
        Assert.Contains("STALE", lines[1], StringComparison.Ordinal);
    }

    [Fact]
    public void Table_Namespace_OthersAreLeftOut()
    {
        Assert.DoesNotContain("a-1", Print(isVerbose: false, "shop"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(5, "5s")]
    [InlineData(119, "119s")]
    [InlineData(120, "2m")]
    [InlineData(150, "2m30s")]
    [InlineData(3600, "60m")]
    [InlineData(3 * 3600 + 60, "3h1m")]
    [InlineData(30 * 3600, "30h")]
    [InlineData(3 * 86400, "3d")]
    public void HumanDuration_Age_AsKubectlPrintsIt(int seconds, string expected)
    {
        Assert.Equal(expected, SyncReport.HumanDuration(TimeSpan.FromSeconds(seconds)));
    }

    [Theory]
    [InlineData(null, false, "")]
    [InlineData(null, true, "?level=warning")]
    [InlineData("debug", false, "?level=debug")]
    [InlineData("rbac:debug,level:info,http=trace", false, "?level=info ?rbac=debug ?http=trace")]
    public void LogLevels_Text_BecomesQueries(string? levels, bool isReset, string expected)
    {
        Assert.Equal(expected, string.Join(' ', ProxyLogCommand.ParseChanges(levels, isReset)));
    }

    [Theory]
    [InlineData("a-1", "a-1")]
    [InlineData("a-1.front", "a-1")]
    [InlineData("a-1.shop", null)]
    [InlineData("pod/a-1", "a-1")]
    [InlineData("deployment/b.shop", "b-77")]
    [InlineData("b", "b-77")]
    [InlineData("nobody", null)]
    public void Pod_Name_IsFound(string name, string? expected)
    {
        var mesh =
            MeshStatus.Empty with { Pods = [Pod("front", "a-1", "Deployment/a"), Pod("shop", "b-77", "Deployment/b")] };

        Assert.Equal(expected, LocalMeshes.FindPod(mesh, name)?.Name);
    }

    private static PodStatusView Pod(string space, string name, string workload) =>
        new(space, name, workload, "10.0.0.1", "Running", true, true, 0, "", new Dictionary<string, string>());

    private static string Print(bool isVerbose, string space)
    {
        using var output = new StringWriter();
        new SyncReport(new VirtualClock(), space, isVerbose, "istiod-1").WriteTable(JsonNode.Parse(Page)!, output);
        return output.ToString();
    }
}
