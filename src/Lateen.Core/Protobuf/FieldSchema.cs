using System.Text;

namespace Lateen.Core.Protobuf;

/// <summary>A field of a message, as <c>FieldDescriptorProto</c> tells it.</summary>
internal sealed class FieldSchema
{
    private readonly MessageSchema _parent;
    private readonly string _typeName;
    private readonly bool _isPacked;

    public FieldSchema(MessageSchema parent, ReadOnlySpan<byte> descriptor)
    {
        _parent = parent;
        var field = new FieldDescriptor(descriptor);
        (Name, Number, Kind, IsRepeated) = (field.Name, field.Number, field.Kind, field.IsRepeated);
        _typeName = field.TypeName;
        JsonName = field.JsonName.IsEmpty ? ToJsonName(Name) : Encoding.UTF8.GetString(field.JsonName);
        HasPresence = !IsRepeated
            && (Kind == FieldKind.Message || field.Oneof >= 0 || field.IsOptional || parent.IsProto2);
        Oneof = field.IsOptional ? -1 : field.Oneof;
        _isPacked = IsRepeated && IsNumeric && (ReadPacked(field.Options) ?? !parent.IsProto2);
    }

    public string Name { get; }

    public string JsonName { get; }

    public int Number { get; }

    public FieldKind Kind { get; }

    public bool IsRepeated { get; }

    public bool IsMap => IsRepeated && Kind == FieldKind.Message && Message.IsMapEntry;

    /// <summary>Whether being unset differs from having the default value.</summary>
    public bool HasPresence { get; }

    /// <summary>Index of the oneof that the field is of; -1 if it is of none.</summary>
    public int Oneof { get; }

    /// <summary>Whether its values stand in one piece on the wire.</summary>
    public bool IsPacked => _isPacked;

    /// <summary>Whether values are numbers on the wire, not delimited.</summary>
    public bool IsNumeric =>
        Kind is not (FieldKind.String or FieldKind.Bytes or FieldKind.Message or FieldKind.Group);

    /// <summary>The message that the field holds.</summary>
    public MessageSchema Message => field ??= _parent.Api.Find(_typeName)
        ?? throw new InvalidOperationException($"the schema lacks the message {_typeName}");

    /// <summary>The enum that the field holds.</summary>
    public EnumSchema Enum => field ??= _parent.Api.FindEnum(_typeName)
        ?? throw new InvalidOperationException($"the schema lacks the enum {_typeName}");

    /// <summary>Whether null is a value, and not the field's absence.</summary>
    public bool TakesNull =>
        (Kind == FieldKind.Message && _typeName == "google.protobuf.Value")
        || (Kind == FieldKind.Enum && _typeName == "google.protobuf.NullValue");

    /// <summary>Wire type of a single value.</summary>
    public int WireType => Kind switch
    {
        FieldKind.Double or FieldKind.Fixed64 or FieldKind.SFixed64 => WireReader.Fixed64,
        FieldKind.Float or FieldKind.Fixed32 or FieldKind.SFixed32 => WireReader.Fixed32,
        FieldKind.String or FieldKind.Bytes or FieldKind.Message => WireReader.Delimited,
        _ => WireReader.Varint,
    };

    private static bool? ReadPacked(ReadOnlySpan<byte> options)
    {
        bool? packed = null;
        var reader = new WireReader(options);
        while (reader.TryReadTag(out var field, out var wireType))
        {
            var value = reader.ReadValue(wireType);
            packed = field == 2 ? value[0] != 0 : packed;
        }

        return packed;
    }

    private static string ToJsonName(string name)
    {
        var result = new System.Text.StringBuilder(name.Length);
        for (var i = 0; i < name.Length; i++)
        {
            if (name[i] != '_')
            {
                result.Append(i > 0 && name[i - 1] == '_' ? char.ToUpperInvariant(name[i]) : name[i]);
            }
        }

        return result.ToString();
    }
}
