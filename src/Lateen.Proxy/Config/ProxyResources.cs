using Lateen.Proxy.AccessLog;
using Lateen.Proxy.Clusters;
using Lateen.Proxy.Discovery;
using Lateen.Proxy.Stats;

namespace Lateen.Proxy.Config;

/// <summary>The tables that snapshots are linked to and that outlive any single resource.</summary>
internal sealed class ProxyResources
{
    private bool _healthCheckFailed;
    private Overload.OverloadState? _overload;
    private TaggedSeriesStore? _taggedSeries;
    private HttpCaching.SimpleHttpCache? _httpCache;

    private WorkloadIndex? _workloads;

    public ProxyResources()
    {
        DnsCaches = new DnsCacheTable(this);
        Scopes = new RouteScopeTable(this);
    }

    public required StatsStore Stats { get; init; }

    public required AccessLogWriter AccessLogs { get; init; }

    public required IstioSeriesStore IstioSeries { get; init; }

    /// <summary>Series of the access logger <c>stats</c>.</summary>
    public TaggedSeriesStore TaggedSeries => _taggedSeries ??= new TaggedSeriesStore(Stats);

    /// <summary>Who this proxy's workload is, from the node's metadata.</summary>
    public required WorkloadMetadata OwnWorkload { get; init; }

    /// <summary>Streams, batches and tracers that listeners share.</summary>
    public Exports.TelemetryRegistry Telemetry { get; } = new();

    /// <summary>The bootstrap's node.</summary>
    public Envoy.Config.Core.V3.Node Node { get; init; } = new();

    /// <summary>The bootstrap's tracer, for connection managers that name none.</summary>
    public Envoy.Config.Trace.V3.Tracing.Types.Http? DefaultTracer { get; init; }

    /// <summary>As <c>/server_info</c> tells it.</summary>
    public string Version { get; init; } = "";

    public string NodeId { get; init; } = "";

    public string NodeCluster { get; init; } = "";

    /// <summary>What would come over this cluster is given by the process instead; empty: none.</summary>
    public string ProvidedCluster { get; init; } = "";

    /// <summary>How long connections of listeners that are out of force go on; default 600 s.</summary>
    public TimeSpan DrainTime { get; init; } = TimeSpan.FromSeconds(600);

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

    /// <summary>Responses that filters keep, made at first use.</summary>
    public HttpCaching.SimpleHttpCache HttpCache => _httpCache ??= new HttpCaching.SimpleHttpCache();

    /// <summary>Caches of names for dynamic forward proxies.</summary>
    public DnsCacheTable DnsCaches { get; }

    /// <summary>Where this proxy is.</summary>
    public Locality OwnLocality { get; init; } = Locality.None;

    /// <summary>The cluster that this proxy is a member of; empty: not known.</summary>
    public string LocalClusterName { get; init; } = "";

    /// <summary>The loop for what runs beside requests, such as health checks; made at first use. Null where nothing
    /// runs.</summary>
    public Func<Runtime.Worker>? MainWorker { get; set; }

    /// <summary>Something that listeners wait for has come. Any thread.</summary>
    public Action? ListenersSettled { get; set; }

    /// <summary>Closes idle connections that should not be kept. Any thread.</summary>
    public Action<Cluster>? PoolsStale { get; set; }

    /// <summary>Follows files of trust bundles; null: none are followed.</summary>
    public Files.BundleFiles? BundleFiles { get; set; }

    /// <summary>The log of ejections; null: none.</summary>
    public OutlierEvents? OutlierEvents { get; set; }

    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>The aggregated stream is incremental. Set from the bootstrap, before any cluster.</summary>
    public bool IsAdsDelta { get; set; }

    /// <summary>Bytes on the way of a connection within the process, each direction; 0: there are no internal
    /// listeners. Set from the bootstrap, before any listener.</summary>
    public int InternalBufferBytesMax { get; set; }

    /// <summary>Workloads by address.</summary>
    public WorkloadIndex Workloads => _workloads ??= new WorkloadIndex(Stats);

    public SecretTable Secrets { get; } = new();

    /// <summary>What the overload manager has put into force.</summary>
    public Overload.OverloadState Overload => _overload ??= new Overload.OverloadState(Stats);

    /// <summary>Token buckets that several filters share, by key and size.</summary>
    public System.Collections.Concurrent.ConcurrentDictionary<string, RateLimits.TokenBucket> SharedBuckets { get; }
        = new();

    /// <summary>Certificates and keys that many clusters name, and which of them the library has taken.</summary>
    public Tls.SharedSecrets SharedSecrets { get; } = new();

    /// <summary>Settings that many resources have alike.</summary>
    public SharedDecodes SharedDecodes { get; } = new();

    /// <summary>Holds metadata in little room. Calls come one at a time.</summary>
    public ResourcePacker MetadataPacker { get; } = new();

    public RouteTable Routes { get; } = new();

    public RouteScopeTable Scopes { get; }

    public ExtensionTable Extensions { get; } = new();

    public OnDemandTable OnDemand { get; } = new();

    /// <summary>What the admin port may tap.</summary>
    public Tapping.TapTable Taps { get; } = new();
}
