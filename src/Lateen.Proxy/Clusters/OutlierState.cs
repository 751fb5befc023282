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

    /// <summary>How often in a row the host was ejected; sets the length of an ejection.</summary>
    internal int EjectionMultiplier;

    /// <summary>Monotonic nanoseconds of the ejection; zero while not ejected.</summary>
    internal long EjectedAtNanos;

    internal long UnejectedAtNanos;
}
