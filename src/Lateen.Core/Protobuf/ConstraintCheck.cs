using System.Numerics;
using System.Text;

namespace Lateen.Core.Protobuf;

/// <summary>
/// Checks messages against the validation options of the API, on their bytes. What is inside an <c>Any</c> is checked
/// by who opens it. Of all rules in the API only patterns are left to the readers of those fields.
/// </summary>
public static class ConstraintCheck
{
    private const int DepthMax = 100;

    /// <summary>What is wrong with a message, in Envoy's words; null: nothing.</summary>
    /// <param name="api">Has the message.</param>
    /// <param name="fullName">Of the message.</param>
    /// <param name="bytes">Those of the message.</param>
    /// <exception cref="MalformedMessageException">The bytes are no message.</exception>
    public static string? Find(ApiSchema api, string fullName, ReadOnlySpan<byte> bytes)
    {
        ArgumentNullException.ThrowIfNull(api);
        return api.FindRules(fullName) is { } rules ? Check(api, rules, bytes, 0) : null;
    }

    /// <summary>The same for a message by its generated class.</summary>
    public static string? Find(Type type, ReadOnlySpan<byte> bytes)
    {
        ArgumentNullException.ThrowIfNull(type);
        return ApiSchema.RulesOf(type) is { } rules ? Check(ApiSchema.Of(type.Assembly), rules, bytes, 0) : null;
    }

    private static string? Check(ApiSchema api, MessageRules message, ReadOnlySpan<byte> bytes, int depth)
    {
        var fields = message.Fields;
        if (fields.IsEmpty || depth > DepthMax)
        {
            return null;
        }

        Span<uint> counts = fields.Length <= 128 ? stackalloc uint[fields.Length] : new uint[fields.Length];
        counts.Clear();
        var oneofs = 0UL;
        var reader = new WireReader(bytes);
        while (reader.TryReadTag(out var number, out var wireType))
        {
            var content = reader.ReadValue(wireType);
            if (message.IndexOf(number) is var index && index < 0)
            {
                continue;
            }

            var field = fields[index];
            var isPacked = field.IsRepeated && wireType == WireReader.Delimited && IsNumber(field);
            if (wireType != field.WireType && !isPacked)
            {
                continue;
            }

            oneofs |= field.Oneof is >= 0 and < 64 ? 1UL << field.Oneof : 0;
            if (CheckField(api, field, isPacked, content, ref counts[index], depth) is { } wrong)
            {
                return Place(api, message, field, wrong, field.IsRepeated ? counts[index] - 1 : null, content);
            }
        }

        return CheckAbsent(api, message, counts) ?? CheckOneofs(api, message, oneofs);
    }

    private static string? CheckField(
        ApiSchema api, FieldRules field, bool isPacked, ReadOnlySpan<byte> content, ref uint count, int depth)
    {
        if (isPacked)
        {
            return CheckPacked(field, content, ref count);
        }

        count++;
        if (field.IsMessage)
        {
            return CheckMessage(api, field, content, depth);
        }

        return field.Value is { } rules ? ConstraintText.Check(rules, field, field.WireType, content) : null;
    }

    private static string? CheckMessage(ApiSchema api, FieldRules field, ReadOnlySpan<byte> content, int depth)
    {
        if (field.Value is { } rules && field.Message is not { IsMapEntry: true })
        {
            if (field.IsWrapped)
            {
                return CheckWrapped(field, rules, content);
            }

            return rules.Kind == 21 ? ConstraintText.CheckBounds(rules, ValueRules.Nanos(content)) : null;
        }

        if (field.Message is not { } inner)
        {
            return null;
        }

        if (inner.IsMapEntry)
        {
            return CheckEntry(api, field, inner, content, depth);
        }

        return Check(api, inner, content, depth + 1) is { } wrong ? $"{ConstraintText.Embedded}{wrong}" : null;
    }

    private static string? CheckWrapped(FieldRules field, ValueRules rules, ReadOnlySpan<byte> content)
    {
        var reader = new WireReader(content);
        var value = ReadOnlySpan<byte>.Empty;
        var type = ConstraintText.WireTypeOf(rules.Kind);
        while (reader.TryReadTag(out var number, out var wireType))
        {
            var part = reader.ReadValue(wireType);
            value = number == 1 && wireType == type ? part : value;
        }

        return ConstraintText.Check(rules, field, type, value.IsEmpty ? ConstraintText.ZeroOf(type) : value);
    }

    /// <summary>An entry of a map: key and value have rules in the field's options.</summary>
    private static string? CheckEntry(
        ApiSchema api, FieldRules field, MessageRules entry, ReadOnlySpan<byte> content, int depth)
    {
        var reader = new WireReader(content);
        var key = ReadOnlySpan<byte>.Empty;
        var value = ReadOnlySpan<byte>.Empty;
        var type = WireReader.Delimited;
        while (reader.TryReadTag(out var number, out var wireType))
        {
            var part = reader.ReadValue(wireType);
            if (number == 1)
            {
                key = part;
            }
            else
            {
                value = part;
                type = wireType;
            }
        }

        if (field.Key is { } rules && ConstraintText.Check(rules, field, WireReader.Delimited, key) is { } wrong)
        {
            return wrong;
        }

        if (entry.IndexOf(2) is >= 0 and var index && entry.Fields[index].Message is { } inner)
        {
            return type == WireReader.Delimited && Check(api, inner, value, depth + 1) is { } text
                ? $"{ConstraintText.Embedded}{text}"
                : null;
        }

        return field.Value is { } own && !field.IsWrapped ? ConstraintText.Check(own, field, type, value) : null;
    }

    private static string? CheckPacked(FieldRules field, ReadOnlySpan<byte> content, ref uint count)
    {
        var type = field.WireType;
        var reader = new WireReader(content);
        while (!reader.IsAtEnd)
        {
            var value = reader.ReadValue(type);
            count++;
            if (field.Value is { } rules && ConstraintText.Check(rules, field, type, value) is { } wrong)
            {
                return wrong;
            }
        }

        return null;
    }

    private static bool IsNumber(FieldRules field) =>
        field.Kind is not (FieldKind.String or FieldKind.Bytes or FieldKind.Message or FieldKind.Group);

    /// <summary>Numbers of items; what must be there; values that are their type's zero because they are not.</summary>
    private static string? CheckAbsent(ApiSchema api, MessageRules message, ReadOnlySpan<uint> counts)
    {
        for (var i = 0; i < counts.Length; i++)
        {
            var field = message.Fields[i];
            string? wrong = null;
            if (field.IsRepeated)
            {
                wrong = ConstraintText.CheckCount(field, counts[i]);
            }
            else if (counts[i] == 0 && field.Oneof < 0)
            {
                wrong = field.Required ? "value is required"
                    : field is { IsMessage: false, Value: { } rules } ? CheckZero(field, rules) : null;
            }

            if (wrong is not null)
            {
                return Place(api, message, field, wrong, null, default);
            }
        }

        return null;
    }

    private static string? CheckZero(FieldRules field, ValueRules rules)
    {
        var type = ConstraintText.WireTypeOf(rules.Kind);
        return ConstraintText.Check(rules, field, type, ConstraintText.ZeroOf(type));
    }

    private static string? CheckOneofs(ApiSchema api, MessageRules message, ulong seen)
    {
        var missing = message.RequiredOneofs & ~seen;
        return missing == 0 ? null
            : $"field: \"{api.OneofName(message.FullName, BitOperations.TrailingZeroCount(missing))}\""
                + ", reason: is required";
    }

    /// <summary>The error with its place, such as
    /// <c>ClusterValidationError.HealthChecks[0]: value is required</c>.</summary>
    private static string Place(
        ApiSchema api, MessageRules message, FieldRules field, string wrong, uint? item, ReadOnlySpan<byte> content)
    {
        var name = ConstraintText.Camel(api.Find(message.FullName)?.Find(field.Number)?.Name ?? $"{field.Number}");
        var at = item is null ? "" : field.Message is { IsMapEntry: true } ? $"[{KeyOf(content)}]" : $"[{item}]";
        return $"{message.FullName[(message.FullName.LastIndexOf('.') + 1)..]}ValidationError.{name}{at}: {wrong}";
    }

    private static string KeyOf(ReadOnlySpan<byte> entry)
    {
        var reader = new WireReader(entry);
        while (reader.TryReadTag(out var number, out var wireType))
        {
            var value = reader.ReadValue(wireType);
            if (number == 1 && wireType == WireReader.Delimited)
            {
                return Encoding.UTF8.GetString(value);
            }
        }

        return "";
    }
}
