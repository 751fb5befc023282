using Lateen.Core.Yaml;

namespace Lateen.Core.Protobuf;

/// <summary>Reads the value of one field, single, list or map, into its binary form.</summary>
internal static class FieldReader
{
    public static void Read(MessageReader reader, FieldSchema field, YamlNode node, string path, WireWriter target)
    {
        if (field.IsMap)
        {
            ReadMap(reader, field, node, path, target);
        }
        else if (field.IsRepeated)
        {
            ReadList(reader, field, node, path, target);
        }
        else
        {
            ReadSingle(reader, field, node, path, target);
        }
    }

    private static void ReadList(MessageReader reader, FieldSchema field, YamlNode node, string path, WireWriter target)
    {
        if (node is not YamlSequence sequence)
        {
            if (reader.IsLenient)
            {
                ReadList(reader, field, new YamlSequence([node], node.Position), path, target);
                return;
            }

            reader.Report(node, path, $"expected a list here, found {node.Describe()}",
                "Put \"- \" in front of each item.");
            return;
        }

        var packed = field.IsPacked ? new WireWriter() : null;
        for (var i = 0; i < sequence.Items.Count; i++)
        {
            var (item, itemPath) = (sequence.Items[i], NodePath.Item(path, i));
            if (item.IsNull && !field.TakesNull)
            {
                reader.Report(item, itemPath, "an item of a list must not be null");
            }
            else if (packed is not null)
            {
                ScalarReader.TryRead(reader, field, item, itemPath, packed);
            }
            else
            {
                ReadSingle(reader, field, item, itemPath, target);
            }
        }

        if (packed is { Length: > 0 })
        {
            target.WriteTag(field.Number, WireReader.Delimited);
            target.WriteDelimited(packed.Written);
        }
    }

    private static void ReadMap(MessageReader reader, FieldSchema field, YamlNode node, string path, WireWriter target)
    {
        if (node is not YamlMapping mapping)
        {
            reader.Report(node, path, $"expected a map here, found {node.Describe()}");
            return;
        }

        var keyField = field.Message.Find(1)!;
        var valueField = field.Message.Find(2)!;
        foreach (var (keyNode, valueNode) in mapping.Entries)
        {
            var entryPath = NodePath.Key(path, keyNode.Value);
            // A key is a string in JSON whatever its type, so it is looked at as if it were unquoted.
            var text = new YamlScalar(keyNode.Value, KeyKind(keyField, keyNode.Value), keyNode.Position);
            var entry = new WireWriter();
            if (!ReadSingle(reader, keyField, text, entryPath, entry))
            {
                continue;
            }

            if (valueNode.IsNull && !valueField.TakesNull)
            {
                reader.Report(valueNode, entryPath, "the value of an entry must not be null");
            }
            else if (ReadSingle(reader, valueField, valueNode, entryPath, entry))
            {
                target.WriteTag(field.Number, WireReader.Delimited);
                target.WriteDelimited(entry.Written);
            }
        }
    }

    private static YamlScalarKind KeyKind(FieldSchema field, string text) =>
        field.Kind == FieldKind.String ? YamlScalarKind.Text : ScalarResolver.Resolve(text);

    /// <summary>Reads one value; false after an error in a scalar, when nothing is written.</summary>
    private static bool ReadSingle(
        MessageReader reader, FieldSchema field, YamlNode node, string path, WireWriter target)
    {
        var content = new WireWriter();
        if (field.Kind is FieldKind.Message or FieldKind.Group)
        {
            if (field.Message.IsWrapper)
            {
                if (!ReadSingle(reader, field.Message.Find(1)!, node, path, content))
                {
                    return false;
                }
            }
            else
            {
                reader.Read(field.Message, node, path, content);
            }

            target.WriteTag(field.Number, WireReader.Delimited);
            target.WriteDelimited(content.Written);
            return true;
        }

        return ScalarReader.TryRead(reader, field, node, path, content) && target.WriteField(field, content);
    }
}
