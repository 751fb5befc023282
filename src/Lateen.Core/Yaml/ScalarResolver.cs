using System.Globalization;
using System.Numerics;

namespace Lateen.Core.Yaml;

/// <summary>
/// Tells what a plain scalar stands for, as the YAML library of Kubernetes does (YAML 1.1 with 1.2 octals).
/// </summary>
internal static class ScalarResolver
{
    // Longer digits than any 64-bit number has are no number that a configuration means.
    private const int MaxIntegerDigits = 64;

    public static YamlScalarKind Resolve(string text) => text switch
    {
        "" or "~" or "null" or "Null" or "NULL" => YamlScalarKind.Null,
        "true" or "True" or "TRUE" or "false" or "False" or "FALSE" => YamlScalarKind.Boolean,
        "yes" or "Yes" or "YES" or "no" or "No" or "NO" => YamlScalarKind.Boolean,
        "on" or "On" or "ON" or "off" or "Off" or "OFF" => YamlScalarKind.Boolean,
        _ => ResolveNumber(text),
    };

    public static bool TryParseInteger(string text, out BigInteger value)
    {
        value = default;
        var span = text.AsSpan();
        var negative = span.Length > 0 && span[0] == '-';
        if (span.Length > 0 && span[0] is '-' or '+')
        {
            span = span[1..];
        }

        var radix = 10;
        if (span.Length > 2 && span[0] == '0' && span[1] is 'x' or 'o' or 'b')
        {
            radix = span[1] switch { 'x' => 16, 'o' => 8, _ => 2 };
            span = span[2..];
        }
        else if (span.Length > 1 && span[0] == '0')
        {
            radix = 8;
        }

        if (span.Length is 0 or > MaxIntegerDigits || span[0] == '_')
        {
            return false;
        }

        foreach (var c in span)
        {
            var digit = c switch
            {
                >= '0' and <= '9' => c - '0',
                >= 'a' and <= 'f' => c - 'a' + 10,
                >= 'A' and <= 'F' => c - 'A' + 10,
                '_' => -1,
                _ => radix,
            };
            if (digit >= radix)
            {
                return false;
            }

            value = digit < 0 ? value : (value * radix) + digit;
        }

        value = negative ? -value : value;
        return true;
    }

    public static bool TryParseFloat(string text, out double value)
    {
        switch (text)
        {
            case ".nan" or ".NaN" or ".NAN":
                value = double.NaN;
                return true;
            case ".inf" or ".Inf" or ".INF" or "+.inf" or "+.Inf" or "+.INF":
                value = double.PositiveInfinity;
                return true;
            case "-.inf" or "-.Inf" or "-.INF":
                value = double.NegativeInfinity;
                return true;
        }

        const NumberStyles style = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint
            | NumberStyles.AllowExponent;
        return double.TryParse(text, style, CultureInfo.InvariantCulture, out value) && double.IsFinite(value);
    }

    private static YamlScalarKind ResolveNumber(string text)
    {
        if (!(char.IsAsciiDigit(text[0]) || (text[0] is '-' or '+' or '.' && text.Length > 1)))
        {
            return YamlScalarKind.Text;
        }

        if (TryParseInteger(text, out _))
        {
            return YamlScalarKind.WholeNumber;
        }

        // A date or an address such as 1.2.3.4 fails here and stays a string.
        return TryParseFloat(text, out _) ? YamlScalarKind.RealNumber : YamlScalarKind.Text;
    }
}
