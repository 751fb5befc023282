namespace Lateen.Proxy.Clusters;

/// <summary>
/// How a list of priorities shares the traffic: healthy hosts first, then degraded ones, and whether too few of them
/// are healthy to care (panic). Immutable.
/// </summary>
internal sealed class PriorityLoads
{
    private static readonly PriorityLoads _plain = new();

    private PriorityLoads()
    {
        Healthy = [100];
        Degraded = [0];
        InPanic = [false];
    }

    public PriorityLoads(IReadOnlyList<PriorityHosts> priorities, double panicThreshold)
    {
        Healthy = new int[priorities.Count];
        Degraded = new int[priorities.Count];
        InPanic = new bool[priorities.Count];
        if (priorities.Count > 0)
        {
            Compute(priorities, panicThreshold);
        }
    }

    /// <summary>The loads of these priorities; one of healthy hosts has what all such have.</summary>
    public static PriorityLoads Of(IReadOnlyList<PriorityHosts> priorities, double panicThreshold)
    {
        var loads = new PriorityLoads(priorities, panicThreshold);
        return loads is { Healthy: [100], Degraded: [0], InPanic: [false] } ? _plain : loads;
    }

    /// <summary>Percent of the traffic for the healthy hosts of each priority.</summary>
    public int[] Healthy { get; }

    public int[] Degraded { get; }

    /// <summary>Priorities that use all their hosts since too few are healthy.</summary>
    public bool[] InPanic { get; }

    /// <summary>The priority for a random number and whether its degraded hosts are meant.</summary>
    public static (int Priority, bool Degraded) Pick(int[] healthy, int[] degraded, ulong random)
    {
        var point = (int)(random % 100) + 1;
        var sum = 0;
        for (var i = 0; i < healthy.Length; i++)
        {
            sum += healthy[i];
            if (sum >= point)
            {
                return (i, false);
            }
        }
        for (var i = 0; i < degraded.Length; i++)
        {
            sum += degraded[i];
            if (sum >= point)
            {
                return (i, true);
            }
        }
        return (0, false);
    }

    private void Compute(IReadOnlyList<PriorityHosts> priorities, double panicThreshold)
    {
        var total = Math.Min(100, priorities.Sum(p => p.HealthyPercent + p.DegradedPercent));
        if (total > 0)
        {
            Distribute(priorities, total);
        }
        else
        {
            Healthy[0] = 100;
        }
        if (total == 100 || (total == 0 && panicThreshold == 0))
        {
            return;
        }
        var allPanic = true;
        for (var i = 0; i < priorities.Count; i++)
        {
            var p = priorities[i];
            var available = p.CountedHosts == 0 ? 0 : 100.0 * (p.Healthy.Length + p.Degraded.Length) / p.CountedHosts;
            InPanic[i] = available < panicThreshold;
            allPanic &= InPanic[i];
        }
        if (allPanic && priorities.Any(p => p.All.Length > 0))
        {
            DistributeByCount(priorities);
        }
    }

    private void Distribute(IReadOnlyList<PriorityHosts> priorities, int total)
    {
        var remaining = 100;
        foreach (var (loads, healthy) in new[] { (Healthy, true), (Degraded, false) })
        {
            for (var i = 0; i < priorities.Count; i++)
            {
                var percent = healthy ? priorities[i].HealthyPercent : priorities[i].DegradedPercent;
                loads[i] = Math.Min(remaining, percent * 100 / total);
                remaining -= loads[i];
            }
        }
        var first = Array.FindIndex(Healthy, load => load > 0);
        if (first >= 0)
        {
            Healthy[first] += remaining;
        }
        else
        {
            Degraded[Math.Max(0, Array.FindIndex(Degraded, load => load > 0))] += remaining;
        }
    }

    private void DistributeByCount(IReadOnlyList<PriorityHosts> priorities)
    {
        var remaining = 100;
        var hosts = priorities.Sum(p => p.All.Length);
        for (var i = 0; i < priorities.Count; i++)
        {
            Degraded[i] = 0;
            Healthy[i] = 100 * priorities[i].All.Length / hosts;
            remaining -= Healthy[i];
        }
        Healthy[Array.FindIndex(Healthy, load => load > 0) is var first and >= 0 ? first : 0] += remaining;
    }
}
