using Lateen.Proxy.Routing;

namespace Lateen.Proxy.Clusters;

/// <summary>What only some clusters have, or have only once used: a mesh has thousands that nobody asks for.</summary>
internal sealed class ClusterParts
{
    private CircuitBreakers? _highBreakers;
    private DropCounts? _drops;
    private SubsetTable? _subsets;

    /// <summary>No request is dropped.</summary>
    public static FractionalPercent NoDrops { get; } = new(0, 100);

    public FractionalPercent DropShare { get; set; } = NoDrops;

    public string DropCategory { get; set; } = "";

    public OutlierDetector? Outlier { get; set; }

    public HealthChecks.HealthChecker? HealthChecker { get; set; }

    public IHostProvider? Provider { get; set; }

    public ClusterSlot? LocalCluster { get; set; }

    public string? MaintenanceKey { get; set; }

    /// <summary>What ends with the cluster.</summary>
    public List<IDisposable>? Owned { get; set; }

    /// <summary>Runs while changes of health are gathered.</summary>
    public ITimer? PublishTimer { get; set; }

    public Dictionary<(int Priority, Locality Locality), int>? LocalitySizes { get; set; }

    /// <summary>Null before the first use.</summary>
    public CircuitBreakers? HighBreakers => Volatile.Read(ref _highBreakers);

    /// <summary>Published for the workers.</summary>
    public SubsetTable? Subsets
    {
        get => Volatile.Read(ref _subsets);
        set => Volatile.Write(ref _subsets, value);
    }

    public CircuitBreakers GetHighBreakers(ClusterConfig config) => _highBreakers
        ?? Interlocked.CompareExchange(ref _highBreakers, config.HighLimits.Build(), null) ?? _highBreakers;

    public DropCounts GetDrops(int workerCount) =>
        _drops ?? Interlocked.CompareExchange(ref _drops, new DropCounts(workerCount), null) ?? _drops;
}
