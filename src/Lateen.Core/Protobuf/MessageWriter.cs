using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Lateen.Core.Yaml;

namespace Lateen.Core.Protobuf;

/// <summary>
/// Writes messages as trees by the protobuf JSON mapping; <see cref="JsonTreeWriter"/> and
/// <see cref="YamlTreeWriter"/> make text of these. Fields without presence are left out at their default.
/// </summary>
public sealed class MessageWriter(MessageWriteOptions options)
{
    private const int MaxDepth = 100;
    private int _depth;

    /// <summary>JSON text of a message.</summary>
    public static string ToJson(IMessage message, MessageWriteOptions? options = null, bool indented = false) =>
        JsonTreeWriter.Write(new MessageWriter(options ?? MessageWriteOptions.Default).ToNode(message), indented);

    /// <summary>YAML text of a message.</summary>
    public static string ToYaml(IMessage message, MessageWriteOptions? options = null) =>
        YamlTreeWriter.Write(new MessageWriter(options ?? MessageWriteOptions.Default).ToNode(message));

    /// <summary>The message as a tree.</summary>
    public YamlNode ToNode(IMessage message) => ToNode(ApiSchema.Of(message), message.ToByteArray());

    /// <summary>The binary form of a message as a tree.</summary>
    /// <exception cref="FormatException">The bytes are no message.</exception>
    /// <exception cref="InvalidProtocolBufferException">Those of a free-form message are none.</exception>
    public YamlNode ToNode(MessageSchema schema, ReadOnlySpan<byte> bytes)
    {
        if (_depth >= MaxDepth)
        {
            throw new FormatException($"more than {MaxDepth} messages inside each other");
        }

        _depth++;
        YamlNode node = schema.FullName switch
        {
            "google.protobuf.Any" => AnyNode(Any.Parser.ParseFrom(bytes)),
            "google.protobuf.Duration" => new YamlScalar(DurationText.Format(Duration.Parser.ParseFrom(bytes))),
            "google.protobuf.Timestamp" => new YamlScalar(TimestampText.Format(Timestamp.Parser.ParseFrom(bytes))),
            "google.protobuf.FieldMask" => new YamlScalar(MaskText.Format(FieldMask.Parser.ParseFrom(bytes))),
            "google.protobuf.Struct" => FreeForm.ToNode(Struct.Parser.ParseFrom(bytes)),
            "google.protobuf.Value" => FreeForm.ToNode(Value.Parser.ParseFrom(bytes)),
            "google.protobuf.ListValue" => new YamlSequence(
                ListValue.Parser.ParseFrom(bytes).Values.Select(FreeForm.ToNode).ToList()),
            _ when schema.IsWrapper => Wrapped(schema.Find(1)!, bytes),
            _ => new YamlMapping(Entries(schema, bytes)),
        };
        _depth--;
        return node;
    }

    internal static YamlScalar Number(double number)
    {
        if (double.IsNaN(number))
        {
            return new YamlScalar("NaN");
        }

        if (double.IsInfinity(number))
        {
            return new YamlScalar(number > 0 ? "Infinity" : "-Infinity");
        }

        // Whole numbers have no point and no exponent as far as a double is exact.
        return Math.Floor(number) == number && Math.Abs(number) <= 1L << 53
            ? YamlScalar.Of((long)number)
            : new YamlScalar(number.ToString("R", CultureInfo.InvariantCulture), YamlScalarKind.RealNumber);
    }

    private YamlScalar Wrapped(FieldSchema field, ReadOnlySpan<byte> bytes)
    {
        var values = Values(field, bytes);
        return values.Count > 0 ? (YamlScalar)values[^1] : Scalar(field, Default(field));
    }

    private YamlMapping AnyNode(Any any)
    {
        var entries = new List<KeyValuePair<YamlScalar, YamlNode>>();
        if (any.TypeUrl.Length == 0)
        {
            return new YamlMapping(entries);
        }

        entries.Add(Entry("@type", new YamlScalar(any.TypeUrl)));
        var type = options.Find(any.TypeUrl[(any.TypeUrl.LastIndexOf('/') + 1)..]);
        try
        {
            if (type is { IsSpecial: true })
            {
                entries.Add(Entry("value", ToNode(type, any.Value.Span)));
            }
            else if (type is not null)
            {
                entries.AddRange(Entries(type, any.Value.Span));
            }
        }
        catch (Exception e) when (e is FormatException or InvalidProtocolBufferException)
        {
            type = null;
        }

        if (type is null)
        {
            entries.Add(Entry("value", new YamlScalar(any.Value.ToBase64())));
        }

        return new YamlMapping(entries);
    }

    private List<KeyValuePair<YamlScalar, YamlNode>> Entries(MessageSchema schema, ReadOnlySpan<byte> bytes)
    {
        var entries = new List<KeyValuePair<YamlScalar, YamlNode>>();
        foreach (var field in schema.Fields)
        {
            var values = Values(field, bytes);
            if (values.Count > 0)
            {
                var name = options.DeclaredNames ? field.Name : field.JsonName;
                entries.Add(Entry(name, field.IsMap ? MapNode(values) : field.IsRepeated ? new YamlSequence(values)
                    : values[^1]));
            }
            else if (options.AlwaysPrintPrimitives && Unset(field) is { } unset)
            {
                entries.Add(Entry(options.DeclaredNames ? field.Name : field.JsonName, unset));
            }
        }

        if (options.SortFields)
        {
            entries.Sort((a, b) => string.CompareOrdinal(a.Key.Value, b.Key.Value));
        }

        return entries;
    }

    /// <summary>What stands for a field that is unset; null for those that can tell that they are.</summary>
    private YamlNode? Unset(FieldSchema field) =>
        field.IsMap ? new YamlMapping([])
        : field.IsRepeated ? new YamlSequence([])
        : field.HasPresence || field.Kind is FieldKind.Message or FieldKind.Group ? null
        : Scalar(field, Default(field));

    /// <summary>The entries of a map were written as messages of key and value; the last of a key counts.</summary>
    private YamlMapping MapNode(List<YamlNode> values)
    {
        if (options.KeepsMapOrder)
        {
            return new YamlMapping(values.Select(value => Entry(
                ((YamlMapping)value).Entries[0].Value.Text!, ((YamlMapping)value).Entries[1].Value)).ToList());
        }

        var entries = new SortedDictionary<string, YamlNode>(StringComparer.Ordinal);
        foreach (var value in values)
        {
            var entry = (YamlMapping)value;
            entries[entry.Entries[0].Value.Text!] = entry.Entries[1].Value;
        }

        return new YamlMapping(entries.Select(e => Entry(e.Key, e.Value)).ToList());
    }

    /// <summary>Stands for a value that is as good as none.</summary>
    private static readonly YamlScalar _unset = new("");

    /// <summary>All values of a field; a single one that is without presence and has its default counts as
    /// none.</summary>
    private List<YamlNode> Values(FieldSchema field, ReadOnlySpan<byte> bytes)
    {
        var values = new List<YamlNode>();
        var merged = default(ReadOnlySpan<byte>);
        var reader = new WireReader(bytes);
        while (reader.TryReadTag(out var number, out var wireType))
        {
            var content = reader.ReadValue(wireType);
            if (number != field.Number)
            {
                continue;
            }

            if (field.IsNumeric && wireType == WireReader.Delimited)
            {
                var packed = new WireReader(content);
                while (!packed.IsAtEnd)
                {
                    values.Add(Scalar(field, packed.ReadValue(field.WireType)));
                }
            }
            else if (field.Kind != FieldKind.Message)
            {
                values.Add(field.HasPresence || field.IsRepeated || !IsDefault(field, content) ? Scalar(field, content)
                    : _unset);
            }
            else if (field.IsRepeated)
            {
                values.Add(field.IsMap ? EntryNode(field.Message, content) : ToNode(field.Message, content));
            }
            else
            {
                // A message in several pieces is one.
                merged = values.Count == 0 ? content : (byte[])[.. merged, .. content];
                values.Clear();
                values.Add(_unset);
            }
        }

        if (field.Kind == FieldKind.Message && !field.IsRepeated && values.Count > 0)
        {
            values[0] = ToNode(field.Message, merged);
        }
        else if (!field.IsRepeated && values.Count > 0 && values[^1] == _unset)
        {
            values.Clear();
        }

        return values;
    }

    /// <summary>A map's entry with both its key, as text, and its value.</summary>
    private YamlMapping EntryNode(MessageSchema entry, ReadOnlySpan<byte> bytes)
    {
        var (keyField, valueField) = (entry.Find(1)!, entry.Find(2)!);
        var (keys, values) = (Values(keyField, bytes), Values(valueField, bytes));
        var key = keys.Count > 0 ? keys[^1] : Scalar(keyField, Default(keyField));
        var value = values.Count > 0 ? values[^1]
            : valueField.Kind == FieldKind.Message ? ToNode(valueField.Message, default)
                : Scalar(valueField, Default(valueField));
        return new YamlMapping([Entry("key", new YamlScalar(((YamlScalar)key).Value)), Entry("value", value)]);
    }

    private static bool IsDefault(FieldSchema field, ReadOnlySpan<byte> value) =>
        field.IsNumeric ? !value.ContainsAnyExcept((byte)0) : value.IsEmpty;

    private static byte[] Default(FieldSchema field) => field.WireType switch
    {
        WireReader.Fixed64 => new byte[8],
        WireReader.Fixed32 => new byte[4],
        WireReader.Varint => [0],
        _ => [],
    };

    private YamlScalar Scalar(FieldSchema field, ReadOnlySpan<byte> bytes)
    {
        switch (field.Kind)
        {
            case FieldKind.String:
                return options.StrictTexts && !System.Text.Unicode.Utf8.IsValid(bytes)
                    ? throw new FormatException("proto3 strings must be UTF-8")
                    : new YamlScalar(Encoding.UTF8.GetString(bytes));
            case FieldKind.Bytes:
                return new YamlScalar(Convert.ToBase64String(bytes));
            case FieldKind.Double:
                return Number(BinaryPrimitives.ReadDoubleLittleEndian(bytes));
            case FieldKind.Float:
                var single = BinaryPrimitives.ReadSingleLittleEndian(bytes);
                var text = single.ToString("R", CultureInfo.InvariantCulture);
                return Number(float.IsFinite(single) ? double.Parse(text, CultureInfo.InvariantCulture) : single);
        }

        var bits = field.WireType switch
        {
            WireReader.Fixed64 => BinaryPrimitives.ReadUInt64LittleEndian(bytes),
            WireReader.Fixed32 => BinaryPrimitives.ReadUInt32LittleEndian(bytes),
            _ => new WireReader(bytes).ReadVarint(),
        };
        return field.Kind switch
        {
            FieldKind.Bool => YamlScalar.Of(bits != 0),
            FieldKind.Enum => options.EnumsAsNumbers && field.Enum.FullName != "google.protobuf.NullValue"
                ? YamlScalar.Of((int)bits) : EnumNode(field.Enum, (int)bits),
            // The mapping writes 64-bit integers as strings, because JavaScript cannot hold them.
            FieldKind.Int64 or FieldKind.SFixed64 =>
                new YamlScalar(((long)bits).ToString(CultureInfo.InvariantCulture)),
            FieldKind.SInt64 => new YamlScalar(ZigZag(bits).ToString(CultureInfo.InvariantCulture)),
            FieldKind.UInt64 or FieldKind.Fixed64 => new YamlScalar(bits.ToString(CultureInfo.InvariantCulture)),
            FieldKind.UInt32 or FieldKind.Fixed32 => YamlScalar.Of((uint)bits),
            FieldKind.SInt32 => YamlScalar.Of(ZigZag(bits)),
            _ => YamlScalar.Of((int)bits),
        };
    }

    private static long ZigZag(ulong bits) => (long)(bits >> 1) ^ -(long)(bits & 1);

    private static YamlScalar EnumNode(EnumSchema type, int number) =>
        type.FullName == "google.protobuf.NullValue" ? YamlScalar.Null
        : type.NameOf(number) is { } known ? new YamlScalar(known) : YamlScalar.Of(number);

    private static KeyValuePair<YamlScalar, YamlNode> Entry(string key, YamlNode value) =>
        KeyValuePair.Create(new YamlScalar(key), value);
}
