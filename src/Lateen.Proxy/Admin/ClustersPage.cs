using System.Globalization;
using System.Text;
using Lateen.Core.Yaml;
using Lateen.Proxy.Clusters;
using Lateen.Proxy.Regex;

namespace Lateen.Proxy.Admin;

/// <summary><c>/clusters</c>: clusters with their hosts, as text or JSON.</summary>
internal static class ClustersPage
{
    private static readonly (HostStat Stat, string Name, bool IsGauge)[] Stats =
    [
        (HostStat.CxConnectFail, "cx_connect_fail", false), (HostStat.CxTotal, "cx_total", false),
        (HostStat.RqError, "rq_error", false), (HostStat.RqSuccess, "rq_success", false),
        (HostStat.RqTimeout, "rq_timeout", false), (HostStat.RqTotal, "rq_total", false),
        (HostStat.CxActive, "cx_active", true), (HostStat.RqActive, "rq_active", true),
        (HostStat.RqPendingActive, "rq_pending_active", true),
    ];

    public static AdminResponse Write(ProxyServer server, AdminRequest request)
    {
        Cluster[] clusters;
        lock (server.Configuration.SyncRoot)
        {
            clusters = [.. server.Configuration.Clusters.Entries.Values
                .Select(entry => entry.Active).OfType<Cluster>()];
        }
        if (request.Get("filter") is { Length: > 0 } pattern)
        {
            if (!CompiledRegex.TryCreate(pattern, out var filter, out var reason))
            {
                return AdminResponse.Text($"Invalid re2 regex: {reason}\n", 400);
            }
            clusters = Array.FindAll(clusters, cluster => filter!.IsMatch(Encoding.UTF8.GetBytes(cluster.Name)));
        }
        // Text is read by people, so by name; JSON by programs, latest first.
        return request.Get("format") == "json"
            ? Json([.. Enumerable.Reverse(clusters)])
            : Text([.. clusters.OrderBy(cluster => cluster.Name, StringComparer.Ordinal)]);
    }

    private static IEnumerable<Host> HostsOf(Cluster cluster) => cluster.Hosts.Hosts.Concat(cluster.OnDemandHosts);

    private static AdminResponse Text(Cluster[] clusters)
    {
        var text = new StringBuilder();
        foreach (var cluster in clusters)
        {
            Line(cluster, "observability_name", cluster.ObservabilityName);
            if (cluster.OutlierDetection is not null)
            {
                var outlier = cluster.Outlier;
                Line(cluster, "outlier::success_rate_average", Rate(outlier?.SuccessRateAverage));
                Line(cluster, "outlier::success_rate_ejection_threshold", Rate(outlier?.SuccessRateThreshold));
                Line(cluster, "outlier::local_origin_success_rate_average", Rate(outlier?.LocalSuccessRateAverage));
                Line(cluster, "outlier::local_origin_success_rate_ejection_threshold",
                    Rate(outlier?.LocalSuccessRateThreshold));
            }
            foreach (var isHigh in new[] { false, true })
            {
                var (name, breakers) = (isHigh ? "high" : "default", cluster.SeeBreakers(isHigh));
                Line(cluster, $"{name}_priority::max_connections", Number(breakers.Connections.Limit));
                Line(cluster, $"{name}_priority::max_pending_requests", Number(breakers.PendingRequests.Limit));
                Line(cluster, $"{name}_priority::max_requests", Number(breakers.Requests.Limit));
                Line(cluster, $"{name}_priority::max_retries", Number(breakers.Retries.Limit));
            }
            Line(cluster, "added_via_api", cluster.Config.AddedViaApi ? "true" : "false");
            if (cluster.Config.EdsServiceName.Length > 0)
            {
                Line(cluster, "eds_service_name", cluster.Config.EdsServiceName);
            }
            foreach (var host in HostsOf(cluster))
            {
                foreach (var (stat, name, _) in Stats.OrderBy(entry => entry.Name, StringComparer.Ordinal))
                {
                    Line(cluster, $"{host.Address}::{name}", Number(host.Read(stat)));
                }
                Line(cluster, $"{host.Address}::hostname", host.Hostname);
                Line(cluster, $"{host.Address}::health_flags", FlagsOf(host));
                Line(cluster, $"{host.Address}::weight", Number(host.Weight));
                Line(cluster, $"{host.Address}::region", host.Locality.Region);
                Line(cluster, $"{host.Address}::zone", host.Locality.Zone);
                Line(cluster, $"{host.Address}::sub_zone", host.Locality.SubZone);
                Line(cluster, $"{host.Address}::canary", host.Attributes.Canary ? "true" : "false");
                Line(cluster, $"{host.Address}::priority", Number(host.Priority));
                Line(cluster, $"{host.Address}::success_rate", Rate(host.Outlier?.SuccessRate));
                Line(cluster, $"{host.Address}::local_origin_success_rate", Rate(host.Outlier?.LocalSuccessRate));
            }
        }
        return AdminResponse.Text(text.ToString());

        void Line(Cluster cluster, string key, string value) =>
            text.Append(cluster.Name).Append("::").Append(key).Append("::").Append(value).Append('\n');
    }

    private static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);

    private static string Rate(double? rate) => (rate ?? -1).ToString("0.######", CultureInfo.InvariantCulture);

    private static string FlagsOf(Host host)
    {
        var health = host.Health;
        var text = new StringBuilder();
        Append(HealthFlags.FailedActiveHealthCheck, "/failed_active_hc");
        Append(HealthFlags.FailedOutlierCheck, "/failed_outlier_check");
        Append(HealthFlags.FailedEdsHealth, "/failed_eds_health");
        Append(HealthFlags.DegradedActiveHealthCheck, "/degraded_active_hc");
        Append(HealthFlags.DegradedEdsHealth, "/degraded_eds_health");
        Append(HealthFlags.PendingDynamicRemoval, "/pending_dynamic_removal");
        Append(HealthFlags.PendingActiveHealthCheck, "/pending_active_hc");
        Append(HealthFlags.ExcludedViaImmediateHealthCheckFail, "/excluded_via_immediate_hc_fail");
        Append(HealthFlags.ActiveHealthCheckTimeout, "/active_hc_timeout");
        Append(HealthFlags.EdsStatusDraining, "/eds_status_draining");
        return text.Length == 0 ? "healthy" : text.ToString();

        void Append(HealthFlags flag, string name) => text.Append((health & flag) != 0 ? name : "");
    }

    private static AdminResponse Json(Cluster[] clusters)
    {
        var statuses = clusters.Select(cluster =>
        {
            var fields = new List<(string, YamlNode)> { ("name", new YamlScalar(cluster.Name)) };
            if (cluster.Config.AddedViaApi)
            {
                fields.Add(("added_via_api", YamlScalar.Of(true)));
            }
            var hosts = HostsOf(cluster).Select(HostJson).ToList();
            if (hosts.Count > 0)
            {
                fields.Add(("host_statuses", new YamlSequence(hosts)));
            }
            fields.Add(("circuit_breakers", new YamlMapping(("thresholds", new YamlSequence(
            [
                Limits(cluster.SeeBreakers(false), null), Limits(cluster.SeeBreakers(true), "HIGH"),
            ])))));
            fields.Add(("observability_name", new YamlScalar(cluster.ObservabilityName)));
            if (cluster.Config.EdsServiceName.Length > 0)
            {
                fields.Add(("eds_service_name", new YamlScalar(cluster.Config.EdsServiceName)));
            }
            return (YamlNode)new YamlMapping([.. fields]);
        }).ToList();
        return AdminResponse.Json(AdminJson.Write(new YamlMapping(("cluster_statuses", new YamlSequence(statuses)))));
    }

    private static YamlMapping Limits(CircuitBreakers breakers, string? priority)
    {
        var fields = new List<(string, YamlNode)>();
        if (priority is not null)
        {
            fields.Add(("priority", new YamlScalar(priority)));
        }
        fields.Add(("max_connections", YamlScalar.Of(breakers.Connections.Limit)));
        fields.Add(("max_pending_requests", YamlScalar.Of(breakers.PendingRequests.Limit)));
        fields.Add(("max_requests", YamlScalar.Of(breakers.Requests.Limit)));
        fields.Add(("max_retries", YamlScalar.Of(breakers.Retries.Limit)));
        return new YamlMapping([.. fields]);
    }

    private static YamlNode HostJson(Host host)
    {
        var stats = Stats.Select(entry =>
        {
            var fields = new List<(string, YamlNode)> { ("name", new YamlScalar(entry.Name)) };
            var value = host.Read(entry.Stat);
            if (value != 0)
            {
                fields.Insert(0, ("value", AdminJson.Long(value)));
            }
            if (entry.IsGauge)
            {
                fields.Add(("type", new YamlScalar("GAUGE")));
            }
            return (YamlNode)new YamlMapping([.. fields]);
        }).ToList();
        var eds = (host.Health & HealthFlags.EdsStatusDraining) != 0 ? "DRAINING"
            : (host.Health & HealthFlags.FailedEdsHealth) != 0 ? "UNHEALTHY"
            : (host.Health & HealthFlags.DegradedEdsHealth) != 0 ? "DEGRADED" : "HEALTHY";
        var health = new List<(string, YamlNode)> { ("eds_health_status", new YamlScalar(eds)) };
        ReadOnlySpan<(HealthFlags Flag, string Name)> flags =
        [
            (HealthFlags.ActiveHealthCheckTimeout, "active_hc_timeout"),
            (HealthFlags.ExcludedViaImmediateHealthCheckFail, "excluded_via_immediate_hc_fail"),
            (HealthFlags.PendingActiveHealthCheck, "pending_active_hc"),
            (HealthFlags.PendingDynamicRemoval, "pending_dynamic_removal"),
            (HealthFlags.DegradedActiveHealthCheck, "failed_active_degraded_check"),
            (HealthFlags.FailedOutlierCheck, "failed_outlier_check"),
            (HealthFlags.FailedActiveHealthCheck, "failed_active_health_check"),
        ];
        foreach (var (flag, name) in flags)
        {
            if ((host.Health & flag) != 0)
            {
                health.Insert(0, (name, YamlScalar.Of(true)));
            }
        }
        var result = new List<(string, YamlNode)>
        {
            ("address", AdminJson.Address(host.Address)),
            ("stats", new YamlSequence(stats)),
            ("health_status", new YamlMapping([.. health])),
            ("weight", YamlScalar.Of(host.Weight)),
        };
        if (host.Hostname.Length > 0)
        {
            result.Add(("hostname", new YamlScalar(host.Hostname)));
        }
        if (host.Priority > 0)
        {
            result.Add(("priority", YamlScalar.Of(host.Priority)));
        }
        result.Add(("locality", Place(host.Locality)));
        return new YamlMapping([.. result]);
    }

    private static YamlMapping Place(Locality locality)
    {
        var fields = new[] { ("region", locality.Region), ("zone", locality.Zone), ("sub_zone", locality.SubZone) };
        return new YamlMapping(
            [.. fields.Where(f => f.Item2.Length > 0).Select(f => (f.Item1, (YamlNode)new YamlScalar(f.Item2)))]);
    }
}
