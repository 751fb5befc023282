using System.Text.Json.Nodes;

namespace Lateen.Cli.ProxyConfig;

/// <summary>The versions that a proxy's bootstrap tells.</summary>
internal static class BootstrapReport
{
    internal const string Section = "BootstrapConfigDump";

    internal static void WriteTable(ConfigDump dump, TextWriter output)
    {
        var node = dump.Get(Section).Field("bootstrap").Field("node");
        var rows = new List<string[]>();
        if (node.Field("metadata").Text("ISTIO_VERSION") is { Length: > 0 } istio)
        {
            rows.Add(["Istio Version:", istio]);
        }

        if (node.Field("metadata").Text("ISTIO_PROXY_SHA") is { Length: > 0 } sha)
        {
            rows.Add(["Istio Proxy Version:", sha.Split(':') is [_, var hash, ..] ? hash : sha]);
        }

        rows.Add(["Envoy Version:", DescribeVersion(node.Field("user_agent_build_version"))]);
        var table = new TextTable(1, rows[0]);
        rows.Skip(1).ToList().ForEach(row => table.Add(row));
        table.WriteTo(output);
    }

    private static string DescribeVersion(JsonNode? build)
    {
        var version = build.Field("version");
        var facts = build.Field("metadata");
        var text = $"{version.Number("major_number")}.{version.Number("minor_number")}.{version.Number("patch")}";
        text += facts.Field("build.label") is { } label ? $"-{label}" : "";
        foreach (var key in (ReadOnlySpan<string>)["revision.status", "build.type", "ssl.version"])
        {
            text += facts.Field(key) is { } value ? $"/{value}" : "";
        }

        return text;
    }
}
