using System.Globalization;
using System.Text;

namespace Lateen.Proxy.Cel;

/// <summary>Points in time between the years 1 and 9999, and durations that fit 63 bits of nanoseconds.</summary>
internal static class CelTime
{
    private const long SecondsMin = -62_135_596_800;
    private const long SecondsMax = 253_402_300_799;
    private const long NanosPerSecond = 1_000_000_000;

    private static readonly (string Unit, long Nanos)[] _units =
    [
        ("ns", 1), ("us", 1_000), ("µs", 1_000), ("ms", 1_000_000), ("s", NanosPerSecond),
        ("m", 60 * NanosPerSecond), ("h", 3600 * NanosPerSecond),
    ];

    public static CelValue Timestamp(long seconds, int nanos = 0) =>
        seconds is < SecondsMin or > SecondsMax ? CelValue.Error : CelValue.OfTimestamp(seconds, nanos);

    /// <summary>Nanoseconds since the Unix epoch as a point in time.</summary>
    public static CelValue FromUnixNanos(long nanos) =>
        Timestamp(FloorDivide(nanos), (int)(nanos - (FloorDivide(nanos) * NanosPerSecond)));

    /// <summary>Reads RFC 3339; an error when the text is none.</summary>
    public static CelValue ParseTimestamp(string text)
    {
        var dot = text.IndexOf('.');
        var nanos = 0;
        var whole = text;
        if (dot > 0)
        {
            var end = dot + 1;
            while (end < text.Length && char.IsAsciiDigit(text[end]))
            {
                end++;
            }

            if (end == dot + 1 || end - dot > 10)
            {
                return CelValue.Error;
            }

            nanos = int.Parse(text[(dot + 1)..end].PadRight(9, '0'), CultureInfo.InvariantCulture);
            whole = text[..dot] + text[end..];
        }

        return DateTimeOffset.TryParseExact(
            whole, ["yyyy-MM-dd'T'HH:mm:ss'Z'", "yyyy-MM-dd'T'HH:mm:sszzz"], CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal, out var time)
            ? Timestamp(time.ToUnixTimeSeconds(), nanos)
            : CelValue.Error;
    }

    /// <summary>Reads a sum such as <c>1h30m</c> or <c>-1.5s</c>; an error when the text is none.</summary>
    public static CelValue ParseDuration(string text)
    {
        var isNegative = text.StartsWith('-');
        var rest = isNegative || text.StartsWith('+') ? text[1..] : text;
        if (rest == "0")
        {
            return CelValue.OfDuration(0);
        }

        var total = 0m;
        for (var at = 0; at < rest.Length || at == 0;)
        {
            var end = at;
            while (end < rest.Length && (char.IsAsciiDigit(rest[end]) || rest[end] == '.'))
            {
                end++;
            }

            var unitEnd = end;
            while (unitEnd < rest.Length && !char.IsAsciiDigit(rest[unitEnd]) && rest[unitEnd] != '.')
            {
                unitEnd++;
            }

            var unit = Array.Find(_units, known => known.Unit == rest[end..unitEnd]);
            if (unit.Unit is null || !decimal.TryParse(
                rest[at..end], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)
                || number > long.MaxValue)
            {
                return CelValue.Error;
            }

            total += number * unit.Nanos;
            at = unitEnd;
        }

        return total > long.MaxValue ? CelValue.Error : CelValue.OfDuration((long)(isNegative ? -total : total));
    }

    public static CelValue Calculate(CelOperator op, in CelValue left, in CelValue right)
    {
        var isSum = op == CelOperator.Add;
        if (!isSum && op != CelOperator.Subtract)
        {
            return CelValue.Error;
        }

        switch (left.Kind, right.Kind)
        {
            case (CelKind.Duration, CelKind.Duration):
                var sum = isSum ? (Int128)left.Bits + right.Bits : (Int128)left.Bits - right.Bits;
                return sum < long.MinValue || sum > long.MaxValue ? CelValue.Error : CelValue.OfDuration((long)sum);
            case (CelKind.Timestamp, CelKind.Duration):
                return Shift(left, isSum ? right.Bits : -(Int128)right.Bits);
            case (CelKind.Duration, CelKind.Timestamp) when isSum:
                return Shift(right, left.Bits);
            case (CelKind.Timestamp, CelKind.Timestamp) when !isSum:
                var span = NanosOf(left) - NanosOf(right);
                return span < long.MinValue || span > long.MaxValue ? CelValue.Error : CelValue.OfDuration((long)span);
            default:
                return CelValue.Error;
        }
    }

    /// <summary>A part of a point in time in a zone, or of a duration; an error for another name or zone.</summary>
    public static CelValue Part(string name, in CelValue value, string zone)
    {
        if (value.Kind == CelKind.Duration)
        {
            return name switch
            {
                "getHours" => CelValue.Of(value.Bits / (3600 * NanosPerSecond)),
                "getMinutes" => CelValue.Of(value.Bits / (60 * NanosPerSecond)),
                "getSeconds" => CelValue.Of(value.Bits / NanosPerSecond),
                "getMilliseconds" => CelValue.Of(value.Bits / 1_000_000 % 1000),
                _ => CelValue.Error,
            };
        }

        if (value.Kind != CelKind.Timestamp || !TryLocal(value.Bits, zone, out var time))
        {
            return CelValue.Error;
        }

        return CelValue.Of((long)(name switch
        {
            "getFullYear" => time.Year,
            "getMonth" => time.Month - 1,
            "getDate" => time.Day,
            "getDayOfMonth" => time.Day - 1,
            "getDayOfWeek" => (int)time.DayOfWeek,
            "getDayOfYear" => time.DayOfYear - 1,
            "getHours" => time.Hour,
            "getMinutes" => time.Minute,
            "getSeconds" => time.Second,
            _ => value.Start / 1_000_000,
        }));
    }

    /// <summary>RFC 3339 with as many digits of the second as are needed.</summary>
    public static void WriteTimestamp(ByteBuffer output, in CelValue value, string zone = "Z")
    {
        var time = DateTimeOffset.FromUnixTimeSeconds(value.Bits);
        output.Write(time.ToString("yyyy-MM-dd'T'HH:mm:ss", CultureInfo.InvariantCulture));
        if (value.Start > 0)
        {
            output.Write("."u8);
            output.Write(value.Start.ToString("D9", CultureInfo.InvariantCulture).TrimEnd('0'));
        }

        output.Write(zone);
    }

    /// <summary>Seconds, as protobuf writes durations in JSON.</summary>
    public static void WriteDuration(ByteBuffer output, in CelValue value)
    {
        var text = ((decimal)value.Bits / NanosPerSecond).ToString("0.#########", CultureInfo.InvariantCulture);
        output.Write(text);
        output.Write("s"u8);
    }

    /// <summary>As protobuf has durations in JSON: with no, three, six or nine digits.</summary>
    public static void WriteJsonDuration(ByteBuffer output, long nanos)
    {
        var fraction = Math.Abs(nanos % NanosPerSecond);
        output.Write(nanos < 0 ? "-"u8 : ""u8);
        output.Write(Math.Abs(nanos / NanosPerSecond).ToString(CultureInfo.InvariantCulture));
        output.Write(fraction == 0 ? ""
            : fraction % 1_000_000 == 0 ? $".{fraction / 1_000_000:D3}"
            : fraction % 1000 == 0 ? $".{fraction / 1000:D6}" : $".{fraction:D9}");
        output.Write("s"u8);
    }

    /// <summary>As Envoy prints durations: <c>1h2m3.5s</c>, <c>1.5ms</c>, <c>0</c>.</summary>
    public static void WriteAbslDuration(ByteBuffer output, long nanos)
    {
        if (nanos == 0)
        {
            output.Write("0"u8);
            return;
        }

        if (nanos < 0)
        {
            output.Write("-"u8);
        }

        var left = Math.Abs((decimal)nanos);
        if (left < NanosPerSecond)
        {
            var (unit, name) = left < 1000 ? (1m, "ns") : left < 1_000_000 ? (1000m, "us") : (1_000_000m, "ms");
            output.Write((left / unit).ToString("0.######", CultureInfo.InvariantCulture) + name);
            return;
        }

        foreach (var (unit, name) in new[] { (3600m * NanosPerSecond, "h"), (60m * NanosPerSecond, "m") })
        {
            if (left >= unit)
            {
                output.Write(Math.Floor(left / unit).ToString(CultureInfo.InvariantCulture) + name);
                left %= unit;
            }
        }

        if (left > 0)
        {
            output.Write((left / NanosPerSecond).ToString("0.#########", CultureInfo.InvariantCulture) + "s");
        }
    }

    private static long FloorDivide(long nanos) =>
        nanos >= 0 ? nanos / NanosPerSecond : -((-nanos + NanosPerSecond - 1) / NanosPerSecond);

    private static Int128 NanosOf(in CelValue timestamp) =>
        ((Int128)timestamp.Bits * NanosPerSecond) + timestamp.Start;

    private static CelValue Shift(in CelValue timestamp, Int128 nanos)
    {
        var total = NanosOf(timestamp) + nanos;
        var seconds = total / NanosPerSecond;
        var rest = total % NanosPerSecond;
        return rest < 0
            ? Timestamp((long)seconds - 1, (int)(rest + NanosPerSecond))
            : Timestamp((long)seconds, (int)rest);
    }

    private static bool TryLocal(long seconds, string zone, out DateTime time)
    {
        time = DateTimeOffset.FromUnixTimeSeconds(seconds).UtcDateTime;
        if (zone.Length == 0 || zone is "UTC" or "Z")
        {
            return true;
        }

        TimeSpan offset;
        var sign = zone[0] is '-' or '+' ? 1 : 0;
        if (TimeSpan.TryParseExact(zone[sign..], "hh\\:mm", CultureInfo.InvariantCulture, out offset))
        {
            offset = zone[0] == '-' ? -offset : offset;
        }
        else if (TimeZoneInfo.TryFindSystemTimeZoneById(zone, out var found))
        {
            offset = found.GetUtcOffset(time);
        }
        else
        {
            return false;
        }

        var ticks = time.Ticks + offset.Ticks;
        if (ticks < 0 || ticks > DateTime.MaxValue.Ticks)
        {
            return false;
        }

        time = new DateTime(ticks, DateTimeKind.Utc);
        return true;
    }

    /// <summary>The text of a value, for the functions of this room.</summary>
    internal static string TextOf(CelEvaluation at, in CelValue value) => Encoding.UTF8.GetString(at.TextOf(value));
}
