using System.Globalization;
using System.Text;

namespace Lateen.Core.Protobuf;

/// <summary>Checks single values against their rules, and says what is wrong as Envoy does.</summary>
internal static class ConstraintText
{
    public const string Embedded = "embedded message failed validation | caused by ";
    private static readonly byte[] _zeros = new byte[8];

    /// <summary>Wire type of the values that rules of a kind are for.</summary>
    public static int WireTypeOf(int kind) => kind switch
    {
        1 or 9 or 11 => WireReader.Fixed32,
        2 or 10 or 12 => WireReader.Fixed64,
        14 or 15 => WireReader.Delimited,
        _ => WireReader.Varint,
    };

    /// <summary>The zero of a wire type.</summary>
    public static ReadOnlySpan<byte> ZeroOf(int wireType) => wireType switch
    {
        WireReader.Fixed32 => _zeros.AsSpan(0, 4),
        WireReader.Fixed64 => _zeros,
        WireReader.Varint => _zeros.AsSpan(0, 1),
        _ => default,
    };

    public static string? Check(ValueRules rules, FieldRules field, int wireType, ReadOnlySpan<byte> value) =>
        rules.Kind switch
        {
            <= 12 => CheckBounds(rules, ValueRules.Number(rules.Kind, wireType, value)),
            13 => rules.Const is { } wanted && wireType == WireReader.Varint && (value[0] != 0) != wanted
                ? $"value must equal {(wanted ? "true" : "false")}" : null,
            14 or 15 => CheckText(rules, value),
            16 => CheckEnum(rules, field, wireType == WireReader.Varint ? (long)new WireReader(value).ReadVarint() : 0),
            _ => null,
        };

    public static string? CheckBounds(ValueRules rules, double value)
    {
        if (rules.IgnoresEmpty && value == 0)
        {
            return null;
        }

        // Comparisons with what is not a number are false.
        var isLow = value <= rules.Gt || value < rules.Gte;
        var isHigh = value >= rules.Lt || value > rules.Lte;
        if (!isLow && !isHigh)
        {
            return null;
        }

        string Text(double bound) => rules.Kind == 21
            ? Duration(bound) : bound.ToString(CultureInfo.InvariantCulture);
        var low = double.IsNaN(rules.Gt) ? rules.Gte : rules.Gt;
        var high = double.IsNaN(rules.Lt) ? rules.Lte : rules.Lt;
        return (double.IsNaN(low), double.IsNaN(high)) switch
        {
            (false, false) => $"value must be inside range {(double.IsNaN(rules.Gt) ? '[' : '(')}{Text(low)}, "
                + $"{Text(high)}{(double.IsNaN(rules.Lt) ? ']' : ')')}",
            (false, true) => $"value must be greater than {(double.IsNaN(rules.Gt) ? "or equal to " : "")}{Text(low)}",
            _ => $"value must be less than {(double.IsNaN(rules.Lt) ? "or equal to " : "")}{Text(high)}",
        };
    }

    public static string? CheckCount(FieldRules field, uint count)
    {
        var what = field.IsMap ? "pair(s)" : "item(s)";
        return count < field.ItemsMin ? $"value must contain at least {field.ItemsMin} {what}"
            : count > field.ItemsMax ? $"value must contain no more than {field.ItemsMax} {what}"
            : null;
    }

    /// <summary>A field's name as the validators print it: <c>consecutive_5xx</c> is
    /// <c>Consecutive_5Xx</c>.</summary>
    public static string Camel(string name)
    {
        var text = new StringBuilder(name.Length);
        foreach (var part in name.Split('_', StringSplitOptions.RemoveEmptyEntries))
        {
            var isDigit = char.IsAsciiDigit(part[0]);
            text.Append(isDigit && text.Length > 0 ? "_" : "");
            var capital = true;
            foreach (var c in part)
            {
                text.Append(capital ? char.ToUpperInvariant(c) : c);
                capital = char.IsAsciiDigit(c);
            }
        }

        return text.ToString();
    }

    private static string? CheckText(ValueRules rules, ReadOnlySpan<byte> value)
    {
        if (rules.IgnoresEmpty && value.IsEmpty)
        {
            return null;
        }

        var length = rules.Kind == 14 ? Encoding.UTF8.GetCharCount(value) : value.Length;
        if (length < rules.Length.Min || length > rules.Length.Max)
        {
            return length < rules.Length.Min ? $"value length must be at least {rules.Length.Min} characters"
                : $"value length must be at most {rules.Length.Max} characters";
        }

        if (value.Length < rules.Bytes.Min || value.Length > rules.Bytes.Max)
        {
            return value.Length < rules.Bytes.Min ? $"value length must be at least {rules.Bytes.Min} bytes"
                : $"value length must be at most {rules.Bytes.Max} bytes";
        }

        if (rules.WellKnown != 0 && !IsHeader(rules, value))
        {
            return $"value does not match regex pattern {PatternOf(rules)}";
        }

        return CheckList(rules, value);
    }

    private static string? CheckList(ValueRules rules, ReadOnlySpan<byte> value)
    {
        if (rules.In is null && rules.NotIn is null)
        {
            return null;
        }

        var text = Encoding.UTF8.GetString(value);
        return rules.In is { } among && !among.Contains(text) ? $"value must be in list [{string.Join(' ', among)}]"
            : rules.NotIn is { } others && others.Contains(text)
                ? $"value must not be in list [{string.Join(' ', others)}]"
            : null;
    }

    private static string? CheckEnum(ValueRules rules, FieldRules field, long value) =>
        rules.DefinedOnly && !field.IsDefined(value) ? "value must be one of the defined enum values"
            : rules.NumbersIn is { } among && !among.Contains(value)
                ? $"value must be in list [{string.Join(' ', among)}]"
            : rules.NumbersNotIn is { } others && others.Contains(value)
                ? $"value must not be in list [{string.Join(' ', others)}]"
            : null;

    private static bool IsHeader(ValueRules rules, ReadOnlySpan<byte> value)
    {
        if (!rules.IsStrict)
        {
            return value.IndexOfAny((byte)0, (byte)'\n', (byte)'\r') < 0;
        }

        if (rules.WellKnown == 2)
        {
            foreach (var c in value)
            {
                if (c is < 32 and not 9 or 127)
                {
                    return false;
                }
            }

            return true;
        }

        var name = value is [(byte)':', ..] ? value[1..] : value;
        foreach (var c in name)
        {
            // "+-." in the pattern is a range, so the comma belongs to it.
            if (!char.IsAsciiLetterOrDigit((char)c) && !"!#$%&'*+,-.^_|~`"u8.Contains(c))
            {
                return false;
            }
        }

        return !name.IsEmpty;
    }

    private static string PatternOf(ValueRules rules) => (rules.WellKnown, rules.IsStrict) switch
    {
        (1, true) => "\"^:?[0-9a-zA-Z!#$%&\\'*+-.^_|~`]+$\"",
        (_, true) => "\"^[^\\x00-\\b\\n-\\x1f\\x7f]*$\"",
        _ => "\"^[^\\x00\\n\\r]*$\"",
    };

    private static string Duration(double nanos) => nanos switch
    {
        0 => "0s",
        < 1e3 => $"{nanos.ToString(CultureInfo.InvariantCulture)}ns",
        < 1e6 => $"{(nanos / 1e3).ToString(CultureInfo.InvariantCulture)}us",
        < 1e9 => $"{(nanos / 1e6).ToString(CultureInfo.InvariantCulture)}ms",
        _ => $"{(nanos / 1e9).ToString(CultureInfo.InvariantCulture)}s",
    };
}
