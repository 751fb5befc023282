using System.Globalization;
using System.Text;
using Lateen.Proxy.Clusters;
using Lateen.Proxy.Runtime;

namespace Lateen.Proxy.HealthChecks;

/// <summary>The log of changes of health: a line of JSON for each.</summary>
internal sealed class HealthCheckEvents(Worker worker, Cluster cluster, HealthCheckConfig config)
{
    private static readonly string[] Failures = ["ACTIVE", "PASSIVE", "NETWORK", "NETWORK_TIMEOUT"];

    public void EjectUnhealthy(Host host, HealthCheckFailure failure, int status) => Write(
        host, $"\"eject_unhealthy_event\":{{\"failure_type\":\"{Failures[(int)failure]}\"{StatusText(status)}}}");

    public void AddHealthy(Host host, bool isFirst) =>
        Write(host, $"\"add_healthy_event\":{{\"first_check\":{Text(isFirst)}}}");

    public void Failure(Host host, HealthCheckFailure failure, bool isFirst, int status) => Write(
        host, $"\"health_check_failure_event\":{{\"failure_type\":\"{Failures[(int)failure]}\",\"first_check\":"
        + $"{Text(isFirst)}{StatusText(status)}}}");

    public void Success(Host host) => Write(host, "\"successful_health_check_event\":{}");

    public void Degraded(Host host) => Write(host, "\"degraded_healthy_host\":{}");

    public void NoLongerDegraded(Host host) => Write(host, "\"no_longer_degraded_host\":{}");

    private static string StatusText(int status) => status > 0 ? $",\"http_status_code\":{status}" : "";

    private static string Text(bool value) => value ? "true" : "false";

    private void Write(Host host, string what)
    {
        if (config.EventLogs.Length == 0)
        {
            return;
        }
        var locality = host.Locality;
        var time = DateTime.UnixEpoch.AddTicks(worker.Loop.UnixNanos / 100)
            .ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
        var address = host.Address.IsPipe
            ? $"\"pipe\":{{\"path\":\"{host.Address.Path}\",\"mode\":0}}"
            : $"\"socket_address\":{{\"protocol\":\"TCP\",\"address\":\"{host.Address.Ip}\",\"resolver_name\":\"\","
                + $"\"ipv4_compat\":false,\"port_value\":{host.Address.Port},\"network_namespace_filepath\":\"\"}}";
        var line = $"{{\"health_checker_type\":\"{config.Kind.ToString().ToUpperInvariant()}\",\"host\":{{{address}}},"
            + $"\"cluster_name\":\"{cluster.Name}\",{what},\"timestamp\":\"{time}\","
            + $"\"locality\":{{\"region\":\"{locality.Region}\",\"zone\":\"{locality.Zone}\","
            + $"\"sub_zone\":\"{locality.SubZone}\"}}}}\n";
        foreach (var file in config.EventLogs)
        {
            file.Write(Encoding.UTF8.GetBytes(line));
        }
    }
}
