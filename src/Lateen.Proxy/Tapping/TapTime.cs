using System.Globalization;

namespace Lateen.Proxy.Tapping;

/// <summary>A moment, in nanoseconds since 1970.</summary>
internal sealed record TapTime(long UnixNanos)
{
    private const long NanosPerSecond = 1_000_000_000;

    /// <summary>As JSON has it: with as many digits as are needed, in threes.</summary>
    public string Text
    {
        get
        {
            var nanos = UnixNanos % NanosPerSecond;
            var seconds = DateTimeOffset.FromUnixTimeSeconds(UnixNanos / NanosPerSecond)
                .ToString("yyyy-MM-dd'T'HH:mm:ss", CultureInfo.InvariantCulture);
            var fraction = nanos == 0 ? ""
                : nanos % 1_000_000 == 0 ? $".{nanos / 1_000_000:D3}"
                : nanos % 1000 == 0 ? $".{nanos / 1000:D6}" : $".{nanos:D9}";
            return $"{seconds}{fraction}Z";
        }
    }

    public TapNode ToNode() => new TapNode().Add(1, "seconds", (ulong)(UnixNanos / NanosPerSecond))
        .Add(2, "nanos", (uint)(UnixNanos % NanosPerSecond));
}
