namespace Lateen.Proxy.Clusters;

/// <summary>A host's weight as worked out from its own load reports (ORCA). Written by any worker.</summary>
internal sealed class ReportedWeight
{
    private long _firstNanos;
    private long _lastNanos;
    private double _weight;

    /// <summary>Takes in a report: the rate of requests over the utilization, raised by the rate of errors.</summary>
    public void Update(double queriesPerSecond, double errorsPerSecond, double utilization,
        ReportedWeightConfig config, long nowNanos)
    {
        if (queriesPerSecond <= 0 || utilization <= 0)
        {
            return;
        }
        var penalty = errorsPerSecond / queriesPerSecond * config.ErrorUtilizationPenalty;
        Volatile.Write(ref _weight, queriesPerSecond / (utilization + penalty));
        var last = Volatile.Read(ref _lastNanos);
        if (last == 0 || nowNanos - last > config.ExpirationNanos)
        {
            Volatile.Write(ref _firstNanos, nowNanos);
        }
        Volatile.Write(ref _lastNanos, nowNanos);
    }

    /// <summary>Null while reports are too young, too old or missing.</summary>
    public double? WeightAt(long nowNanos, ReportedWeightConfig config)
    {
        var last = Volatile.Read(ref _lastNanos);
        if (last == 0 || nowNanos - last > config.ExpirationNanos
            || nowNanos - Volatile.Read(ref _firstNanos) < config.BlackoutNanos)
        {
            return null;
        }
        return Volatile.Read(ref _weight);
    }
}
