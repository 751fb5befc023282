using System.Globalization;

namespace Lateen.Proxy.Routing;

/// <summary>
/// One runtime value: its text, and what it stands for besides: a number, a switch or a share. What it does not stand
/// for leaves the default of whoever asks. Source: Envoy's runtime snapshot, by recorded answers.
/// </summary>
/// <param name="Text">As it is shown.</param>
internal readonly record struct RuntimeValue(string Text)
{
    /// <summary>The number; null: it is none.</summary>
    public double? Number { get; init; }

    /// <summary>The switch; null: it is none.</summary>
    public bool? Flag { get; init; }

    /// <summary>Of a share.</summary>
    public uint Numerator { get; init; }

    /// <summary>Of a share; 0: it is none.</summary>
    public uint Denominator { get; init; }

    /// <summary>The number as a count: without its fraction; null for what is below zero or too large.</summary>
    public ulong? Count => Number is >= 0 and < 18446744073709551616.0 and var number ? (ulong)number : null;

    public static RuntimeValue Of(double number) => new(Print(number)) { Number = number };

    public static RuntimeValue Of(bool flag) => new(flag ? "true" : "false") { Flag = flag };

    public static RuntimeValue Of(uint numerator, uint denominator, string text) =>
        new(text) { Numerator = numerator, Denominator = denominator };

    /// <summary>A text of a layer of values: numbers count where they stand as texts, switches do not.</summary>
    public static RuntimeValue OfText(string text) => new(text) { Number = ReadNumber(text) };

    // Blanks around it, a plus sign, exponents and hexadecimal digits are taken.
    private static double? ReadNumber(string text)
    {
        var trimmed = text.AsSpan().Trim();
        if (trimmed.StartsWith("0x", StringComparison.OrdinalIgnoreCase))
        {
            return ulong.TryParse(trimmed[2..], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture,
                out var bits) ? bits : null;
        }
        return double.TryParse(trimmed, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
            && double.IsFinite(number) ? number : null;
    }

    /// <summary>Six digits at most, as C's <c>%g</c>.</summary>
    private static string Print(double number)
    {
        var size = Math.Abs(number);
        if (size == 0 || size is >= 1e-4 and < 999_999.5)
        {
            var digits = size < 1 ? 6 : 6 - (int)Math.Floor(Math.Log10(size)) - 1;
            return Math.Round(number, Math.Clamp(digits, 0, 15))
                .ToString("0.##########", CultureInfo.InvariantCulture);
        }
        return number.ToString("0.#####e+00", CultureInfo.InvariantCulture);
    }
}
