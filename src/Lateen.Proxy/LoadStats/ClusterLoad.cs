using Envoy.Config.Core.V3;
using Envoy.Config.Endpoint.V3;
using Google.Protobuf.WellKnownTypes;
using Lateen.Proxy.Clusters;
using Locality = Lateen.Proxy.Clusters.Locality;
using LocalityProto = Envoy.Config.Core.V3.Locality;

namespace Lateen.Proxy.LoadStats;

/// <summary>What is reported of one cluster: its counters since the report before. One thread's.</summary>
internal sealed class ClusterLoad
{
    private Dictionary<Host, HostLoad> _reported = new(ReferenceEqualityComparer.Instance);
    private Cluster? _cluster;
    private long _since;
    private long _dropped;
    private long _overloads;

    /// <summary>From here on counts; what was before is nobody's.</summary>
    public ClusterLoad(Cluster? cluster, long timestamp)
    {
        _cluster = cluster;
        _since = timestamp;
        _dropped = cluster?.Drops.Total ?? 0;
        _overloads = cluster?.Drops.Overload ?? 0;
        foreach (var host in cluster?.Hosts.Hosts ?? [])
        {
            _reported[host] = HostLoad.Read(host);
        }
    }

    /// <summary>The report of the time since the one before, which ends with it.</summary>
    public ClusterStats Report(Cluster cluster, long timestamp, TimeSpan elapsed, bool byEndpoint)
    {
        var report = new ClusterStats
        {
            ClusterName = cluster.Name,
            ClusterServiceName = cluster.Config.EdsServiceName,
            LoadReportInterval = Duration.FromTimeSpan(elapsed),
        };
        var reported = new Dictionary<Host, HostLoad>(ReferenceEqualityComparer.Instance);
        var places = new Dictionary<(int Priority, Locality Locality), (UpstreamLocalityStats Stats, HostLoad Load)>();
        foreach (var host in cluster.Hosts.Hosts)
        {
            var now = HostLoad.Read(host);
            var load = now.Since(_reported.GetValueOrDefault(host));
            reported[host] = now;
            if (load.IsEmpty)
            {
                continue;
            }
            var place = (host.Priority, host.Locality);
            var (stats, sum) = places.TryGetValue(place, out var known)
                ? known
                : (new UpstreamLocalityStats(), default);
            places[place] = (stats, sum.Plus(load));
            var metrics = host.KnownLoadMetrics?.Take();
            AddMetrics(stats.LoadMetricStats, metrics);
            if (byEndpoint)
            {
                var endpoint = OfHost(host, load);
                AddMetrics(endpoint.LoadMetricStats, metrics);
                stats.UpstreamEndpointStats.Add(endpoint);
            }
        }
        foreach (var ((priority, locality), (stats, load)) in places.OrderBy(place => place.Key.Priority))
        {
            Fill(stats, priority, locality, load);
            report.UpstreamLocalityStats.Add(stats);
        }
        AddDrops(report, cluster);
        (_reported, _cluster, _since) = (reported, cluster, timestamp);
        return report;
    }

    /// <summary>When the time began that the next report is about.</summary>
    public long Since => _since;

    private static void Fill(UpstreamLocalityStats stats, int priority, Locality locality, HostLoad load)
    {
        stats.Locality = new LocalityProto
        {
            Region = locality.Region,
            Zone = locality.Zone,
            SubZone = locality.SubZone,
        };
        stats.Priority = (uint)priority;
        stats.TotalSuccessfulRequests = load.Success;
        stats.TotalErrorRequests = load.Error;
        stats.TotalRequestsInProgress = load.Active;
        stats.TotalIssuedRequests = load.Issued;
        stats.TotalActiveConnections = load.ActiveConnections;
        stats.TotalNewConnections = load.NewConnections;
        stats.TotalFailConnections = load.FailedConnections;
    }

    private static void AddMetrics(
        Google.Protobuf.Collections.RepeatedField<EndpointLoadMetricStats> all,
        Dictionary<string, (ulong Count, double Total)>? metrics)
    {
        foreach (var (name, (count, total)) in metrics ?? [])
        {
            var known = all.FirstOrDefault(known => known.MetricName == name);
            if (known is null)
            {
                all.Add(known = new EndpointLoadMetricStats { MetricName = name });
            }
            known.NumRequestsFinishedWithMetric += count;
            known.TotalMetricValue += total;
        }
    }

    private static UpstreamEndpointStats OfHost(Host host, HostLoad load) => new()
    {
        Address = AddressOf(host.Address),
        TotalSuccessfulRequests = load.Success,
        TotalErrorRequests = load.Error,
        TotalRequestsInProgress = load.Active,
        TotalIssuedRequests = load.Issued,
    };

    private static Address AddressOf(Addresses.Address address) => address.IsPipe
        ? new Address { Pipe = new Pipe { Path = address.ToString() } }
        : new Address
        {
            SocketAddress = new SocketAddress
            {
                Address = address.Ip.ToString(),
                PortValue = (uint)address.Port,
            },
        };

    private void AddDrops(ClusterStats report, Cluster cluster)
    {
        if (!ReferenceEquals(cluster, _cluster))
        {
            // A cluster that was replaced has counts of its own.
            (_dropped, _overloads) = (0, 0);
        }
        var (dropped, overloads) = (cluster.Drops.Total, cluster.Drops.Overload);
        report.TotalDroppedRequests = (ulong)(dropped - _dropped);
        if (overloads > _overloads && cluster.DropCategory.Length > 0)
        {
            report.DroppedRequests.Add(new ClusterStats.Types.DroppedRequests
            {
                Category = cluster.DropCategory,
                DroppedCount = (ulong)(overloads - _overloads),
            });
        }
        (_dropped, _overloads) = (dropped, overloads);
    }
}
