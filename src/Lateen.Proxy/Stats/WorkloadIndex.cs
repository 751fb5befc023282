using System.Collections.Concurrent;
using System.Net;
using Google.Protobuf;
using Istio.Workload;
using Lateen.Proxy.Addresses;
using Lateen.Proxy.Config;
using Lateen.Proxy.Discovery;
using Lateen.Proxy.Streams;

namespace Lateen.Proxy.Stats;

/// <summary>
/// Workloads by address, as the control plane tells them (type <c>istio.workload.Workload</c>). The configuration side
/// writes under its lock; workers look up without one.
/// </summary>
internal sealed class WorkloadIndex
{
    /// <summary>Resources' type.</summary>
    public const string TypeUrl = Xds.TypeUrls.Prefix + "istio.workload.Workload";

    private const string Unnamed = "default";

    private readonly ConcurrentDictionary<IpAddress, (string Uid, WorkloadMetadata Metadata)> _byAddress = new();
    private readonly Dictionary<string, IpAddress[]> _addresses = new(StringComparer.Ordinal);

    public WorkloadIndex(StatsStore stats) => stats.AddSource(samples =>
    {
        if (Source is not null)
        {
            samples.Add(new StatSample("workload_discovery.total", StatKind.Gauge, _addresses.Count, null));
        }
    });

    /// <summary>Where workloads come from; null: they are not asked for.</summary>
    public DiscoverySource? Source { get; set; }

    /// <summary>Who is at an address; null when that is not known. Thread: any.</summary>
    public WorkloadMetadata? Find(Address address) =>
        !address.IsPipe && !address.IsEmpty && _byAddress.TryGetValue(address.Ip, out var found)
            ? found.Metadata
            : null;

    /// <summary>Who an upstream host is: behind an internal listener, the address that its metadata names.</summary>
    public WorkloadMetadata? FindHost(Clusters.Host host)
    {
        if (!host.Address.IsInternal)
        {
            return Find(host.Address);
        }
        var local = host.Attributes.Metadata?.GetValueOrDefault(OriginalDestinationKeys.Metadata)?.Fields
            .GetValueOrDefault(OriginalDestinationKeys.MetadataLocal)?.StringValue;
        return local is not null && Address.TryParse(System.Text.Encoding.UTF8.GetBytes(local), out var address)
            ? Find(address)
            : null;
    }

    /// <summary>Takes a workload in, in place of its earlier state.</summary>
    public ResourceOutcome Apply(ByteString body)
    {
        var workload = Workload.Parser.ParseFrom(body);
        Remove(workload.Uid);
        if (workload.NetworkMode == NetworkMode.HostNetwork)
        {
            // Many share the node's address, so it tells nothing.
            return ResourceOutcome.Accepted(workload.Uid);
        }
        var metadata = MetadataOf(workload);
        var addresses = new List<IpAddress>();
        foreach (var bytes in workload.Addresses)
        {
            if (bytes.Length is 4 or 16)
            {
                var address = IpAddress.From(new IPAddress(bytes.Span));
                addresses.Add(address);
                _byAddress[address] = (workload.Uid, metadata);
            }
        }
        _addresses[workload.Uid] = [.. addresses];
        return ResourceOutcome.Accepted(workload.Uid);
    }

    /// <summary>Forgets a workload, but not what has come to its addresses since.</summary>
    public void Remove(string uid)
    {
        if (!_addresses.Remove(uid, out var addresses))
        {
            return;
        }
        foreach (var address in addresses)
        {
            if (_byAddress.TryGetValue(address, out var present) && present.Uid == uid)
            {
                _byAddress.TryRemove(address, out _);
            }
        }
    }

    private static WorkloadMetadata MetadataOf(Workload workload)
    {
        var space = Or(workload.Namespace, Unnamed);
        return new WorkloadMetadata
        {
            Instance = workload.Name,
            Cluster = workload.ClusterId,
            Namespace = space,
            Workload = workload.WorkloadName,
            CanonicalName = workload.CanonicalName,
            CanonicalRevision = workload.CanonicalRevision,
            App = workload.CanonicalName,
            Version = workload.CanonicalRevision,
            Type = workload.WorkloadType switch
            {
                WorkloadType.Cronjob => "cronjob",
                WorkloadType.Pod => "pod",
                WorkloadType.Job => "job",
                _ => "deployment",
            },
            Identity = $"spiffe://{Or(workload.TrustDomain, "cluster.local")}/ns/{space}/sa/"
                + Or(workload.ServiceAccount, Unnamed),
            Region = workload.Locality?.Region ?? "",
            Zone = workload.Locality?.Zone ?? "",
        };
    }

    private static string Or(string text, string missing) => text.Length > 0 ? text : missing;
}
