using Lateen.Proxy.AccessLog;
using Lateen.Proxy.Clusters;
using Lateen.Proxy.Stats;

namespace Lateen.Proxy.Config;

/// <summary>The tables that snapshots are linked to and that outlive any single resource.</summary>
internal sealed class ProxyResources
{
    private bool _healthCheckFailed;

    public required StatsStore Stats { get; init; }

    public required AccessLogWriter AccessLogs { get; init; }

    public required IstioSeriesStore IstioSeries { get; init; }

    /// <summary>Who this proxy's workload is, from the node's metadata.</summary>
    public required WorkloadMetadata OwnWorkload { get; init; }

    public string NodeId { get; init; } = "";

    public string NodeCluster { get; init; } = "";

    /// <summary>What would come over this cluster is given by the process instead; empty: none.</summary>
    public string ProvidedCluster { get; init; } = "";

    public int WorkerCount { get; init; } = 1;

    /// <summary>Seeds the load balancers' generators.</summary>
    public ulong RandomSeed { get; init; }

    /// <summary>Whether discovered resources with unknown fields are refused.</summary>
    public bool RejectsUnknownDynamicFields { get; init; }

    /// <summary>Whether <c>/healthcheck/fail</c> is in force. Thread: any.</summary>
    public bool HealthCheckFailed
    {
        get => Volatile.Read(ref _healthCheckFailed);
        set => Volatile.Write(ref _healthCheckFailed, value);
    }

    public ClusterTable Clusters { get; } = new();

    public SecretTable Secrets { get; } = new();

    public RouteTable Routes { get; } = new();
}
