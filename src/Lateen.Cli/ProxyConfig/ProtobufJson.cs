using System.Text.Json.Nodes;
using Google.Protobuf.Reflection;

namespace Lateen.Cli.ProxyConfig;

/// <summary>
/// Turns the field names of protobuf JSON into camelCase, as protobuf's own writers print them. Descriptors tell fields
/// from keys of maps and free-form structures; an <c>Any</c> of a type that is not known here stays as it is.
/// </summary>
internal static class ProtobufJson
{
    private const string AnyName = "google.protobuf.Any";
    private const string TimestampName = "google.protobuf.Timestamp";
    private const string WellKnownPrefix = "google.protobuf.";
    private const string TypeKey = "@type";

    /// <summary>A copy of a resource, which is a message of this name, without its <c>@type</c>.</summary>
    internal static JsonNode Rename(JsonNode node, string message)
    {
        var renamed = Message(node, EnvoyMessages.Find(message));
        if (renamed is JsonObject fields)
        {
            fields.Remove(TypeKey);
        }

        return renamed!;
    }

    private static JsonNode? Message(JsonNode? node, MessageDescriptor? type)
    {
        if (type?.FullName == TimestampName && node is JsonValue time)
        {
            return Timestamp(time.ToString());
        }

        if (node is not JsonObject fields || type is null)
        {
            return node?.DeepClone();
        }

        if (type.FullName == AnyName)
        {
            var url = fields.Text(TypeKey);
            return Message(node, EnvoyMessages.Find(url[(url.LastIndexOf('/') + 1)..]));
        }

        if (type.FullName.StartsWith(WellKnownPrefix, StringComparison.Ordinal))
        {
            return node.DeepClone();
        }

        var result = new JsonObject();
        foreach (var (key, value) in fields)
        {
            var field = type.FindFieldByName(key) ?? type.Fields.InDeclarationOrder()
                .FirstOrDefault(f => f.JsonName == key);
            result[field?.JsonName ?? key] = field is null ? value?.DeepClone() : Value(value, field);
        }

        return result;
    }

    /// <summary>Fractions of a second have no, three, six or nine digits: as few as will do.</summary>
    private static string Timestamp(string text)
    {
        var shorter = text;
        while (shorter.EndsWith("000Z", StringComparison.Ordinal) && shorter.Contains('.', StringComparison.Ordinal))
        {
            shorter = shorter[..^4].TrimEnd('.') + "Z";
        }

        return shorter;
    }

    private static JsonNode? Value(JsonNode? value, FieldDescriptor field)
    {
        if (field.FieldType != FieldType.Message || value is null)
        {
            return value?.DeepClone();
        }

        if (field.IsMap && value is JsonObject map)
        {
            var type = field.MessageType.FindFieldByNumber(2);
            var result = new JsonObject();
            foreach (var (key, item) in map)
            {
                result[key] = Value(item, type);
            }

            return result;
        }

        return value is JsonArray items
            ? new JsonArray([.. items.Select(item => Message(item, field.MessageType))])
            : Message(value, field.MessageType);
    }
}
