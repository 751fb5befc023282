using System.CommandLine;
using System.Text.Json.Nodes;

namespace Lateen.Cli.ProxyConfig;

/// <summary>What one run of a proxy-config command works on.</summary>
internal sealed record ProxyConfigInput(ParseResult Arguments, string Json, string Format)
{
    internal string Text(Option<string> option) => Arguments.GetValue(option) ?? "";

    internal int Number(Option<int> option) => Arguments.GetValue(option);

    internal bool Flag(Option<bool> option) => Arguments.GetValue(option);

    /// <summary>Writes the table, or the resources as a list of messages.</summary>
    internal void Write(TextWriter output, Action writeTable, Func<List<JsonNode>> select, string message)
    {
        if (Format == ProxyConfigOptions.Short)
        {
            writeTable();
            return;
        }

        var resources = select().Select(resource => ProtobufJson.Rename(resource, message));
        DumpWriter.Write(new JsonArray([.. resources]), Format, output);
    }

    /// <summary>Writes the table, or a whole section of the dump.</summary>
    internal void WriteSection(TextWriter output, Action writeTable, ConfigDump dump, string section)
    {
        if (Format == ProxyConfigOptions.Short)
        {
            writeTable();
            return;
        }

        DumpWriter.Write(ProtobufJson.Rename(dump.Get(section), $"envoy.admin.v3.{section}"), Format, output);
    }
}
