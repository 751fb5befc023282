namespace Lateen.Core.Protobuf;

/// <summary>
/// What a message consists of, read out of its <c>DescriptorProto</c> when first asked for. Unlike protobuf's own
/// descriptors it makes no code, so a process that reads its configuration with it starts sooner and stays smaller.
/// </summary>
public sealed class MessageSchema
{
    private const string WellKnown = "google.protobuf.";
    private readonly Dictionary<string, FieldSchema> _byName = new(StringComparer.Ordinal);

    internal MessageSchema(ApiSchema api, string fullName, bool isProto2, ReadOnlySpan<byte> descriptor)
    {
        (Api, FullName, IsProto2) = (api, fullName, isProto2);
        var fields = new List<FieldSchema>();
        var reader = new WireReader(descriptor);
        while (reader.TryReadTag(out var number, out var wireType))
        {
            var content = reader.ReadValue(wireType);
            if (number == 2)
            {
                fields.Add(new FieldSchema(this, content));
            }
            else if (number == 7)
            {
                IsMapEntry = HasMapEntry(content);
            }
        }

        fields.Sort(static (a, b) => a.Number.CompareTo(b.Number));
        Fields = [.. fields];
        foreach (var field in Fields)
        {
            _byName[field.Name] = field;
            _byName[field.JsonName] = field;
        }
    }

    /// <summary>With the package, e.g. <c>envoy.config.core.v3.Node</c>.</summary>
    public string FullName { get; }

    /// <summary>Whether values other than maps stand for it in JSON.</summary>
    public bool IsFreeForm => IsSpecial;

    internal ApiSchema Api { get; }

    internal bool IsProto2 { get; }

    internal bool IsMapEntry { get; }

    /// <summary>In the order of their numbers.</summary>
    internal FieldSchema[] Fields { get; }

    internal bool IsWrapper =>
        FullName.StartsWith(WellKnown, StringComparison.Ordinal)
        && FullName.EndsWith("Value", StringComparison.Ordinal)
        && FullName is not ("google.protobuf.Value" or "google.protobuf.ListValue");

    /// <summary>Whether the JSON mapping gives the message a form of its own.</summary>
    internal bool IsSpecial =>
        FullName.StartsWith(WellKnown, StringComparison.Ordinal)
        && (IsWrapper || FullName is "google.protobuf.Any" or "google.protobuf.Duration" or "google.protobuf.Timestamp"
            or "google.protobuf.Struct" or "google.protobuf.Value" or "google.protobuf.ListValue"
            or "google.protobuf.FieldMask");

    /// <summary>The field of a declared or JSON name.</summary>
    internal FieldSchema? Find(string name) => _byName.GetValueOrDefault(name);

    internal FieldSchema? Find(int number)
    {
        foreach (var field in Fields)
        {
            if (field.Number == number)
            {
                return field;
            }
        }

        return null;
    }

    /// <summary>A hint that names the field that was probably meant; all fields when there are few.</summary>
    internal string? Suggest(string name, bool declared)
    {
        var names = Array.ConvertAll(Fields, f => declared ? f.Name : f.JsonName);
        if (Spelling.Nearest(name, names) is { } near)
        {
            return $"Did you mean \"{near}\"?";
        }

        return names.Length switch
        {
            0 => "This message has no fields.",
            <= 12 => $"Its fields are: {string.Join(", ", names)}.",
            _ => null,
        };
    }

    private static bool HasMapEntry(ReadOnlySpan<byte> options)
    {
        var reader = new WireReader(options);
        var result = false;
        while (reader.TryReadTag(out var number, out var wireType))
        {
            var value = reader.ReadValue(wireType);
            result |= number == 7 && value[0] != 0;
        }

        return result;
    }
}
