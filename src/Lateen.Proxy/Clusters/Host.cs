using System.Runtime.CompilerServices;
using System.Text;
using Lateen.Proxy.Addresses;

namespace Lateen.Proxy.Clusters;

/// <summary>
/// One upstream host of a cluster. The same object lives on over endpoint updates as long as its address and transport
/// socket
/// stay; weight, health and locality are changed in place by the configuration side. Workers keep their own counters
/// and
/// connection pools in cells of their own.
/// </summary>
internal sealed class Host
{
    private const int StatCount = (int)HostStat.RqTotal + 1;

    // Made once used, as most hosts of a mesh never are.
    private long[]?[]? _cells;
    private HostLoadMetrics? _loadMetrics;
    private object?[]? _workerStates;
    private byte[]? _addressText;
    private byte[]? _hostnameBytes;
    private int _health;
    private uint _weight;
    private bool _closesConnections;
    private int _failures;

    public Host(Cluster cluster, Address address, string hostname, HostAttributes attributes)
    {
        Cluster = cluster;
        Address = address;
        Hostname = hostname;
        Attributes = attributes;
        TransportSocket = cluster.SelectTransportSocket(attributes.TransportSocketMatch);
        _weight = attributes.Weight;
        if (cluster.Config.HealthCheck is not null && !attributes.HealthCheck.IsDisabled)
        {
            _health = (int)(HealthFlags.FailedActiveHealthCheck | HealthFlags.PendingActiveHealthCheck);
        }
        AddedNanos = cluster.NowNanos;
        Outlier = cluster.OutlierDetection is null ? null : new OutlierState();
    }

    public Cluster Cluster { get; }

    public Address Address { get; }

    /// <summary><c>ip:port</c> or path.</summary>
    public byte[] AddressText => _addressText ??= Encoding.UTF8.GetBytes(Address.ToString());

    /// <summary>Name of the endpoint or of its DNS entry; empty when there is none.</summary>
    public string Hostname { get; }

    public byte[] HostnameBytes => _hostnameBytes ??= Encoding.UTF8.GetBytes(Hostname);

    public TransportSocketConfig TransportSocket { get; }

    /// <summary>Where its health checks go.</summary>
    public Address HealthCheckAddress => Attributes.HealthCheck.AddressFor(Address);

    /// <summary>Monotonic nanoseconds at which it came, or first passed a health check after failing; slow start
    /// counts from here.</summary>
    public long AddedNanos { get; internal set; }

    /// <summary>It has failed, and its cluster wants no connection to such hosts kept.</summary>
    public bool ClosesConnections
    {
        get => Volatile.Read(ref _closesConnections);
        internal set => Volatile.Write(ref _closesConnections, value);
    }

    /// <summary>How often it has failed: connections of before a failure take no more requests, as another
    /// connection may do better.</summary>
    public int Failures => Volatile.Read(ref _failures);

    /// <summary>It has failed a health check, or was ejected. Any thread.</summary>
    public void CountFailure() => Interlocked.Increment(ref _failures);

    /// <summary>On-demand hosts: taken since the last clean-up.</summary>
    public bool IsUsedLately { get; internal set; } = true;

    /// <summary>Excluded hosts count neither as healthy nor as hosts at all.</summary>
    public bool IsExcluded => (Health & HealthFlags.ExcludedViaImmediateHealthCheckFail) != 0
        || (Cluster.Config.IgnoreNewHostsUntilFirstHealthCheck
            && (Health & HealthFlags.PendingActiveHealthCheck) != 0);

    /// <summary>What client-side weighting worked out from the host's load reports; null without it.</summary>
    public ReportedWeight? Reported { get; internal set; }

    /// <summary>Metrics of the host's load reports that are passed on; made at first use.</summary>
    public HostLoadMetrics LoadMetrics => _loadMetrics ?? Interlocked.CompareExchange(
        ref _loadMetrics, new HostLoadMetrics(), null) ?? _loadMetrics!;

    /// <summary>The same if any have come.</summary>
    public HostLoadMetrics? KnownLoadMetrics => Volatile.Read(ref _loadMetrics);

    public HostAttributes Attributes { get; private set; }

    public Locality Locality => Attributes.Locality;

    public int Priority => Attributes.Priority;

    public uint Weight => Volatile.Read(ref _weight);

    public HealthFlags Health => (HealthFlags)Volatile.Read(ref _health);

    /// <summary>The number in <c>HealthStatus</c> that the present health stands for.</summary>
    public int StatusNumber
    {
        get
        {
            var health = Health;
            if ((health & HealthFlags.EdsStatusDraining) != 0)
            {
                return 3;
            }
            if ((health & HealthFlags.Unhealthy) != 0)
            {
                return (health & HealthFlags.ActiveHealthCheckTimeout) != 0 ? 4 : 2;
            }
            return (health & HealthFlags.Degraded) != 0 ? 5 : 1;
        }
    }

    public bool IsHealthy => (Health & (HealthFlags.Unhealthy | HealthFlags.Degraded)) == 0;

    public bool IsDegraded => (Health & HealthFlags.Unhealthy) == 0 && (Health & HealthFlags.Degraded) != 0;

    /// <summary>Null when the cluster has no outlier detection.</summary>
    public OutlierState? Outlier { get; }

    /// <summary>Set once the host has left its cluster: no new connections; pools are closed when idle.</summary>
    public bool IsRemoved { get; internal set; }

    /// <summary>A place for the worker's connection pools. Thread: the worker itself.</summary>
    public ref object? WorkerState(int worker) =>
        ref (_workerStates ?? Keep(ref _workerStates, new object?[Cluster.WorkerCount + 1]))[worker];

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(int worker, HostStat stat, long amount = 1)
    {
        var workers = _cells ?? Keep(ref _cells, new long[]?[Cluster.WorkerCount + 1]);
        (workers[worker] ??= new long[StatCount])[(int)stat] += amount;
    }

    /// <summary>The worker's own count; what least request compares.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public long ReadOwn(int worker, HostStat stat) => _cells?[worker]?[(int)stat] ?? 0;

    /// <summary>The sum over all workers.</summary>
    public long Read(HostStat stat)
    {
        long sum = 0;
        foreach (var cells in _cells ?? [])
        {
            sum += cells is null ? 0 : Volatile.Read(ref cells[(int)stat]);
        }
        return sum;
    }

    /// <summary>Takes over what an endpoint update says of a host that stays. Thread: configuration.</summary>
    internal void Update(HostAttributes attributes)
    {
        Attributes = attributes;
        Volatile.Write(ref _weight, attributes.Weight);
    }

    internal void SetHealth(HealthFlags flag, bool isSet)
    {
        if (isSet)
        {
            Interlocked.Or(ref _health, (int)flag);
        }
        else
        {
            Interlocked.And(ref _health, ~(int)flag);
        }
    }

    public override string ToString() => $"{Cluster.Name}/{Address}";

    private static T Keep<T>(ref T? place, T made)
        where T : class => Interlocked.CompareExchange(ref place, made, null) ?? made;
}
