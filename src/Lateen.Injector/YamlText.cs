using System.Text.Json.Nodes;
using Lateen.Core.Yaml;

namespace Lateen.Injector;

/// <summary>YAML inside an annotation.</summary>
internal static class YamlText
{
    /// <summary>The map that the text holds, or null when it holds none.</summary>
    public static JsonObject? ToJson(string text)
    {
        var stream = YamlReader.Read(text);
        return stream.Errors.Length == 0 && stream.Documents is [YamlMapping map]
            ? JsonNode.Parse(JsonTreeWriter.Write(map)) as JsonObject
            : null;
    }
}
