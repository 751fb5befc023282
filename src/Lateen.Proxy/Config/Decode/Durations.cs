using Google.Protobuf.WellKnownTypes;

namespace Lateen.Proxy.Config.Decode;

/// <summary>Durations of messages in nanoseconds.</summary>
internal static class Durations
{
    public static long Nanos(Duration? duration, long fallback = 0) =>
        duration is null ? fallback : Math.Min(duration.Seconds, 9_000_000_000) * 1_000_000_000 + duration.Nanos;
}
