using System.Text.Json.Nodes;

namespace Lateen.Cli.ProxyConfig;

/// <summary>
/// Reads protobuf JSON nodes: fields by their declared name, which may also stand in camelCase; what is absent has its
/// default value.
/// </summary>
internal static class DumpNodes
{
    internal static JsonNode? Field(this JsonNode? node, string name)
    {
        if (node is not JsonObject fields)
        {
            return null;
        }

        return fields[name] ?? (name.Contains('_', StringComparison.Ordinal) ? fields[CamelCase(name)] : null);
    }

    internal static string Text(this JsonNode? node, string name) =>
        node.Field(name) is JsonValue value && value.TryGetValue<string>(out var text) ? text : "";

    internal static int Number(this JsonNode? node, string name)
    {
        if (node.Field(name) is not JsonValue value)
        {
            return 0;
        }

        return value.TryGetValue<int>(out var number) || int.TryParse(value.ToString(), out number) ? number : 0;
    }

    internal static bool Flag(this JsonNode? node, string name) =>
        node.Field(name) is JsonValue value && value.TryGetValue<bool>(out var flag) && flag;

    internal static IEnumerable<JsonNode> List(this JsonNode? node, string name) =>
        node.Field(name) is JsonArray items ? items.OfType<JsonNode>() : [];

    internal static List<string> Texts(this JsonNode? node, string name) =>
        [.. node.List(name).Select(item => item.ToString())];

    private static string CamelCase(string name)
    {
        var parts = name.Split('_');
        return parts[0] + string.Concat(parts.Skip(1).Select(part => char.ToUpperInvariant(part[0]) + part[1..]));
    }
}
