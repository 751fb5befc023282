using System.Globalization;

namespace Lateen.Proxy.Formatting;

/// <summary>
/// Writes a moment by a format of strftime with the extensions that Envoy knows: <c>%E3S</c>, <c>%E*S</c>,
/// <c>%E3f</c>, <c>%3f</c>, <c>%Ez</c>, <c>%E4Y</c>, <c>%ET</c>, <c>%s</c>.
/// </summary>
internal static class TimeFormat
{
    private const long NanosPerSecond = 1_000_000_000;

    /// <summary>Most digits of a fraction of a second.</summary>
    private const int FractionDigitsMax = 15;

    /// <summary><paramref name="zone"/> null: UTC.</summary>
    public static void Write(ByteBuffer output, string format, long unixNanos, TimeZoneInfo? zone = null)
    {
        var utc = DateTime.UnixEpoch.AddTicks(unixNanos / 100);
        var offset = zone?.GetUtcOffset(utc) ?? TimeSpan.Zero;
        var moment = new Moment(utc + offset, unixNanos, offset, zone);
        for (var i = 0; i < format.Length;)
        {
            if (format[i] != '%' || i + 1 == format.Length)
            {
                var next = format.IndexOf('%', i + 1);
                next = next < 0 ? format.Length : next;
                output.Write(format.AsSpan(i, next - i));
                i = next;
                continue;
            }
            var used = WriteExtension(output, format.AsSpan(i + 1), moment);
            if (used == 0)
            {
                used = WriteStandard(output, format.AsSpan(i + 1), moment);
            }
            i += 1 + used;
        }
    }

    /// <summary>Characters after the percent sign that were used; zero when this is no extension.</summary>
    private static int WriteExtension(ByteBuffer output, ReadOnlySpan<char> rest, in Moment moment)
    {
        if (rest is ['f', ..])
        {
            WriteFraction(output, moment.UnixNanos, 9);
            return 1;
        }
        if (rest.Length > 1 && rest[0] is >= '1' and <= '9' && rest[1] == 'f')
        {
            WriteFraction(output, moment.UnixNanos, rest[0] - '0');
            return 2;
        }
        if (rest.Length < 2 || rest[0] != 'E')
        {
            return 0;
        }
        switch (rest[1])
        {
            case 'T':
                output.Write((byte)'T');
                return 2;
            case 'z':
                WriteOffset(output, moment.Offset, true);
                return 2;
            case '*' when rest.Length > 2 && rest[2] == 'z':
                WriteOffset(output, moment.Offset, true);
                output.Write(":00"u8);
                return 3;
            case '*' when rest.Length > 2 && rest[2] is 'S' or 'f':
                WriteShortest(output, moment, rest[2] == 'S');
                return 3;
            case '4' when rest.Length > 2 && rest[2] == 'Y':
                WriteDigits(output, moment.Time.Year, 4);
                return 3;
        }
        var digits = 1;
        while (digits < rest.Length && char.IsAsciiDigit(rest[digits]))
        {
            digits++;
        }
        if (digits == 1 || digits == rest.Length || rest[digits] is not ('S' or 'f')
            || !int.TryParse(rest[1..digits], CultureInfo.InvariantCulture, out var count)
            || count > FractionDigitsMax)
        {
            return 0;
        }
        if (rest[digits] == 'S')
        {
            WriteDigits(output, moment.Time.Second, 2);
            if (count > 0)
            {
                output.Write((byte)'.');
            }
        }
        WriteFraction(output, moment.UnixNanos, count);
        return digits + 1;
    }

    private static int WriteStandard(ByteBuffer output, ReadOnlySpan<char> rest, in Moment moment)
    {
        var unpadded = rest[0] == '-';
        var at = (unpadded || (rest[0] is 'E' or 'O')) && rest.Length > 1 ? 1 : 0;
        var field = rest[at];
        if (Number(field, moment.Time) is (var value, var digits and > 0))
        {
            WriteDigits(output, value, unpadded ? CountDigits(value) : digits);
            return at + 1;
        }
        if (!WriteField(output, field, moment))
        {
            output.Write((byte)'%');
            output.Write(rest[..(at + 1)]);
        }
        return at + 1;
    }

    private static bool WriteField(ByteBuffer output, char field, in Moment moment)
    {
        var nested = field switch
        {
            'T' or 'X' => "%H:%M:%S",
            'F' => "%Y-%m-%d",
            'D' or 'x' => "%m/%d/%y",
            'R' => "%H:%M",
            'r' => "%I:%M:%S %p",
            'c' => "%a %b %e %H:%M:%S %Y",
            _ => null,
        };
        if (nested is not null)
        {
            Write(output, nested, moment.UnixNanos, moment.Zone);
            return true;
        }
        switch (field)
        {
            case 'e':
                output.Write(moment.Time.Day.ToString(CultureInfo.InvariantCulture).PadLeft(2));
                return true;
            case 'k':
                output.Write(moment.Time.Hour.ToString(CultureInfo.InvariantCulture).PadLeft(2));
                return true;
            case 'l':
                output.Write(Hour12(moment.Time).ToString(CultureInfo.InvariantCulture).PadLeft(2));
                return true;
            case 's':
                output.Write(moment.UnixNanos / NanosPerSecond);
                return true;
            case 'a' or 'A' or 'b' or 'h' or 'B' or 'p':
                output.Write(moment.Time.ToString(
                    field switch { 'a' => "ddd", 'A' => "dddd", 'B' => "MMMM", 'p' => "tt", _ => "MMM" },
                    CultureInfo.InvariantCulture));
                return true;
            case 'P':
                output.Write(moment.Time.Hour < 12 ? "am"u8 : "pm"u8);
                return true;
            case 'z':
                WriteOffset(output, moment.Offset, false);
                return true;
            case 'Z':
                output.Write(moment.ZoneName);
                return true;
            case 'n' or 't' or '%':
                output.Write((byte)(field switch { 'n' => '\n', 't' => '\t', _ => '%' }));
                return true;
            default:
                return false;
        }
    }

    /// <summary>Fields that are a number of fixed width; zero digits for others.</summary>
    private static (int Value, int Digits) Number(char field, DateTime time) => field switch
    {
        'Y' => (time.Year, 4),
        'C' => (time.Year / 100, 2),
        'y' => (time.Year % 100, 2),
        'G' => (ISOWeek.GetYear(time), 4),
        'g' => (ISOWeek.GetYear(time) % 100, 2),
        'V' => (ISOWeek.GetWeekOfYear(time), 2),
        'U' => ((time.DayOfYear + 6 - (int)time.DayOfWeek) / 7, 2),
        'W' => ((time.DayOfYear + 6 - (((int)time.DayOfWeek + 6) % 7)) / 7, 2),
        'u' => (time.DayOfWeek == DayOfWeek.Sunday ? 7 : (int)time.DayOfWeek, 1),
        'w' => ((int)time.DayOfWeek, 1),
        'm' => (time.Month, 2),
        'd' => (time.Day, 2),
        'H' => (time.Hour, 2),
        'I' => (Hour12(time), 2),
        'M' => (time.Minute, 2),
        'S' => (time.Second, 2),
        'j' => (time.DayOfYear, 3),
        _ => (0, 0),
    };

    private static int Hour12(DateTime time) => ((time.Hour + 11) % 12) + 1;

    private static int CountDigits(int value) => value < 10 ? 1 : value < 100 ? 2 : value < 1000 ? 3 : 4;

    private static void WriteOffset(ByteBuffer output, TimeSpan offset, bool withColon)
    {
        output.Write((byte)(offset < TimeSpan.Zero ? '-' : '+'));
        WriteDigits(output, Math.Abs(offset.Hours), 2);
        if (withColon)
        {
            output.Write((byte)':');
        }
        WriteDigits(output, Math.Abs(offset.Minutes), 2);
    }

    /// <summary>As many digits of the fraction as are not zero at the end.</summary>
    private static void WriteShortest(ByteBuffer output, in Moment moment, bool withSeconds)
    {
        var digits = 9;
        var fraction = moment.UnixNanos % NanosPerSecond;
        while (digits > 0 && fraction % 10 == 0)
        {
            fraction /= 10;
            digits--;
        }
        if (withSeconds)
        {
            WriteDigits(output, moment.Time.Second, 2);
            if (digits > 0)
            {
                output.Write((byte)'.');
            }
        }
        else if (digits == 0)
        {
            output.Write((byte)'0');
        }
        WriteFraction(output, moment.UnixNanos, digits);
    }

    /// <summary>The first digits of the fraction of the second.</summary>
    internal static void WriteFraction(ByteBuffer output, long unixNanos, int digits)
    {
        var fraction = unixNanos % NanosPerSecond;
        for (var i = digits; i < 9; i++)
        {
            fraction /= 10;
        }
        WriteDigits(output, fraction, Math.Min(digits, 9));
        for (var i = 9; i < digits; i++)
        {
            output.Write((byte)'0');
        }
    }

    private static void WriteDigits(ByteBuffer output, long value, int digits)
    {
        var room = output.GetSpan(digits);
        for (var i = digits - 1; i >= 0; i--)
        {
            room[i] = (byte)('0' + value % 10);
            value /= 10;
        }
        output.Advance(digits);
    }

    private readonly record struct Moment(DateTime Time, long UnixNanos, TimeSpan Offset, TimeZoneInfo? Zone)
    {
        public string ZoneName => Zone is null || Zone.HasSameRules(TimeZoneInfo.Utc) ? "UTC"
            : Zone.IsDaylightSavingTime(DateTime.SpecifyKind(Time - Offset, DateTimeKind.Utc)) ? Zone.DaylightName
            : Zone.StandardName;
    }
}
