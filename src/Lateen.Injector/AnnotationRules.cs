using System.Globalization;
using System.Net;
using Lateen.Core;

namespace Lateen.Injector;

/// <summary>Values of annotations that would make a broken proxy are refused at admission.</summary>
internal static class AnnotationRules
{
    private delegate string? Rule(string value);

    private static readonly Dictionary<string, Rule> _rules = new()
    {
        ["sidecar.istio.io/interceptionMode"] = Mode,
        ["traffic.sidecar.istio.io/includeOutboundIPRanges"] = WildcardOrRanges,
        ["traffic.sidecar.istio.io/excludeOutboundIPRanges"] = Ranges,
        ["traffic.sidecar.istio.io/includeInboundPorts"] = WildcardOrPorts,
        ["traffic.sidecar.istio.io/excludeInboundPorts"] = Ports,
        ["traffic.sidecar.istio.io/includeOutboundPorts"] = Ports,
        ["traffic.sidecar.istio.io/excludeOutboundPorts"] = Ports,
        ["status.sidecar.istio.io/port"] = Port,
        ["readiness.status.sidecar.istio.io/initialDelaySeconds"] = Count,
        ["readiness.status.sidecar.istio.io/periodSeconds"] = Count,
        ["readiness.status.sidecar.istio.io/failureThreshold"] = Count,
        ["sidecar.istio.io/rewriteAppHTTPProbers"] = Flag,
        ["prometheus.istio.io/merge-metrics"] = Flag,
        ["sidecar.istio.io/nativeSidecar"] = Flag,
        ["sidecar.istio.io/proxyCPU"] = Quantity,
        ["sidecar.istio.io/proxyCPULimit"] = Quantity,
        ["sidecar.istio.io/proxyMemory"] = Quantity,
        ["sidecar.istio.io/proxyMemoryLimit"] = Quantity,
    };

    public static List<ConfigError> Check(PodView pod)
    {
        List<ConfigError> errors = [];
        foreach (var (name, node) in pod.Annotations)
        {
            if (_rules.TryGetValue(name, out var rule) && PodView.Text(node) is { } value && rule(value) is { } problem)
            {
                errors.Add(new ConfigError($"metadata.annotations[{name}]", "inject.annotation",
                    $"\"{value}\" {problem}"));
            }
        }

        return errors;
    }

    internal static IEnumerable<string> Split(string list) =>
        list.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    private static string? Mode(string value) =>
        value is "REDIRECT" or "TPROXY" or "NONE" ? null : "is not REDIRECT, TPROXY or NONE";

    private static string? Flag(string value) =>
        value is "true" or "false" or "True" or "False" or "TRUE" or "FALSE" or "0" or "1" or "t" or "f"
            ? null : "is not true or false";

    private static string? Count(string value) =>
        int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out _) ? null : "is not a number";

    private static string? Port(string value) =>
        ushort.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out _) ? null : "is not a port";

    private static string? Ports(string value) =>
        Split(value)
            .FirstOrDefault(p => Port(p) is not null) is { } bad ? $"holds \"{bad}\", which is not a port" : null;

    private static string? WildcardOrPorts(string value) => value == "*" ? null : Ports(value);

    private static string? Ranges(string value) =>
        Split(value).FirstOrDefault(r => !IPNetwork.TryParse(r, out _)) is { } bad
            ? $"holds \"{bad}\", which is not an address range" : null;

    private static string? WildcardOrRanges(string value) => value == "*" ? null : Ranges(value);

    private static string? Quantity(string value)
    {
        var digits = value.AsSpan().TrimEnd("mkKMGTPEiun");
        return decimal.TryParse(digits, NumberStyles.Float, CultureInfo.InvariantCulture, out _)
            ? null : "is not a quantity such as 100m or 128Mi";
    }
}
