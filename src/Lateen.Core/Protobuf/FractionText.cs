using System.Globalization;

namespace Lateen.Core.Protobuf;

/// <summary>Fractions of a second in protobuf JSON.</summary>
internal static class FractionText
{
    /// <summary>Nothing, or a point with 3, 6 or 9 digits.</summary>
    public static string Format(int nanos)
    {
        if (nanos == 0)
        {
            return "";
        }

        var digits = nanos.ToString("d9", CultureInfo.InvariantCulture);
        return "." + (nanos % 1_000_000 == 0 ? digits[..3] : nanos % 1_000 == 0 ? digits[..6] : digits);
    }
}
