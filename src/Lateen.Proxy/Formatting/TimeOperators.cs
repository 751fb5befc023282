using System.Globalization;
using Lateen.Proxy.Streams;

namespace Lateen.Proxy.Formatting;

/// <summary>Moments and durations.</summary>
internal static class TimeOperators
{
    internal const string DefaultFormat = "%Y-%m-%dT%H:%M:%E3SZ";

    public static void AddTo(Action<string, FormatOperator> add, Action<string, OperatorBuilder> addWithArguments)
    {
        foreach (var (name, emit) in new[] { ("START_TIME", false), ("START_TIME_LOCAL", false), ("EMIT_TIME", true),
            ("EMIT_TIME_LOCAL", true) })
        {
            addWithArguments(name, (string? arguments, out string error) => Moment(arguments, emit, out error));
        }
        add("DURATION", Between(i => i.StartNanos, i => i.EndNanos));
        add("REQUEST_DURATION", Between(i => i.StartNanos, i => i.LastDownstreamRxNanos));
        add("REQUEST_TX_DURATION", Between(i => i.StartNanos, i => i.LastUpstreamTxNanos));
        add("RESPONSE_DURATION", Between(i => i.StartNanos, i => i.FirstUpstreamRxNanos));
        add("RESPONSE_TX_DURATION", Between(i => i.FirstUpstreamRxNanos, i => i.LastDownstreamTxNanos));
        add("DOWNSTREAM_HANDSHAKE_DURATION", new FormatOperator(
            static (ByteBuffer output, StreamInfo info, in FormatContext _) => false, true));
        addWithArguments("COMMON_DURATION", Common);
    }

    internal static void WriteTime(ByteBuffer output, string format, long unixNanos)
    {
        var time = DateTime.UnixEpoch.AddTicks(unixNanos / 100);
        for (var i = 0; i < format.Length; i++)
        {
            if (format[i] != '%' || i + 1 == format.Length)
            {
                output.Write((byte)format[i]);
                continue;
            }
            i++;
            if (format[i] == 'E' && i + 2 < format.Length && char.IsAsciiDigit(format[i + 1]) && format[i + 2] == 'S')
            {
                WriteDigits(output, time.Second, 2);
                output.Write((byte)'.');
                WriteFraction(output, unixNanos, format[i + 1] - '0');
                i += 2;
            }
            else if (char.IsAsciiDigit(format[i]) && i + 1 < format.Length && format[i + 1] == 'f')
            {
                WriteFraction(output, unixNanos, format[i] - '0');
                i++;
            }
            else
            {
                WriteField(output, format[i], time, unixNanos);
            }
        }
    }

    private static void WriteField(ByteBuffer output, char field, DateTime time, long unixNanos)
    {
        if (Number(field, time) is (var value, var digits and > 0))
        {
            WriteDigits(output, value, digits);
            return;
        }
        switch (field)
        {
            case 'e':
                output.Write(time.Day.ToString(CultureInfo.InvariantCulture).PadLeft(2));
                break;
            case 's':
                output.Write(unixNanos / 1_000_000_000);
                break;
            case 'f':
                WriteFraction(output, unixNanos, 9);
                break;
            case 'T':
                WriteTime(output, "%H:%M:%S", unixNanos);
                break;
            case 'F':
                WriteTime(output, "%Y-%m-%d", unixNanos);
                break;
            case 'D':
                WriteTime(output, "%m/%d/%y", unixNanos);
                break;
            case 'a' or 'A' or 'b' or 'h' or 'B' or 'p':
                output.Write(time.ToString(
                    field switch { 'a' => "ddd", 'A' => "dddd", 'B' => "MMMM", 'p' => "tt", _ => "MMM" },
                    CultureInfo.InvariantCulture));
                break;
            case 'z':
                output.Write("+0000"u8);
                break;
            case 'Z':
                output.Write("UTC"u8);
                break;
            case 'n':
                output.Write((byte)'\n');
                break;
            case '%':
                output.Write((byte)'%');
                break;
            default:
                output.Write((byte)'%');
                output.Write((byte)field);
                break;
        }
    }

    /// <summary>Fields that are a number of fixed width; zero digits for others.</summary>
    private static (int Value, int Digits) Number(char field, DateTime time) => field switch
    {
        'Y' => (time.Year, 4),
        'y' => (time.Year % 100, 2),
        'm' => (time.Month, 2),
        'd' => (time.Day, 2),
        'H' => (time.Hour, 2),
        'I' => (((time.Hour + 11) % 12) + 1, 2),
        'M' => (time.Minute, 2),
        'S' => (time.Second, 2),
        'j' => (time.DayOfYear, 3),
        _ => (0, 0),
    };

    private static void WriteFraction(ByteBuffer output, long unixNanos, int digits)
    {
        var fraction = unixNanos % 1_000_000_000;
        for (var i = digits; i < 9; i++)
        {
            fraction /= 10;
        }
        WriteDigits(output, fraction, digits);
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

    private static FormatOperator Moment(string? arguments, bool emit, out string error)
    {
        error = "";
        var format = string.IsNullOrEmpty(arguments) ? DefaultFormat : arguments;
        return new FormatOperator((ByteBuffer output, StreamInfo info, in FormatContext context) =>
        {
            WriteTime(output, format, emit ? context.EmitUnixNanos : info.StartUnixNanos);
            return true;
        });
    }

    private static FormatOperator Between(Func<StreamInfo, long> from, Func<StreamInfo, long> to, long unit = 1_000_000)
    {
        return new FormatOperator(
            (ByteBuffer output, StreamInfo info, in FormatContext _) =>
            {
                var (begin, end) = (from(info), to(info));
                if (begin == 0 || end == 0)
                {
                    return false;
                }
                output.Write((end - begin) / unit);
                return true;
            },
            true);
    }

    private static FormatOperator? Common(string? arguments, out string error)
    {
        error = $"Invalid COMMON_DURATION format: {arguments}";
        var parts = (arguments ?? "").Split(':');
        if (parts.Length != 3 || parts[2] is not ("ms" or "us" or "ns"))
        {
            return null;
        }
        error = "";
        return Between(
            Point(parts[0]), Point(parts[1]), parts[2] switch { "ms" => 1_000_000, "us" => 1000, _ => 1 });
    }

    private static Func<StreamInfo, long> Point(string name) => name switch
    {
        "DS_RX_BEG" => static info => info.StartNanos,
        "DS_RX_END" => static info => info.LastDownstreamRxNanos,
        "US_TX_BEG" => static info => info.FirstUpstreamTxNanos,
        "US_TX_END" => static info => info.LastUpstreamTxNanos,
        "US_RX_BEG" => static info => info.FirstUpstreamRxNanos,
        "US_RX_END" => static info => info.LastUpstreamRxNanos,
        "DS_TX_BEG" => static info => info.FirstDownstreamTxNanos,
        "DS_TX_END" => static info => info.LastDownstreamTxNanos,
        _ => static _ => 0,
    };
}
