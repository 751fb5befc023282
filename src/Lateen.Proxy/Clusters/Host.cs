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
    private const int StatCount = 8;

    private readonly long[]?[] _cells;
    private readonly object?[] _workerStates;
    private int _health;
    private uint _weight;

    public Host(Cluster cluster, Address address, string hostname, HostAttributes attributes)
    {
        Cluster = cluster;
        Address = address;
        AddressText = Encoding.UTF8.GetBytes(address.ToString());
        Hostname = hostname;
        HostnameBytes = Encoding.UTF8.GetBytes(hostname);
        Attributes = attributes;
        TransportSocket = cluster.SelectTransportSocket(attributes.TransportSocketMatch);
        _weight = attributes.Weight;
        _cells = new long[]?[cluster.WorkerCount + 1];
        _workerStates = new object?[cluster.WorkerCount + 1];
        Outlier = cluster.OutlierDetection is null ? null : new OutlierState();
    }

    public Cluster Cluster { get; }

    public Address Address { get; }

    /// <summary><c>ip:port</c> or path.</summary>
    public byte[] AddressText { get; }

    /// <summary>Name of the endpoint or of its DNS entry; empty when there is none.</summary>
    public string Hostname { get; }

    public byte[] HostnameBytes { get; }

    public TransportSocketConfig TransportSocket { get; }

    public HostAttributes Attributes { get; private set; }

    public Locality Locality => Attributes.Locality;

    public int Priority => Attributes.Priority;

    public uint Weight => Volatile.Read(ref _weight);

    public HealthFlags Health => (HealthFlags)Volatile.Read(ref _health);

    public bool IsHealthy => (Health & (HealthFlags.Unhealthy | HealthFlags.Degraded)) == 0;

    public bool IsDegraded => (Health & HealthFlags.Unhealthy) == 0 && (Health & HealthFlags.Degraded) != 0;

    /// <summary>Null when the cluster has no outlier detection.</summary>
    public OutlierState? Outlier { get; }

    /// <summary>Set once the host has left its cluster: no new connections; pools are closed when idle.</summary>
    public bool IsRemoved { get; internal set; }

    /// <summary>A place for the worker's connection pools. Thread: the worker itself.</summary>
    public ref object? WorkerState(int worker) => ref _workerStates[worker];

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(int worker, HostStat stat, long amount = 1)
    {
        (_cells[worker] ??= new long[StatCount])[(int)stat] += amount;
    }

    /// <summary>The worker's own count; what least request compares.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public long ReadOwn(int worker, HostStat stat) => _cells[worker]?[(int)stat] ?? 0;

    /// <summary>The sum over all workers.</summary>
    public long Read(HostStat stat)
    {
        long sum = 0;
        foreach (var cells in _cells)
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
}
