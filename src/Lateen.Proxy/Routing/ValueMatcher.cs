using System.Text;
using Google.Protobuf.WellKnownTypes;
using Lateen.Proxy.Streams;

namespace Lateen.Proxy.Routing;

/// <summary>A rule over a value of metadata. Source: <c>type.matcher.v3.ValueMatcher</c>.</summary>
internal sealed class ValueMatcher
{
    public StringMatcher? Text { get; init; }

    public bool? Bool { get; init; }

    public double? Number { get; init; }

    /// <summary>Half-open.</summary>
    public (double Start, double End)? NumberRange { get; init; }

    public bool? Present { get; init; }

    public bool IsNull { get; init; }

    /// <summary>At least one entry of a list.</summary>
    public ValueMatcher? ListOneOf { get; init; }

    public ValueMatcher[] Or { get; init; } = [];

    public bool IsMatch(object? value)
    {
        value = MetadataValues.Unwrap(value);
        if (Present is { } present)
        {
            return (value is not null) == present;
        }
        if (Or.Length > 0)
        {
            return Array.Exists(Or, matcher => matcher.IsMatch(value));
        }
        return value switch
        {
            byte[] bytes => Text is not null && Text.IsMatch(bytes),
            string text => Text is not null && Matches(Text, text),
            bool flag => Bool == flag,
            double number => Number == number
                || (NumberRange is { } range && number >= range.Start && number < range.End),
            Value { KindCase: Value.KindOneofCase.ListValue } list => ListOneOf is not null
                && list.ListValue.Values.Any(entry => ListOneOf.IsMatch(MetadataValues.Unwrap(entry))),
            Value { KindCase: Value.KindOneofCase.NullValue } => IsNull,
            _ => false,
        };
    }

    private static bool Matches(StringMatcher matcher, string text)
    {
        Span<byte> bytes = stackalloc byte[256];
        return Encoding.UTF8.TryGetBytes(text, bytes, out var length)
            ? matcher.IsMatch(bytes[..length])
            : matcher.IsMatch(Encoding.UTF8.GetBytes(text));
    }
}
