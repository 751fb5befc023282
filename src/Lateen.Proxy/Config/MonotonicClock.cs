namespace Lateen.Proxy.Config;

/// <summary>Monotonic nanoseconds of a time provider, the same scale as the workers' loops.</summary>
internal static class MonotonicClock
{
    private const long NanosPerSecond = 1_000_000_000;

    public static long Nanos(TimeProvider clock)
    {
        var (seconds, rest) = Math.DivRem(clock.GetTimestamp(), clock.TimestampFrequency);
        return seconds * NanosPerSecond + (long)(rest * ((double)NanosPerSecond / clock.TimestampFrequency));
    }
}
