using Istio.Mesh.V1Alpha1;
using Lateen.Pilot.Model;

namespace Lateen.Pilot.Endpoints;

/// <summary>Which services are reached in the client's own cluster only (serviceSettings of the mesh). Pure.</summary>
internal static class ClusterLocality
{
    public static bool IsLocal(MeshConfig mesh, Service service)
    {
        if (mesh.ServiceSettings.Count == 0)
        {
            return service.Registry == ServiceRegistry.Kubernetes
                && (service.Namespace == "kube-system"
                    || service.Hostname.StartsWith("kubernetes.default.svc.", StringComparison.Ordinal));
        }
        (string Host, bool Local)? best = null;
        foreach (var settings in mesh.ServiceSettings)
        {
            foreach (var host in settings.Hosts)
            {
                if (HostNames.SubsetOf(service.Hostname, host)
                    && (best is null || HostNames.CompareSpecificity(host, best.Value.Host) < 0))
                {
                    best = (host, settings.Settings?.ClusterLocal ?? false);
                }
            }
        }
        return best?.Local ?? service.Namespace == "kube-system";
    }
}
