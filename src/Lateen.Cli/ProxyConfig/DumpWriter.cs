using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Lateen.Core.Yaml;

namespace Lateen.Cli.ProxyConfig;

/// <summary>Writes JSON nodes as the formats <c>json</c> and <c>yaml</c>.</summary>
internal static class DumpWriter
{
    internal static void Write(JsonNode node, string format, TextWriter output)
    {
        if (format == "yaml")
        {
            var document = YamlReader.Read(node.ToJsonString()).Documents[0];
            output.Write(YamlTreeWriter.Write(document));
            return;
        }

        using var stream = new MemoryStream();
        var options = new JsonWriterOptions
        {
            Indented = true,
            IndentSize = 4,
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        };
        using (var writer = new Utf8JsonWriter(stream, options))
        {
            node.WriteTo(writer);
        }

        output.Write(System.Text.Encoding.UTF8.GetString(stream.ToArray()));
        output.Write('\n');
    }
}
