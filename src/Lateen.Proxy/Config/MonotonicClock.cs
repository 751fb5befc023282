namespace Lateen.Proxy.Config;

/// <summary>Monotonic nanoseconds of a time provider, the same scale as the workers' loops.</summary>
internal static class MonotonicClock
{
    public static long Nanos(TimeProvider clock) =>
        (long)((Int128)clock.GetTimestamp() * 1_000_000_000 / clock.TimestampFrequency);
}
