using System.Globalization;

namespace Lateen.Grpc.Wire;

/// <summary>The value of <c>grpc-timeout</c>: at most eight digits and a unit (gRPC over HTTP/2, Timeout).</summary>
internal static class GrpcTimeout
{
    private const long ValueMax = 99_999_999;

    /// <summary>Parses a value. Too large ones become the longest timer that .NET can hold.</summary>
    internal static bool TryParse(string text, out TimeSpan timeout)
    {
        timeout = default;
        if (text.Length is < 2 or > 9 ||
            !long.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture,
                out var value))
        {
            return false;
        }

        long? ticks = text[^1] switch
        {
            'H' => TimeSpan.TicksPerHour * value,
            'M' => TimeSpan.TicksPerMinute * value,
            'S' => TimeSpan.TicksPerSecond * value,
            'm' => TimeSpan.TicksPerMillisecond * value,
            'u' => TimeSpan.TicksPerMicrosecond * value,
            'n' => value / TimeSpan.NanosecondsPerTick,
            _ => null,
        };
        timeout = TimeSpan.FromTicks(ticks ?? 0);
        return ticks is not null;
    }

    /// <summary>Formats a timeout in the finest unit that fits eight digits.</summary>
    internal static string Format(TimeSpan timeout)
    {
        var ticks = Math.Max(timeout.Ticks, 0);
        ReadOnlySpan<(long PerUnit, char Unit)> units =
        [
            (TimeSpan.TicksPerMicrosecond, 'u'),
            (TimeSpan.TicksPerMillisecond, 'm'),
            (TimeSpan.TicksPerSecond, 'S'),
            (TimeSpan.TicksPerMinute, 'M'),
        ];
        foreach (var (perUnit, unit) in units)
        {
            if (ticks / perUnit <= ValueMax)
            {
                return string.Create(CultureInfo.InvariantCulture, $"{ticks / perUnit}{unit}");
            }
        }

        return string.Create(CultureInfo.InvariantCulture, $"{Math.Min(ticks / TimeSpan.TicksPerHour, ValueMax)}H");
    }
}
