using System.Globalization;

namespace Lateen.Proxy.Formatting;

/// <summary>
/// A format of moments (<see cref="TimeFormat"/>) that is written often. All but the fraction of the second is the same
/// for a second, so each thread remembers the text of the last one. Any thread.
/// </summary>
internal sealed class TimeText
{
    private const long NanosPerSecond = 1_000_000_000;

    [ThreadStatic]
    private static Remembered? _last;

    private readonly string _format;
    private readonly TimeZoneInfo? _zone;
    private readonly string _head;
    private readonly string _tail = "";
    private readonly int _digits;
    private readonly bool _isSplit;

    /// <summary>Takes a format apart.</summary>
    /// <param name="format">As <see cref="TimeFormat"/> knows it.</param>
    /// <param name="zone">Null: UTC.</param>
    public TimeText(string format, TimeZoneInfo? zone)
    {
        _format = format;
        _zone = zone;
        _head = format;
        _isSplit = true;
        for (var i = 0; i + 1 < format.Length; i++)
        {
            if (format[i] != '%')
            {
                continue;
            }

            var length = FractionAt(format, i, out var head, out var digits);
            if (length > 0)
            {
                // A second fraction is too rare to be looked after.
                _isSplit &= _digits == 0 && digits is > 0 and <= 9;
                _digits = digits;
                _head = format[..i] + head;
                _tail = format[(i + length)..];
            }

            i += Math.Max(1, length - 1);
        }
    }

    /// <summary>Writes a moment.</summary>
    public void Write(ByteBuffer output, long unixNanos)
    {
        if (!_isSplit || unixNanos < 0)
        {
            TimeFormat.Write(output, _format, unixNanos, _zone);
            return;
        }

        var second = unixNanos / NanosPerSecond;
        var last = _last ??= new Remembered();
        if (last.Owner != this || last.Second != second)
        {
            last.Text.Clear();
            TimeFormat.Write(last.Text, _head, second * NanosPerSecond, _zone);
            last.HeadLength = last.Text.Length;
            TimeFormat.Write(last.Text, _tail, second * NanosPerSecond, _zone);
            (last.Owner, last.Second) = (this, second);
        }

        output.Write(last.Text.Written[..last.HeadLength]);
        TimeFormat.WriteFraction(output, unixNanos, _digits);
        output.Write(last.Text.Written[last.HeadLength..]);
    }

    /// <summary>Length of the field at a percent sign that tells the fraction of the second; 0: another
    /// field.</summary>
    /// <param name="format">The whole format.</param>
    /// <param name="at">Where the percent sign is.</param>
    /// <param name="head">What stands for the part of it before the fraction.</param>
    /// <param name="digits">Of the fraction; 0: as many as there are.</param>
    private static int FractionAt(string format, int at, out string head, out int digits)
    {
        (head, digits) = ("", 0);
        var i = at + 1;
        var isExtended = format[i] == 'E';
        i += isExtended ? 1 : 0;
        var firstDigit = i;
        while (i < format.Length && (char.IsAsciiDigit(format[i]) || (isExtended && format[i] == '*')))
        {
            i++;
        }

        if (i == format.Length || format[i] is not ('f' or 'S') || (format[i] == 'S' && i == firstDigit)
            || (format[i] == 'S' && !isExtended))
        {
            return 0;
        }

        digits = 9;
        if (i > firstDigit)
        {
            // No number: as many digits as there are.
            _ = int.TryParse(
                format.AsSpan(firstDigit, i - firstDigit), NumberStyles.None, CultureInfo.InvariantCulture, out digits);
        }

        head = format[i] == 'S' ? "%S." : "";
        return i + 1 - at;
    }

    private sealed class Remembered
    {
        public TimeText? Owner { get; set; }

        public long Second { get; set; }

        public int HeadLength { get; set; }

        public ByteBuffer Text { get; } = new(64);
    }
}
