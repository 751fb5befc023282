using System.Globalization;
using System.Text;
using Lateen.Proxy.AccessLog;

namespace Lateen.Proxy.Clusters;

/// <summary>The log of ejections: a line of JSON for each
/// (<c>cluster_manager.outlier_detection.event_log_path</c>).</summary>
internal sealed class OutlierEvents(AccessLogFile file, TimeProvider clock)
{
    private static readonly string[] Types =
    [
        "CONSECUTIVE_5XX", "CONSECUTIVE_GATEWAY_FAILURE", "SUCCESS_RATE", "CONSECUTIVE_LOCAL_ORIGIN_FAILURE",
        "SUCCESS_RATE_LOCAL_ORIGIN", "FAILURE_PERCENTAGE", "FAILURE_PERCENTAGE_LOCAL_ORIGIN",
    ];

    public void Eject(Cluster cluster, Host host, OutlierKind kind, bool isEnforced, long secondsSince)
    {
        var state = host.Outlier!;
        var outlier = cluster.Outlier!;
        var details = kind switch
        {
            OutlierKind.SuccessRate => RateDetails(
                state.SuccessRate, outlier.SuccessRateAverage, outlier.SuccessRateThreshold),
            OutlierKind.LocalOriginSuccessRate => RateDetails(
                state.LocalSuccessRate, outlier.LocalSuccessRateAverage, outlier.LocalSuccessRateThreshold),
            OutlierKind.FailurePercentage => $"\"eject_failure_percentage_event\":{{\"host_success_rate\":"
                + $"{Number(state.SuccessRate)}}}",
            OutlierKind.LocalOriginFailurePercentage => $"\"eject_failure_percentage_event\":{{\"host_success_rate\":"
                + $"{Number(state.LocalSuccessRate)}}}",
            _ => "\"eject_consecutive_event\":{}",
        };
        Write(cluster, host, Types[(int)kind], "EJECT", isEnforced, secondsSince, details);
    }

    public void Uneject(Cluster cluster, Host host, long secondsSince) =>
        Write(cluster, host, Types[0], "UNEJECT", false, secondsSince, null);

    private void Write(
        Cluster cluster, Host host, string type, string action, bool isEnforced, long secondsSince, string? details)
    {
        var text = new StringBuilder("{\"type\":\"").Append(type);
        text.Append("\",\"cluster_name\":\"").Append(cluster.Name);
        text.Append("\",\"upstream_url\":\"").Append(host.Address);
        text.Append("\",\"action\":\"").Append(action);
        text.Append("\",\"num_ejections\":").Append(host.Outlier!.EjectionCount);
        text.Append(",\"enforced\":").Append(isEnforced ? "true" : "false");
        if (details is not null)
        {
            text.Append(',').Append(details);
        }
        text.Append(",\"timestamp\":\"").Append(
            clock.GetUtcNow().UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture));
        text.Append('"');
        if (secondsSince >= 0)
        {
            text.Append(",\"secs_since_last_action\":\"").Append(secondsSince).Append('"');
        }
        file.Write(Encoding.UTF8.GetBytes(text.Append("}\n").ToString()));
    }

    private static string RateDetails(double rate, double average, double threshold) =>
        $"\"eject_success_rate_event\":{{\"host_success_rate\":{Number(rate)},\"cluster_average_success_rate\":"
        + $"{Number(average)},\"cluster_success_rate_ejection_threshold\":{Number(threshold)}}}";

    private static string Number(double value) =>
        Math.Max(0, (int)value).ToString(CultureInfo.InvariantCulture);
}
