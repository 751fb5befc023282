namespace Lateen.Core.Protobuf;

/// <summary>
/// What the API's validation options ask of a message: a fraction of its schema, so that a process that checks all its
/// configuration by them stays small.
/// </summary>
internal sealed class MessageRules
{
    private const int OptionNumber = 1071;

    private readonly FieldRules[] _fields;

    public MessageRules(ApiSchema api, string fullName, ReadOnlySpan<byte> descriptor)
    {
        FullName = fullName;
        var fields = new List<FieldRules>();
        var changes = RuleChanges.Find(fullName);
        var (oneof, required, isDisabled) = (0, 0UL, false);
        var reader = new WireReader(descriptor);
        while (reader.TryReadTag(out var number, out var wireType))
        {
            var content = reader.ReadValue(wireType);
            switch (number)
            {
                case 2:
                    fields.Add(new FieldRules(api, content, changes));
                    break;
                case 7:
                    isDisabled |= HasOption(content, OptionNumber);
                    IsMapEntry = HasOption(content, 7);
                    break;
                case 8:
                    required |= IsRequired(content) && oneof < 64 ? 1UL << oneof : 0;
                    oneof++;
                    break;
                default:
                    break;
            }
        }

        RequiredOneofs = isDisabled ? 0 : required;
        _fields = isDisabled ? []
            : [.. fields.Where(f => !f.IsFree || (f.Oneof >= 0 && (required >> f.Oneof & 1) != 0))];
    }

    public string FullName { get; }

    public bool IsMapEntry { get; }

    /// <summary>A bit for each oneof of which one member must be there.</summary>
    public ulong RequiredOneofs { get; }

    public ReadOnlySpan<FieldRules> Fields => _fields;

    /// <summary>Index of a field's rules; -1: it has none.</summary>
    public int IndexOf(int number)
    {
        for (var i = 0; i < _fields.Length; i++)
        {
            if (_fields[i].Number == number)
            {
                return i;
            }
        }

        return -1;
    }

    private static bool HasOption(ReadOnlySpan<byte> options, int option)
    {
        var reader = new WireReader(options);
        var result = false;
        while (reader.TryReadTag(out var number, out var wireType))
        {
            var value = reader.ReadValue(wireType);
            result |= number == option && wireType == WireReader.Varint && value[0] != 0;
        }

        return result;
    }

    private static bool IsRequired(ReadOnlySpan<byte> oneof)
    {
        var reader = new WireReader(oneof);
        var result = false;
        while (reader.TryReadTag(out var number, out var wireType))
        {
            var content = reader.ReadValue(wireType);
            result |= number == 2 && HasOption(content, OptionNumber);
        }

        return result;
    }
}
