using System.Text;
using Lateen.Core.Yaml;
using Lateen.Proxy.Admin;

namespace Lateen.Proxy.Tests.Admin;

/// <summary>The parameters <c>resource</c>, <c>mask</c> and <c>name_regex</c>.</summary>
public sealed class ConfigDumpSelectionTests
{
    private const string Dump = """
        [{"@type": "type.googleapis.com/envoy.admin.v3.BootstrapConfigDump", "bootstrap": {"node": {"id": "n"}}},
         {"@type": "type.googleapis.com/envoy.admin.v3.ClustersConfigDump", "version_info": "1",
          "static_clusters": [{"cluster": {"name": "a"}}, {"cluster": {"name": "b"}}]},
         {"@type": "type.googleapis.com/envoy.admin.v3.ListenersConfigDump",
          "static_listeners": [{"listener": {"name": "l"}}]}]
        """;

    [Theory]
    [InlineData("resource=nothing", 404, "nothing not found in config dump")]
    [InlineData("resource=ecds_filters", 404, "ecds_filters not found in config dump")]
    [InlineData("resource=static_endpoint_configs", 404, "static_endpoint_configs not found in config dump")]
    [InlineData("resource=bootstrap", 400,
        "bootstrap is not a repeated field. Use ?mask=bootstrap to get only this field")]
    [InlineData("mask=static_clusters.cluster", 400,
        "FieldMask static_clusters.cluster could not be successfully applied to any configs.")]
    [InlineData("mask=bootstrap.node,version_info", 400,
        "FieldMask bootstrap.node,version_info could not be successfully applied to any configs.")]
    [InlineData("resource=static_listeners&mask=cluster.name", 400,
        "FieldMask paths: \"cluster.name\" could not be successfully used.")]
    public void Parameters_ThatFitNothing_AreRefused(string query, int status, string body)
    {
        var answer = Apply(query);
        Assert.Equal(status, answer.Status);
        Assert.Equal(body, Encoding.UTF8.GetString(answer.Body));
    }

    [Theory]
    [InlineData("mask=static_clusters", "ClustersConfigDump", "BootstrapConfigDump")]
    [InlineData("mask=bootstrap.node", "BootstrapConfigDump", "ClustersConfigDump")]
    [InlineData("resource=static_clusters&name_regex=a", "\"a\"", "\"b\"")]
    [InlineData("name_regex=a", "\"a\"", "static_listeners")]
    public void Parameters_ThatFit_ChooseParts(string query, string shown, string hidden)
    {
        var text = Encoding.UTF8.GetString(Apply(query).Body);
        Assert.Contains(shown, text, StringComparison.Ordinal);
        Assert.DoesNotContain(hidden, text, StringComparison.Ordinal);
    }

    private static AdminResponse Apply(string query) => ConfigDumpSelection.Apply(
        [.. ((YamlSequence)YamlReader.Read(Dump).Documents[0]).Items],
        AdminRequest.Parse("GET", $"/config_dump?{query}"));
}
