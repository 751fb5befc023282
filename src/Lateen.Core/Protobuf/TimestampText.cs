using System.Globalization;
using Google.Protobuf.WellKnownTypes;

namespace Lateen.Core.Protobuf;

/// <summary>Times as RFC 3339 text.</summary>
public static class TimestampText
{
    /// <summary>Parses <c>2026-01-31T12:00:00.5Z</c> or the same with an offset.</summary>
    public static bool TryParse(string text, out Timestamp timestamp)
    {
        timestamp = new Timestamp();
        var point = text.IndexOf('.', StringComparison.Ordinal);
        var nanos = 0;
        var whole = text;
        if (point >= 0)
        {
            var end = point + 1;
            while (end < text.Length && char.IsAsciiDigit(text[end]))
            {
                end++;
            }

            var digits = text[(point + 1)..end];
            if (digits.Length is 0 or > 9)
            {
                return false;
            }

            nanos = int.Parse(digits.PadRight(9, '0'), CultureInfo.InvariantCulture);
            whole = text[..point] + text[end..];
        }

        string[] forms = ["yyyy-MM-dd'T'HH:mm:ss'Z'", "yyyy-MM-dd'T'HH:mm:sszzz"];
        if (!DateTimeOffset.TryParseExact(whole, forms, CultureInfo.InvariantCulture,
                DateTimeStyles.AssumeUniversal, out var time))
        {
            return false;
        }

        (timestamp.Seconds, timestamp.Nanos) = (time.ToUnixTimeSeconds(), nanos);
        return true;
    }

    /// <summary>The time in UTC, with as many of 0, 3, 6 or 9 decimals as are needed.</summary>
    public static string Format(Timestamp timestamp)
    {
        var time = DateTimeOffset.FromUnixTimeSeconds(timestamp.Seconds);
        var whole = time.ToString("yyyy-MM-dd'T'HH:mm:ss", CultureInfo.InvariantCulture);
        return $"{whole}{FractionText.Format(timestamp.Nanos)}Z";
    }
}
