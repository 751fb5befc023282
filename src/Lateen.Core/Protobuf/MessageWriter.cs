using System.Collections;
using System.Globalization;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Google.Protobuf.WellKnownTypes;
using Lateen.Core.Yaml;

namespace Lateen.Core.Protobuf;

/// <summary>
/// Writes messages as trees by the protobuf JSON mapping; <see cref="JsonTreeWriter"/> and
/// <see cref="YamlTreeWriter"/> make text of these. Fields without presence are left out at their default.
/// </summary>
public sealed class MessageWriter(MessageWriteOptions options)
{
    /// <summary>JSON text of a message.</summary>
    public static string ToJson(IMessage message, MessageWriteOptions? options = null, bool indented = false) =>
        JsonTreeWriter.Write(new MessageWriter(options ?? MessageWriteOptions.Default).ToNode(message), indented);

    /// <summary>YAML text of a message.</summary>
    public static string ToYaml(IMessage message, MessageWriteOptions? options = null) =>
        YamlTreeWriter.Write(new MessageWriter(options ?? MessageWriteOptions.Default).ToNode(message));

    /// <summary>The message as a tree.</summary>
    public YamlNode ToNode(IMessage message) => message switch
    {
        Any any => ToNode(any),
        Duration duration => new YamlScalar(DurationText.Format(duration)),
        Timestamp timestamp => new YamlScalar(TimestampText.Format(timestamp)),
        FieldMask mask => new YamlScalar(string.Join(',', mask.Paths)),
        Struct fields => FreeForm.ToNode(fields),
        Value value => FreeForm.ToNode(value),
        ListValue list => new YamlSequence(list.Values.Select(FreeForm.ToNode).ToList()),
        _ when WellKnownTypes.IsWrapper(message.Descriptor) => Wrapped(message),
        _ => new YamlMapping(Entries(message)),
    };

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

    private static YamlScalar Wrapped(IMessage message)
    {
        var field = message.Descriptor.FindFieldByNumber(1);
        return Scalar(field, field.Accessor.GetValue(message));
    }

    private YamlMapping ToNode(Any any)
    {
        var entries = new List<KeyValuePair<YamlScalar, YamlNode>>();
        if (any.TypeUrl.Length == 0)
        {
            return new YamlMapping(entries);
        }

        entries.Add(Entry("@type", new YamlScalar(any.TypeUrl)));
        var type = options.Find(any.TypeUrl[(any.TypeUrl.LastIndexOf('/') + 1)..]);
        if (type is null)
        {
            entries.Add(Entry("value", new YamlScalar(any.Value.ToBase64())));
            return new YamlMapping(entries);
        }

        var content = type.Parser.ParseFrom(any.Value);
        if (WellKnownTypes.IsSpecial(type))
        {
            entries.Add(Entry("value", ToNode(content)));
        }
        else
        {
            entries.AddRange(Entries(content));
        }

        return new YamlMapping(entries);
    }

    private List<KeyValuePair<YamlScalar, YamlNode>> Entries(IMessage message)
    {
        var entries = new List<KeyValuePair<YamlScalar, YamlNode>>();
        foreach (var field in message.Descriptor.Fields.InFieldNumberOrder())
        {
            if (IsSet(message, field))
            {
                var name = options.DeclaredNames ? field.Name : field.JsonName;
                entries.Add(Entry(name, FieldNode(field, field.Accessor.GetValue(message))));
            }
        }

        if (options.SortFields)
        {
            entries.Sort((a, b) => string.CompareOrdinal(a.Key.Value, b.Key.Value));
        }

        return entries;
    }

    private static bool IsSet(IMessage message, FieldDescriptor field)
    {
        if (field.IsRepeated)
        {
            return ((ICollection)field.Accessor.GetValue(message)).Count > 0;
        }

        if (field.HasPresence)
        {
            return field.Accessor.HasValue(message);
        }

        return field.Accessor.GetValue(message) switch
        {
            string text => text.Length > 0,
            ByteString bytes => !bytes.IsEmpty,
            bool flag => flag,
            double number => number != 0 || double.IsNegative(number),
            float number => number != 0,
            var other => Convert.ToInt64(other, CultureInfo.InvariantCulture) != 0,
        };
    }

    private YamlNode FieldNode(FieldDescriptor field, object value)
    {
        if (field.IsMap)
        {
            var valueField = field.MessageType.FindFieldByNumber(2);
            var entries = new List<KeyValuePair<YamlScalar, YamlNode>>();
            foreach (DictionaryEntry entry in (IDictionary)value)
            {
                entries.Add(Entry(KeyText(entry.Key), SingleNode(valueField, entry.Value!)));
            }

            entries.Sort((a, b) => string.CompareOrdinal(a.Key.Value, b.Key.Value));
            return new YamlMapping(entries);
        }

        return field.IsRepeated
            ? new YamlSequence(((IEnumerable)value).Cast<object>().Select(v => SingleNode(field, v)).ToList())
            : SingleNode(field, value);
    }

    private static string KeyText(object key) =>
        key is bool flag ? flag ? "true" : "false" : Convert.ToString(key, CultureInfo.InvariantCulture)!;

    private YamlNode SingleNode(FieldDescriptor field, object value) => value switch
    {
        IMessage message => ToNode(message),
        _ when field.FieldType == FieldType.Message => Scalar(field.MessageType.FindFieldByNumber(1), value),
        _ => Scalar(field, value),
    };

    private static YamlScalar Scalar(FieldDescriptor field, object value) => value switch
    {
        string text => new YamlScalar(text),
        bool flag => YamlScalar.Of(flag),
        ByteString bytes => new YamlScalar(bytes.ToBase64()),
        double number => Number(number),
        float number => float.IsFinite(number)
            ? Number(double.Parse(number.ToString("R", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture))
            : Number(number),
        // The mapping writes 64-bit integers as strings, because JavaScript cannot hold them.
        long or ulong => new YamlScalar(Convert.ToString(value, CultureInfo.InvariantCulture)!),
        _ when field.FieldType == FieldType.Enum => EnumNode(field.EnumType, value),
        _ => new YamlScalar(Convert.ToString(value, CultureInfo.InvariantCulture)!, YamlScalarKind.WholeNumber),
    };

    private static YamlScalar EnumNode(EnumDescriptor type, object value)
    {
        var number = Convert.ToInt32(value, CultureInfo.InvariantCulture);
        if (type.FullName == "google.protobuf.NullValue")
        {
            return YamlScalar.Null;
        }

        return type.FindValueByNumber(number) is { } known ? new YamlScalar(known.Name) : YamlScalar.Of(number);
    }

    private static KeyValuePair<YamlScalar, YamlNode> Entry(string key, YamlNode value) =>
        KeyValuePair.Create(new YamlScalar(key), value);
}
