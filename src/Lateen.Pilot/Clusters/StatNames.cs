using Lateen.Pilot.Model;

namespace Lateen.Pilot.Clusters;

/// <summary>Names of clusters in statistics by the mesh's pattern (API document 6.1).</summary>
internal static class StatNames
{
    public static string? Of(string pattern, Service service, ServicePort port, string subset, int targetPort)
    {
        if (pattern.Length == 0)
        {
            return null;
        }
        var shortName = service.Registry == ServiceRegistry.Kubernetes ? $"{service.Name}.{service.Namespace}"
            : service.Hostname;
        return pattern
            .Replace("%SERVICE%", shortName, StringComparison.Ordinal)
            .Replace("%SERVICE_NAME%", service.Name, StringComparison.Ordinal)
            .Replace("%SERVICE_FQDN%", service.Hostname, StringComparison.Ordinal)
            .Replace("%SUBSET_NAME%", subset, StringComparison.Ordinal)
            .Replace("%TARGET_PORT%", $"{targetPort}", StringComparison.Ordinal)
            .Replace("%SERVICE_PORT%", $"{port.Number}", StringComparison.Ordinal)
            .Replace("%SERVICE_PORT_NAME%", port.Name, StringComparison.Ordinal);
    }
}
