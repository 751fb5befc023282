using Google.Protobuf;
using Google.Protobuf.Reflection;
using Google.Protobuf.WellKnownTypes;
using Lateen.Core.Yaml;

namespace Lateen.Core.Protobuf;

/// <summary>Reads the messages to which the JSON mapping gives a form of their own.</summary>
internal sealed class WellKnownTypes(MessageReader reader, MessageReadOptions options)
{
    private const string Package = "google.protobuf.";

    public static bool IsWrapper(MessageDescriptor type) =>
        type.FullName.StartsWith(Package, StringComparison.Ordinal)
        && type.FullName.EndsWith("Value", StringComparison.Ordinal)
        && type.FullName is not ("google.protobuf.Value" or "google.protobuf.ListValue");

    public static bool IsSpecial(MessageDescriptor type) =>
        type.FullName.StartsWith(Package, StringComparison.Ordinal)
        && (IsWrapper(type) || type.FullName[Package.Length..] is
            "Any" or "Duration" or "Timestamp" or "Struct" or "Value" or "ListValue" or "FieldMask");

    public static bool TakesNull(FieldDescriptor field) =>
        (field.FieldType == FieldType.Message && field.MessageType.FullName == "google.protobuf.Value")
        || (field.FieldType == FieldType.Enum && field.EnumType.FullName == "google.protobuf.NullValue");

    public void Merge(IMessage message, YamlNode node, string path)
    {
        switch (message)
        {
            case Any any:
                MergeAny(any, node, path);
                break;
            case Duration duration:
                MergeDuration(duration, node, path);
                break;
            case Timestamp timestamp:
                MergeTimestamp(timestamp, node, path);
                break;
            case Struct or Value or ListValue:
                MergeFree(message, node, path);
                break;
            case FieldMask mask when node is YamlScalar { Kind: YamlScalarKind.Text } scalar:
                mask.Paths.AddRange(scalar.Value.Split(',', StringSplitOptions.RemoveEmptyEntries));
                break;
            case FieldMask:
                reader.Report(node, path, $"expected field names in one string here, found {node.Describe()}");
                break;
            default:
                var field = message.Descriptor.FindFieldByNumber(1);
                if (ScalarReader.Read(reader, field, node, path) is { } value)
                {
                    field.Accessor.SetValue(message, value);
                }

                break;
        }
    }

    private void MergeAny(Any any, YamlNode node, string path)
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

        var name = url[(url.LastIndexOf('/') + 1)..];
        var type = options.Find(name) ?? FindWellKnown(name);
        if (type is null)
        {
            reader.Report(map["@type"]!, NodePath.Field(path, "@type"), $"unknown type \"{url}\"");
            return;
        }

        var content = type.Parser.ParseFrom(ByteString.Empty);
        if (!IsSpecial(type))
        {
            reader.ReadFields(content, map, path, skip: "@type");
        }
        else if (map.TryGet("value", out var value))
        {
            reader.Merge(content, value, NodePath.Field(path, "value"));
        }

        any.TypeUrl = url;
        any.Value = content.ToByteString();
    }

    private static MessageDescriptor? FindWellKnown(string name) => name switch
    {
        "google.protobuf.Struct" => Struct.Descriptor,
        "google.protobuf.Value" => Value.Descriptor,
        "google.protobuf.StringValue" => StringValue.Descriptor,
        "google.protobuf.BytesValue" => BytesValue.Descriptor,
        "google.protobuf.BoolValue" => BoolValue.Descriptor,
        "google.protobuf.UInt32Value" => UInt32Value.Descriptor,
        "google.protobuf.Duration" => Duration.Descriptor,
        "google.protobuf.Empty" => Empty.Descriptor,
        "google.protobuf.Any" => Any.Descriptor,
        _ => null,
    };

    private void MergeDuration(Duration duration, YamlNode node, string path)
    {
        if (node.Text is { } text && DurationText.TryParse(text, options.GoDurations, out var parsed))
        {
            (duration.Seconds, duration.Nanos) = (parsed.Seconds, parsed.Nanos);
            return;
        }

        if (options.DurationMaps && node is YamlMapping)
        {
            var (seconds, nanos) = (node["seconds"]?.Text ?? "0", node["nanos"]?.Text ?? "0");
            if (long.TryParse(seconds, out var wholeSeconds) && int.TryParse(nanos, out var rest))
            {
                (duration.Seconds, duration.Nanos) = (wholeSeconds, rest);
                return;
            }
        }

        var form = options.GoDurations ? "such as 10s, 1.5s or 1h30m" : "in seconds, such as 10s or 1.5s";
        reader.Report(node, path, $"expected a duration {form} here, found {node.Describe()}");
    }

    private void MergeTimestamp(Timestamp timestamp, YamlNode node, string path)
    {
        if (node.Text is { } text && TimestampText.TryParse(text, out var parsed))
        {
            (timestamp.Seconds, timestamp.Nanos) = (parsed.Seconds, parsed.Nanos);
            return;
        }

        reader.Report(node, path, $"expected a time such as 2026-01-31T12:00:00Z here, found {node.Describe()}");
    }

    private void MergeFree(IMessage message, YamlNode node, string path)
    {
        switch (message)
        {
            case Value value:
                value.MergeFrom(FreeForm.ToValue(node));
                break;
            case Struct fields when node is YamlMapping map:
                fields.MergeFrom(FreeForm.ToStruct(map));
                break;
            case ListValue list when node is YamlSequence sequence:
                list.Values.AddRange(sequence.Items.Select(FreeForm.ToValue));
                break;
            default:
                var expected = message is Struct ? "a map" : "a list";
                reader.Report(node, path, $"expected {expected} here, found {node.Describe()}");
                break;
        }
    }
}
