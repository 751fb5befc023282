using Istio.Networking.V1Alpha3;
using Lateen.Pilot.Graph;

namespace Lateen.Pilot.Model;

/// <summary>ServiceEntries as services of the mesh (API document 2.4). Pure.</summary>
public static class ServiceEntries
{
    /// <summary>One service for each host of the entry.</summary>
    public static IEnumerable<Service> Convert(MeshObject item)
    {
        ArgumentNullException.ThrowIfNull(item);
        var spec = item.As<ServiceEntry>();
        var ports = spec.Ports.Select(Port).ToEquatable();
        var addresses = spec.Addresses.ToEquatable();
        var exportTo = spec.ExportTo.ToEquatable();
        return spec.Hosts.Select(host => new Service
        {
            Hostname = host,
            Namespace = item.Key.Namespace,
            Name = host,
            Registry = ServiceRegistry.External,
            Resolution = ResolutionOf(spec.Resolution),
            MeshExternal = spec.Location == ServiceEntry.Types.Location.MeshExternal,
            Ports = ports,
            Addresses = addresses,
            AutoAllocatedAddresses = AllocatedFor(item, host).ToEquatable(),
            ExportTo = exportTo,
            SubjectAltNames = spec.SubjectAltNames.ToEquatable(),
            Labels = item.Labels,
            Selector = spec.WorkloadSelector is null ? null : Labels.From(spec.WorkloadSelector.Labels),
            CreatedAt = item.CreatedAt,
            TrafficDistribution = KubernetesServices.DistributionOf("", item.Annotations),
            PersistentSessions = item.Labels.Get(WellKnownLabels.PersistentSession) is { Length: > 0 }
                || item.Labels.Get(WellKnownLabels.PersistentSessionHeader) is { Length: > 0 },
        });
    }

    /// <summary>What decides where the services are seen.</summary>
    public static IEnumerable<ServiceListing> Listings(MeshObject item)
    {
        return Convert(item).Select(s => new ServiceListing(
            s.Key, ServiceRegistry.External, item.CreatedAt, item.Key.Name, s.Ports, s.ExportTo, s.Resolution));
    }

    /// <summary>How endpoints are found.</summary>
    public static Resolution ResolutionOf(ServiceEntry.Types.Resolution resolution)
    {
        return resolution switch
        {
            ServiceEntry.Types.Resolution.Static => Resolution.ClientSideLoadBalancing,
            ServiceEntry.Types.Resolution.Dns => Resolution.Dns,
            ServiceEntry.Types.Resolution.DnsRoundRobin => Resolution.DnsRoundRobin,
            ServiceEntry.Types.Resolution.DynamicDns => Resolution.DynamicDns,
            _ => Resolution.Passthrough,
        };
    }

    private static Model.ServicePort Port(Istio.Networking.V1Alpha3.ServicePort port)
    {
        var number = (int)port.Number;
        var protocol = ProtocolRules.Parse(port.Protocol);
        return new Model.ServicePort(port.Name, number, protocol, port.TargetPort > 0 ? (int)port.TargetPort : number);
    }

    private static IEnumerable<string> AllocatedFor(MeshObject item, string host)
    {
        return item.Status is ServiceEntryStatus status && item.As<ServiceEntry>().Addresses.Count == 0
            ? status.Addresses.Where(a => a.Host == host || a.Host.Length == 0).Select(a => a.Value)
            : [];
    }
}
