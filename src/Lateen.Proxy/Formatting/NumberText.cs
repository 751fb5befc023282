using System.Globalization;
using System.Numerics;

namespace Lateen.Proxy.Formatting;

/// <summary>
/// Numbers of metadata as text: the fewest digits that tell them apart, plain or with an exponent, whichever is
/// shorter. Source: <c>std::to_chars</c>, by which Envoy writes them.
/// </summary>
internal static class NumberText
{
    /// <summary>Below this whole numbers are never longer than with an exponent.</summary>
    private const double PlainMax = 99_999;

    /// <summary>Writes a number.</summary>
    public static void Write(ByteBuffer output, double value)
    {
        if (Math.Abs(value) <= PlainMax && value == Math.Truncate(value) && !double.IsNegative(value))
        {
            output.Write((long)value);
            return;
        }

        output.Write(Of(value));
    }

    /// <summary>The text of a number; plain where both forms are of one length.</summary>
    public static string Of(double value)
    {
        var text = value.ToString("R", CultureInfo.InvariantCulture);
        if (!double.IsFinite(value) || value == 0)
        {
            return text;
        }

        var sign = text[0] == '-' ? "-" : "";
        var (digits, exponent) = Split(text[sign.Length..]);
        var point = digits.Length > 1 ? "." : "";
        var scientific = $"{sign}{digits[0]}{point}{digits[1..]}e{(exponent < 0 ? '-' : '+')}{Math.Abs(exponent):00}";
        var plain = exponent >= digits.Length - 1
            ? new BigInteger(value).ToString(CultureInfo.InvariantCulture)
            : exponent >= 0 ? $"{sign}{digits[..(exponent + 1)]}.{digits[(exponent + 1)..]}"
            : $"{sign}0.{new string('0', -exponent - 1)}{digits}";
        return plain.Length <= scientific.Length ? plain : scientific;
    }

    /// <summary>The digits that count, and the power of ten of the first of them.</summary>
    private static (string Digits, int Exponent) Split(string text)
    {
        var mark = text.IndexOf('E', StringComparison.Ordinal);
        var exponent = mark < 0 ? 0
            : int.Parse(text.AsSpan(mark + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        var mantissa = mark < 0 ? text : text[..mark];
        var point = mantissa.IndexOf('.', StringComparison.Ordinal);
        var whole = point < 0 ? mantissa.Length : point;
        var all = mantissa.Replace(".", "", StringComparison.Ordinal);
        var digits = all.TrimStart('0');
        return (digits.TrimEnd('0'), exponent + whole - 1 - (all.Length - digits.Length));
    }
}
