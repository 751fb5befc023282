using System.Collections;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Lateen.Core.Yaml;

namespace Lateen.Core.Protobuf;

/// <summary>Reads the value of one field: single, list or map.</summary>
internal static class FieldReader
{
    public static void Read(
        MessageReader reader, IMessage message, FieldDescriptor field, YamlNode node, string path)
    {
        if (field.IsMap)
        {
            ReadMap(reader, message, field, node, path);
        }
        else if (field.IsRepeated)
        {
            ReadList(reader, message, field, node, path);
        }
        else if (ReadSingle(reader, field, node, path) is { } value)
        {
            field.Accessor.SetValue(message, value);
        }
    }

    private static void ReadList(
        MessageReader reader, IMessage message, FieldDescriptor field, YamlNode node, string path)
    {
        if (node is not YamlSequence sequence)
        {
            if (reader.IsLenient)
            {
                ReadList(reader, message, field, new YamlSequence([node], node.Position), path);
                return;
            }

            reader.Report(node, path, $"expected a list here, found {node.Describe()}",
                "Put \"- \" in front of each item.");
            return;
        }

        var list = (IList)field.Accessor.GetValue(message);
        for (var i = 0; i < sequence.Items.Count; i++)
        {
            var (item, itemPath) = (sequence.Items[i], NodePath.Item(path, i));
            if (item.IsNull && !WellKnownTypes.TakesNull(field))
            {
                reader.Report(item, itemPath, "an item of a list must not be null");
            }
            else if (ReadSingle(reader, field, item, itemPath) is { } value)
            {
                list.Add(value);
            }
        }
    }

    private static void ReadMap(
        MessageReader reader, IMessage message, FieldDescriptor field, YamlNode node, string path)
    {
        if (node is not YamlMapping mapping)
        {
            reader.Report(node, path, $"expected a map here, found {node.Describe()}");
            return;
        }

        var keyField = field.MessageType.FindFieldByNumber(1);
        var valueField = field.MessageType.FindFieldByNumber(2);
        var map = (IDictionary)field.Accessor.GetValue(message);
        foreach (var (keyNode, valueNode) in mapping.Entries)
        {
            var entryPath = NodePath.Key(path, keyNode.Value);
            // A key is a string in JSON whatever its type, so it is looked at as if it were unquoted.
            var text = new YamlScalar(keyNode.Value, KeyKind(keyField, keyNode.Value), keyNode.Position);
            if (ScalarReader.Read(reader, keyField, text, entryPath) is not { } key)
            {
                continue;
            }

            if (valueNode.IsNull && !WellKnownTypes.TakesNull(valueField))
            {
                reader.Report(valueNode, entryPath, "the value of an entry must not be null");
            }
            else if (ReadSingle(reader, valueField, valueNode, entryPath) is { } value)
            {
                map[key] = value;
            }
        }
    }

    private static YamlScalarKind KeyKind(FieldDescriptor field, string text) => field.FieldType switch
    {
        FieldType.String => YamlScalarKind.Text,
        _ => ScalarResolver.Resolve(text),
    };

    private static object? ReadSingle(MessageReader reader, FieldDescriptor field, YamlNode node, string path)
    {
        if (field.FieldType is not (FieldType.Message or FieldType.Group))
        {
            return ScalarReader.Read(reader, field, node, path);
        }

        if (WellKnownTypes.IsWrapper(field.MessageType))
        {
            // The accessors of wrapper fields take the plain value.
            return ScalarReader.Read(reader, field.MessageType.FindFieldByNumber(1), node, path);
        }

        var message = field.MessageType.Parser.ParseFrom(ByteString.Empty);
        reader.Merge(message, node, path);
        return message;
    }
}
