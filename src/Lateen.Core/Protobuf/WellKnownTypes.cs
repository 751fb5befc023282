using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Lateen.Core.Yaml;

namespace Lateen.Core.Protobuf;

/// <summary>Reads the messages to which the JSON mapping gives a form of their own.</summary>
internal sealed class WellKnownTypes(MessageReader reader, MessageReadOptions options)
{
    public void Read(MessageSchema schema, YamlNode node, string path, WireWriter target)
    {
        IMessage? message;
        switch (schema.FullName)
        {
            case "google.protobuf.Any":
                ReadAny(node, path, target);
                return;
            case "google.protobuf.Duration":
                message = ReadDuration(node, path);
                break;
            case "google.protobuf.Timestamp":
                message = ReadTimestamp(node, path);
                break;
            case "google.protobuf.Struct" or "google.protobuf.Value" or "google.protobuf.ListValue":
                message = ReadFree(schema, node, path);
                break;
            case "google.protobuf.FieldMask":
                message = ReadMask(node, path);
                break;
            default:
                var value = new WireWriter();
                if (ScalarReader.TryRead(reader, schema.Find(1)!, node, path, value))
                {
                    target.WriteField(schema.Find(1)!, value);
                }

                return;
        }

        if (message is not null)
        {
            target.Write(message.ToByteArray());
        }
    }

    private FieldMask? ReadMask(YamlNode node, string path)
    {
        if (node is YamlScalar { Kind: YamlScalarKind.Text } scalar)
        {
            return MaskText.Parse(scalar.Value);
        }

        reader.Report(node, path, $"expected field names in one string here, found {node.Describe()}");
        return null;
    }

    private void ReadAny(YamlNode node, string path, WireWriter target)
    {
        if (node is not YamlMapping map)
        {
            reader.Report(node, path, $"expected a map with @type here, found {node.Describe()}");
            return;
        }

        if (map["@type"]?.Text is not { } url)
        {
            if (map.Entries.Count > 0)
            {
                reader.Report(node, path, "\"@type\" is missing",
                    "It names the message, e.g. type.googleapis.com/envoy.extensions.filters.http.router.v3.Router.");
            }

            return;
        }

        if (options.Find(url[(url.LastIndexOf('/') + 1)..]) is not { } type)
        {
            reader.Report(map["@type"]!, NodePath.Field(path, "@type"), $"unknown type \"{url}\"");
            return;
        }

        var content = new WireWriter();
        if (!type.IsSpecial)
        {
            reader.ReadFields(type, map, path, skip: "@type", content);
        }
        else if (map.TryGet("value", out var value))
        {
            reader.Read(type, value, NodePath.Field(path, "value"), content);
        }

        target.WriteTag(1, WireReader.Delimited);
        target.WriteDelimited(url);
        target.WriteTag(2, WireReader.Delimited);
        target.WriteDelimited(content.Written);
    }

    private Duration? ReadDuration(YamlNode node, string path)
    {
        if (node.Text is { } text && DurationText.TryParse(text, options.GoDurations, out var parsed))
        {
            return parsed;
        }

        if (options.DurationMaps && node is YamlMapping)
        {
            var (seconds, nanos) = (node["seconds"]?.Text ?? "0", node["nanos"]?.Text ?? "0");
            if (long.TryParse(seconds, out var wholeSeconds) && int.TryParse(nanos, out var rest))
            {
                return new Duration { Seconds = wholeSeconds, Nanos = rest };
            }
        }

        var form = options.GoDurations ? "such as 10s, 1.5s or 1h30m" : "in seconds, such as 10s or 1.5s";
        reader.Report(node, path, $"expected a duration {form} here, found {node.Describe()}");
        return null;
    }

    private Timestamp? ReadTimestamp(YamlNode node, string path)
    {
        if (node.Text is { } text && TimestampText.TryParse(text, out var parsed))
        {
            return parsed;
        }

        reader.Report(node, path, $"expected a time such as 2026-01-31T12:00:00Z here, found {node.Describe()}");
        return null;
    }

    private IMessage? ReadFree(MessageSchema schema, YamlNode node, string path)
    {
        switch (schema.FullName)
        {
            case "google.protobuf.Value":
                return FreeForm.ToValue(node);
            case "google.protobuf.Struct" when node is YamlMapping map:
                return FreeForm.ToStruct(map);
            case "google.protobuf.ListValue" when node is YamlSequence sequence:
                var list = new ListValue();
                list.Values.AddRange(sequence.Items.Select(FreeForm.ToValue));
                return list;
            default:
                var expected = schema.FullName == "google.protobuf.Struct" ? "a map" : "a list";
                reader.Report(node, path, $"expected {expected} here, found {node.Describe()}");
                return null;
        }
    }
}
