using Lateen.Core.Yaml;

namespace Lateen.Core.Protobuf;

/// <summary>A field of a message, or of messages inside it: <c>book.author.name</c>.</summary>
public sealed class FieldPath
{
    private readonly FieldSchema[] _fields;

    private FieldPath(string text, FieldSchema[] fields) => (Text, _fields) = (text, fields);

    /// <summary>The names with dots between them.</summary>
    public string Text { get; }

    /// <summary>Whether the field may stand several times.</summary>
    public bool IsRepeated => _fields[^1].IsRepeated;

    /// <summary>Numbers of the fields, from the outermost.</summary>
    public IEnumerable<int> Numbers => _fields.Select(each => each.Number);

    /// <summary>The message that the field holds; null if it holds none.</summary>
    public MessageSchema? Message => _fields[^1].Kind == FieldKind.Message ? _fields[^1].Message : null;

    /// <summary>The field's type as errors tell it.</summary>
    public string TypeName => _fields[^1].Kind switch
    {
        FieldKind.Message or FieldKind.Group => $"type.googleapis.com/{_fields[^1].Message.FullName}",
        FieldKind.Enum => $"type.googleapis.com/{_fields[^1].Enum.FullName}",
        var kind => $"TYPE_{kind.ToString().ToUpperInvariant()}",
    };

    /// <summary>Finds a field by declared or JSON names; <paramref name="error"/> says which one there is
    /// not.</summary>
    public static FieldPath? Find(MessageSchema message, string path, out string error)
    {
        error = "";
        var fields = new List<FieldSchema>();
        MessageSchema? at = message;
        foreach (var name in path.Split('.'))
        {
            if (at?.Find(name) is not { } field)
            {
                error = at is null
                    ? $"Field path \"{path}\" goes through a field that is no message."
                    : $"Could not find field \"{name}\" in the type \"{at.FullName}\".";
                return null;
            }

            fields.Add(field);
            at = field is { Kind: FieldKind.Message, IsRepeated: false } ? field.Message : null;
        }

        return new FieldPath(path, [.. fields]);
    }

    /// <summary>The field with the value that a text says, without the messages around it; null: it says
    /// none.</summary>
    public byte[]? Write(string text, bool ignoreCase = false)
    {
        var field = _fields[^1];
        if (field.IsMap || (field.Kind == FieldKind.Message && !field.Message.IsSpecial))
        {
            return null;
        }

        var errors = new List<ConfigError>();
        var reader = new MessageReader(new MessageReadOptions { IgnoreCase = ignoreCase }, errors);
        var kind = field is { Kind: FieldKind.Message, Message.IsWrapper: true } ? field.Message.Find(1)!.Kind
            : field.Kind;
        YamlNode node = new YamlScalar(text, KindOf(kind, text));
        var target = new WireWriter();
        FieldReader.Read(reader, field, field.IsRepeated ? new YamlSequence([node]) : node, Text, target);
        return errors.Count == 0 ? target.Written.ToArray() : null;
    }

    /// <summary>A message of this field, inside the messages around it.</summary>
    public byte[] Wrap(ReadOnlySpan<byte> message)
    {
        var content = message.ToArray();
        for (var i = _fields.Length - 1; i >= 0; i--)
        {
            content = Enclose(_fields[i].Number, content);
        }

        return content;
    }

    /// <summary>A field of a number that holds a message.</summary>
    public static byte[] Enclose(int number, ReadOnlySpan<byte> message)
    {
        var target = new WireWriter();
        target.WriteTag(number, WireReader.Delimited);
        target.WriteDelimited(message);
        return target.Written.ToArray();
    }

    /// <summary>The message that the field holds in another one; null where it is unset.</summary>
    public byte[]? Read(ReadOnlySpan<byte> message)
    {
        var content = message.ToArray();
        foreach (var field in _fields)
        {
            byte[]? found = null;
            var reader = new WireReader(content);
            while (reader.TryReadTag(out var number, out var wireType))
            {
                var value = reader.ReadValue(wireType);
                found = number == field.Number && wireType == WireReader.Delimited ? value.ToArray() : found;
            }

            if (found is null)
            {
                return null;
            }

            content = found;
        }

        return content;
    }

    /// <summary>What a tree has at this place; null for nothing.</summary>
    public YamlNode? Find(YamlNode? root)
    {
        var node = root;
        foreach (var field in _fields)
        {
            node = node?[field.Name] ?? node?[field.JsonName];
        }

        return node;
    }

    private static YamlScalarKind KindOf(FieldKind kind, string text) => kind switch
    {
        FieldKind.Bool when text is "true" or "false" => YamlScalarKind.Boolean,
        FieldKind.Enum when int.TryParse(
            text, System.Globalization.NumberStyles.AllowLeadingSign, System.Globalization.CultureInfo.InvariantCulture,
            out _) => YamlScalarKind.WholeNumber,
        _ => YamlScalarKind.Text,
    };
}
