namespace Lateen.Proxy.Clusters;

/// <summary>What outlier detection knows of a host. Counters are shared by all workers; the rest is the
/// detector's.</summary>
internal sealed class OutlierState
{
    internal int Consecutive5xx;
    internal int ConsecutiveGatewayFailure;
    internal int ConsecutiveLocalOriginFailure;
    internal long IntervalSuccess;
    internal long IntervalTotal;
    internal long LocalIntervalSuccess;
    internal long LocalIntervalTotal;

    /// <summary>How often in a row the host was ejected; sets the length of an ejection.</summary>
    internal int EjectionMultiplier;

    /// <summary>Ejections altogether, for the log.</summary>
    internal int EjectionCount;

    /// <summary>Monotonic nanoseconds of the ejection; zero while not ejected.</summary>
    internal long EjectedAtNanos;

    internal long UnejectedAtNanos;

    /// <summary>Random addition to the present ejection.</summary>
    internal long JitterNanos;

    /// <summary>Of the last interval with enough requests; -1 before.</summary>
    internal double SuccessRate = -1;

    internal double LocalSuccessRate = -1;
}
