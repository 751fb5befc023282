using System.Globalization;
using Google.Protobuf.WellKnownTypes;

namespace Lateen.Core.Protobuf;

/// <summary>Durations as text: <c>1.5s</c> in protobuf JSON, <c>1h30m</c> and <c>20ms</c> in Go.</summary>
public static class DurationText
{
    /// <summary>The farthest that protobuf allows, in seconds: about 10,000 years.</summary>
    public const long MaxSeconds = 315_576_000_000;

    private const long NanosPerSecond = 1_000_000_000;

    /// <summary>Parses a duration.</summary>
    /// <param name="text">The text.</param>
    /// <param name="goForm">Whether other units than seconds are allowed.</param>
    /// <param name="duration">Zero when it cannot be parsed.</param>
    public static bool TryParse(string text, bool goForm, out Duration duration)
    {
        duration = new Duration();
        var span = text.AsSpan();
        var negative = span.Length > 0 && span[0] == '-';
        if (negative || (goForm && span.Length > 0 && span[0] == '+'))
        {
            span = span[1..];
        }

        decimal nanos = 0;
        if (goForm && span is "0")
        {
            return true;
        }

        for (var first = true; first || span.Length > 0; first = false)
        {
            if (!TryTake(ref span, goForm, out var part) || (!first && !goForm))
            {
                return false;
            }

            nanos += part;
        }

        nanos = negative ? -nanos : nanos;
        if (Math.Abs(nanos) > (decimal)MaxSeconds * NanosPerSecond)
        {
            return false;
        }

        duration.Seconds = (long)(nanos / NanosPerSecond);
        duration.Nanos = (int)(nanos % NanosPerSecond);
        return true;
    }

    /// <summary>The protobuf JSON form: seconds with as many of 0, 3, 6 or 9 decimals as are needed.</summary>
    public static string Format(Duration duration)
    {
        var negative = duration.Seconds < 0 || duration.Nanos < 0;
        var seconds = Math.Abs(duration.Seconds).ToString(CultureInfo.InvariantCulture);
        return $"{(negative ? "-" : "")}{seconds}{FractionText.Format(Math.Abs(duration.Nanos))}s";
    }

    // Takes one number with its unit from the front.
    private static bool TryTake(ref ReadOnlySpan<char> span, bool goForm, out decimal nanos)
    {
        nanos = 0;
        var digits = 0;
        while (digits < span.Length && (char.IsAsciiDigit(span[digits]) || span[digits] == '.'))
        {
            digits++;
        }

        if (digits is 0 or > 25 || !decimal.TryParse(span[..digits], NumberStyles.AllowDecimalPoint,
                CultureInfo.InvariantCulture, out var number))
        {
            return false;
        }

        span = span[digits..];
        var letters = 0;
        while (letters < span.Length && !char.IsAsciiDigit(span[letters]) && span[letters] != '.')
        {
            letters++;
        }

        var unit = span[..letters];
        span = span[letters..];
        long? scale = unit switch
        {
            "s" => NanosPerSecond,
            _ when !goForm => null,
            "h" => 3600 * NanosPerSecond,
            "m" => 60 * NanosPerSecond,
            "ms" => 1_000_000,
            "us" or "µs" or "μs" => 1_000,
            "ns" => 1,
            _ => null,
        };
        if (scale is null || number > decimal.MaxValue / 10_000_000_000_000)
        {
            return false;
        }

        nanos = decimal.Truncate(number * scale.Value);
        return true;
    }
}
