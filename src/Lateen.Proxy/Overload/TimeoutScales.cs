namespace Lateen.Proxy.Overload;

/// <summary>How short timeouts become when <c>reduce_timeouts</c> is in full force. Each is a part of the configured
/// time (0 to 1) or, where negative, nanoseconds with the sign turned.</summary>
internal sealed record TimeoutScales
{
    public static TimeoutScales None { get; } = new();

    public double ConnectionIdle { get; init; } = 1;

    public double StreamIdle { get; init; } = 1;

    public double TransportSocketConnect { get; init; } = 1;

    public double ConnectionMax { get; init; } = 1;

    public double StreamFlush { get; init; } = 1;

    /// <summary>What is left of a timeout.</summary>
    public static long Apply(long nanos, double least, double state)
    {
        if (state <= 0 || nanos <= 0 || least >= 1)
        {
            return nanos;
        }
        var min = least < 0 ? Math.Min(-least, nanos) : nanos * least;
        return Math.Max(1_000_000, (long)(nanos - ((nanos - min) * state)));
    }
}
