using Istio.Networking.V1Alpha3;
using Lateen.Kubernetes.Objects;

namespace Lateen.Pilot.Model;

/// <summary>What indexes need to know of pods, entries and slices. Pure.</summary>
internal static class WorkloadFacts
{
    public static IEnumerable<((string, string), MeshObject)> LabelBuckets(ObjectKey key, MeshObject item)
    {
        return LabelsOf(key, item).Items.Select(l => ((key.Namespace, $"{l.Key}={l.Value}"), item));
    }

    /// <summary>Labels that selectors see; for a WorkloadEntry both kinds together, metadata first.</summary>
    public static Labels LabelsOf(ObjectKey key, MeshObject item)
    {
        return key.Kind switch
        {
            ObjectKind.Pod => item.Labels,
            ObjectKind.WorkloadEntry => Merge(item.As<WorkloadEntry>().Labels, item.Labels),
            _ => Labels.Empty,
        };
    }

    public static IEnumerable<string> AddressesOf(ObjectKey key, MeshObject item)
    {
        switch (key.Kind)
        {
            case ObjectKind.Pod:
                var status = item.As<Pod>().Status;
                return status is null ? [] : status.PodIps.Select(p => p.Ip).Append(status.PodIp)
                    .Where(a => a.Length > 0);
            case ObjectKind.WorkloadEntry:
                return [item.As<WorkloadEntry>().Address];
            default:
                return [];
        }
    }

    public static IEnumerable<(string, ServiceKey)> AddressBuckets(ObjectKey key, MeshObject item, string domainSuffix)
    {
        switch (key.Kind)
        {
            case ObjectKind.EndpointSlice when item.Labels.Get(WellKnownLabels.ServiceName) is { } name:
                var service =
                    new ServiceKey(KubernetesServices.HostnameOf(name, key.Namespace, domainSuffix), key.Namespace);
                return item.As<EndpointSlice>().Endpoints.SelectMany(e => e.Addresses).Distinct()
                    .Select(a => (a, service));
            case ObjectKind.Endpoints:
                var same =
                    new ServiceKey(KubernetesServices.HostnameOf(key.Name, key.Namespace, domainSuffix), key.Namespace);
                return item.As<Lateen.Kubernetes.Objects.Endpoints>()
                    .Subsets.SelectMany(s => s.Addresses.Concat(s.NotReadyAddresses))
                    .Select(a => a.Ip).Distinct().Select(a => (a, same));
            case ObjectKind.ServiceEntry:
                var entry = item.As<ServiceEntry>();
                return entry.Endpoints.Select(e => e.Address).Distinct()
                    .SelectMany(a => entry.Hosts.Distinct().Select(h => (a, new ServiceKey(h, key.Namespace))));
            default:
                return [];
        }
    }

    private static Labels Merge(
        IEnumerable<KeyValuePair<string, string>> spec, Labels metadata)
    {
        var all = new Dictionary<string, string>();
        foreach (var (key, value) in spec.Concat(metadata.Items))
        {
            all[key] = value;
        }
        return Labels.From(all);
    }
}
