using Google.Protobuf.WellKnownTypes;

namespace Lateen.Proxy.Streams;

/// <summary>Reads nested protobuf values.</summary>
internal static class MetadataValues
{
    /// <summary>Follows keys into nested mappings; a leaf comes out as string, double, bool or <see
    /// cref="Value"/>.</summary>
    public static object? Descend(object? value, ReadOnlySpan<string> path)
    {
        foreach (var key in path)
        {
            if (value is not Value { KindCase: Value.KindOneofCase.StructValue } inner
                || !inner.StructValue.Fields.TryGetValue(key, out var next))
            {
                return null;
            }
            value = next;
        }
        return Unwrap(value);
    }

    public static object? Unwrap(object? value) => value is Value inner
        ? inner.KindCase switch
        {
            Value.KindOneofCase.StringValue => inner.StringValue,
            Value.KindOneofCase.NumberValue => inner.NumberValue,
            Value.KindOneofCase.BoolValue => inner.BoolValue,
            _ => inner,
        }
        : value;

    /// <summary>A value as protobuf has it.</summary>
    public static Value Wrap(object? value) => value switch
    {
        Value inner => inner,
        string text => Value.ForString(text),
        double number => Value.ForNumber(number),
        bool truth => Value.ForBool(truth),
        Struct fields => Value.ForStruct(fields),
        _ => Value.ForNull(),
    };

    public static object? Get(Struct? fields, ReadOnlySpan<string> path)
    {
        return fields is not null && path.Length > 0 && fields.Fields.TryGetValue(path[0], out var value)
            ? Descend(value, path[1..])
            : null;
    }
}
