using Google.Protobuf.WellKnownTypes;

namespace Lateen.Proxy.Config.Decode;

/// <summary>Durations of messages in nanoseconds.</summary>
internal static class Durations
{
    // What TimeProvider timers take at most, some 49 days; at least a millisecond, so that none spins.
    private const long TimerNanosMax = 4_294_967_294L * 1_000_000;
    private const long TimerNanosMin = 1_000_000;

    public static long Nanos(Duration? duration, long fallback = 0) =>
        duration is null ? fallback : Math.Min(duration.Seconds, 9_000_000_000) * 1_000_000_000 + duration.Nanos;

    /// <summary>The same for a duration that Envoy reads as milliseconds: one below zero is no duration.</summary>
    public static long Positive(Duration? duration, string path, DecodeContext context, long fallback = 0)
    {
        if (duration is { Seconds: < 0 } or { Nanos: < 0 })
        {
            context.Error(path, "CONFIG", $"Invalid duration: Expected positive duration: {duration}");
        }
        return Nanos(duration, fallback);
    }

    /// <summary>A period that a timer takes: Istio switches periodic work off by periods of hundreds of
    /// years.</summary>
    public static TimeSpan TimerSpan(long nanos) =>
        TimeSpan.FromTicks(Math.Clamp(nanos, TimerNanosMin, TimerNanosMax) / 100);
}
