namespace Lateen.Core.Protobuf;

/// <summary>What the API's validation options ask of a field, and how it is written on the wire.</summary>
internal sealed class FieldRules
{
    private const int OptionNumber = 1071;
    private readonly string _typeName;
    private readonly ApiSchema _api;
    private MessageRules? _message;
    private EnumSchema? _enum;

    /// <param name="api">Has the messages and enums that fields are of.</param>
    /// <param name="descriptor">A <c>FieldDescriptorProto</c>.</param>
    /// <param name="changes">Rules that replace those of fields of the message; null: none.</param>
    public FieldRules(ApiSchema api, ReadOnlySpan<byte> descriptor, (string Field, string Rules)[]? changes)
    {
        _api = api;
        var field = new FieldDescriptor(descriptor);
        (Number, Kind, IsRepeated, Oneof) = (field.Number, field.Kind, field.IsRepeated, field.Oneof);
        _typeName = field.TypeName;
        var name = field.Name;
        if (Array.Find(changes ?? [], change => change.Field == name) is { Field: not null } changed)
        {
            ReadRules(Convert.FromHexString(changed.Rules));
        }
        else
        {
            ReadOptions(field.Options);
        }
    }

    public int Number { get; }

    public FieldKind Kind { get; }

    public bool IsRepeated { get; }

    /// <summary>Index of its oneof, also of the one that an optional field makes; -1: none.</summary>
    public int Oneof { get; }

    /// <summary>How one value is written; anything else under this number is an unknown field.</summary>
    public int WireType => Kind switch
    {
        FieldKind.Double or FieldKind.Fixed64 or FieldKind.SFixed64 => WireReader.Fixed64,
        FieldKind.Float or FieldKind.Fixed32 or FieldKind.SFixed32 => WireReader.Fixed32,
        FieldKind.String or FieldKind.Bytes or FieldKind.Message => WireReader.Delimited,
        FieldKind.Group => WireReader.Group,
        _ => WireReader.Varint,
    };

    public bool IsMessage => Kind == FieldKind.Message;

    /// <summary>Of the value, or of each item; null: none.</summary>
    public ValueRules? Value { get; private set; }

    public ValueRules? Key { get; private set; }

    public bool Required { get; private set; }

    public bool Skip { get; private set; }

    public uint ItemsMin { get; private set; }

    public uint ItemsMax { get; private set; } = uint.MaxValue;

    public bool Unique { get; private set; }

    /// <summary>Whether the number of items is one of entries of a map.</summary>
    public bool IsMap { get; private set; }

    /// <summary>Whether the check has nothing to do here.</summary>
    public bool IsFree => Value is null && Key is null && !Required && ItemsMin == 0 && ItemsMax == uint.MaxValue
        && !Unique && (Skip || !IsMessage || _typeName.StartsWith("google.", StringComparison.Ordinal));

    /// <summary>Whether the value is a number or text in a message of its own.</summary>
    public bool IsWrapped => _typeName.StartsWith("google.protobuf.", StringComparison.Ordinal)
        && _typeName.EndsWith("Value", StringComparison.Ordinal);

    /// <summary>The rules of the message that the field holds; null: none.</summary>
    public MessageRules? Message => Skip || _typeName.StartsWith("google.", StringComparison.Ordinal)
        ? null
        : _message ??= _api.FindRules(_typeName);

    public bool IsDefined(long value) => (_enum ??= _api.FindEnum(_typeName))?.NameOf((int)value) is not null;

    private void ReadOptions(ReadOnlySpan<byte> options)
    {
        var reader = new WireReader(options);
        while (reader.TryReadTag(out var number, out var wireType))
        {
            var content = reader.ReadValue(wireType);
            if (number == OptionNumber)
            {
                ReadRules(content);
            }
        }
    }

    private void ReadRules(ReadOnlySpan<byte> rules)
    {
        Value = ValueRules.Read(rules);
        Required = Value?.Required ?? false;
        var reader = new WireReader(rules);
        while (reader.TryReadTag(out var number, out var wireType))
        {
            var content = reader.ReadValue(wireType);
            switch (number)
            {
                case 17:
                    ReadMessage(content);
                    break;
                case 18 or 19:
                    IsMap = number == 19;
                    ReadItems(content);
                    break;
                default:
                    break;
            }
        }
    }

    private void ReadMessage(ReadOnlySpan<byte> rules)
    {
        var reader = new WireReader(rules);
        while (reader.TryReadTag(out var number, out var wireType))
        {
            var value = reader.ReadValue(wireType)[0] != 0;
            Skip |= number == 1 && value;
            Required |= number == 2 && value;
        }
    }

    /// <summary><c>RepeatedRules</c>, or <c>MapRules</c>, whose keys and values have rules of their own.</summary>
    private void ReadItems(ReadOnlySpan<byte> rules)
    {
        var reader = new WireReader(rules);
        while (reader.TryReadTag(out var number, out var wireType))
        {
            var content = reader.ReadValue(wireType);
            switch (number)
            {
                case 1:
                    ItemsMin = (uint)new WireReader(content).ReadVarint();
                    break;
                case 2:
                    ItemsMax = (uint)new WireReader(content).ReadVarint();
                    break;
                case 3:
                    Unique = !IsMap && content[0] != 0;
                    break;
                case 4 when IsMap:
                    Key = ValueRules.Read(content);
                    break;
                case 4 or 5 when wireType == WireReader.Delimited:
                    Value = ValueRules.Read(content);
                    break;
                default:
                    break;
            }
        }
    }
}
