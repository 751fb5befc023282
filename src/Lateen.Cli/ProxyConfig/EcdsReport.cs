using System.Text.Json.Nodes;

namespace Lateen.Cli.ProxyConfig;

/// <summary>The extensions of a dump that came over ECDS.</summary>
internal static class EcdsReport
{
    internal const string Section = "EcdsConfigDump";
    private const string Prefix = "type.googleapis.com/";

    internal static void WriteTable(ConfigDump dump, TextWriter output)
    {
        var table = new TextTable(5, "ECDS NAME", "TYPE");
        var filters = dump.Get(Section).List("ecds_filters").Select(filter => filter.Field("ecds_filter"))
            .OfType<JsonNode>()
            .OrderBy(TypeOf, StringComparer.Ordinal).ThenBy(filter => filter.Text("name"), StringComparer.Ordinal);
        foreach (var filter in filters)
        {
            var type = TypeOf(filter);
            table.Add(filter.Text("name"), type.StartsWith(Prefix, StringComparison.Ordinal) ? type[Prefix.Length..]
                : type);
        }

        table.WriteTo(output);
    }

    private static string TypeOf(JsonNode filter) => filter.Field("typed_config").Text("@type");
}
