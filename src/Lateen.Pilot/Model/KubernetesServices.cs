using Lateen.Kubernetes.Objects;
using Lateen.Pilot.Graph;

namespace Lateen.Pilot.Model;

/// <summary>Kubernetes Services as services of the mesh (API document 8.1). Pure.</summary>
public static class KubernetesServices
{
    /// <summary>The full name of a Kubernetes Service.</summary>
    public static string HostnameOf(string name, string @namespace, string domainSuffix)
        => $"{name}.{@namespace}.svc.{domainSuffix}";

    /// <summary>Translates one object.</summary>
    public static Service Convert(MeshObject item, string domainSuffix, string trustDomain)
    {
        ArgumentNullException.ThrowIfNull(item);
        var source = item.As<Kubernetes.Objects.Service>();
        var spec = source.Spec ?? new ServiceSpec();
        var alias = spec.Type == "ExternalName" && spec.ExternalName.Length > 0;
        var headless = spec.ClusterIp == "None";
        return new Service
        {
            Hostname = HostnameOf(item.Key.Name, item.Key.Namespace, domainSuffix),
            Namespace = item.Key.Namespace,
            Name = item.Key.Name,
            Registry = ServiceRegistry.Kubernetes,
            Resolution = alias ? Resolution.Alias
                : headless ? Resolution.Passthrough : Resolution.ClientSideLoadBalancing,
            MeshExternal = alias,
            Headless = headless,
            ExternalName = alias ? spec.ExternalName : "",
            Ports = spec.Ports.Select(Port).ToEquatable(),
            Addresses = Addresses(spec).ToEquatable(),
            ExternalAddresses = ExternalAddresses(source, spec).ToEquatable(),
            ExportTo = ExportTo(item),
            SubjectAltNames = Accounts(item, trustDomain).ToEquatable(),
            Labels = item.Labels,
            Selector = spec.Selector.Count == 0 ? null : Labels.From(spec.Selector),
            CreatedAt = item.CreatedAt,
            PublishNotReadyAddresses = spec.PublishNotReadyAddresses,
            TrafficDistribution = DistributionOf(spec.TrafficDistribution, item.Annotations),
            NodeLocal = spec.InternalTrafficPolicy == "Local",
            PersistentSessions = item.Labels.Get(WellKnownLabels.PersistentSession) is { Length: > 0 }
                || item.Labels.Get(WellKnownLabels.PersistentSessionHeader) is { Length: > 0 },
            KubernetesType = spec.Type.Length == 0 ? "ClusterIP" : spec.Type,
        };
    }

    /// <summary>The field wins over the annotation; unknown words mean none.</summary>
    internal static string DistributionOf(string field, Labels annotations)
    {
        static string Known(string text) => text.ToUpperInvariant() switch
        {
            "PREFERCLOSE" or "PREFERSAMEZONE" => "PreferSameZone",
            "PREFERSAMENODE" => "PreferSameNode",
            _ => "",
        };
        var known = Known(field);
        return known.Length > 0 ? known : Known(annotations.Get(WellKnownLabels.TrafficDistribution) ?? "");
    }

    /// <summary>What decides where the service is seen.</summary>
    public static ServiceListing Listing(MeshObject item, string domainSuffix)
    {
        ArgumentNullException.ThrowIfNull(item);
        var service = Convert(item, domainSuffix, "");
        return new ServiceListing(
            service.Key, ServiceRegistry.Kubernetes, item.CreatedAt, item.Key.Name, service.Ports, service.ExportTo,
            service.Resolution);
    }

    private static Model.ServicePort Port(Kubernetes.Objects.ServicePort port)
    {
        var protocol = ProtocolRules.OfKubernetesPort(port.Port, port.Name, port.Protocol, port.AppProtocol);
        var target = port.TargetPort;
        return target?.KindCase switch
        {
            Google.Protobuf.WellKnownTypes.Value.KindOneofCase.NumberValue =>
                new Model.ServicePort(port.Name, port.Port, protocol, (int)target.NumberValue),
            Google.Protobuf.WellKnownTypes.Value.KindOneofCase.StringValue when int.TryParse(target.StringValue,
                out var n) =>
                new Model.ServicePort(port.Name, port.Port, protocol, n),
            Google.Protobuf.WellKnownTypes.Value.KindOneofCase.StringValue =>
                new Model.ServicePort(port.Name, port.Port, protocol, 0, target.StringValue),
            _ => new Model.ServicePort(port.Name, port.Port, protocol, port.Port),
        };
    }

    private static IEnumerable<string> Addresses(ServiceSpec spec)
    {
        if (spec.ClusterIp == "None")
        {
            return [];
        }
        var all = spec.ClusterIps.Count > 0 ? spec.ClusterIps : (IEnumerable<string>)[spec.ClusterIp];
        return all.Where(a => a.Length > 0 && a != "None");
    }

    private static IEnumerable<string> ExternalAddresses(Kubernetes.Objects.Service source, ServiceSpec spec)
    {
        var balancer = source.Status?.LoadBalancer?.Ingress.Select(i => i.Ip.Length > 0 ? i.Ip : i.Hostname) ?? [];
        return spec.ExternalIps.Concat(spec.Type == "LoadBalancer" ? balancer : []).Where(a => a.Length > 0);
    }

    private static EquatableArray<string> ExportTo(MeshObject item)
    {
        var text = item.Annotations.Get(WellKnownLabels.ExportTo);
        return text is null ? []
            : text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            .ToEquatable();
    }

    private static IEnumerable<string> Accounts(MeshObject item, string trustDomain)
    {
        const StringSplitOptions Options = StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries;
        foreach (var canonical in (item.Annotations.Get(WellKnownLabels.CanonicalServiceAccounts) ?? "")
            .Split(',', Options))
        {
            yield return $"spiffe://{canonical}";
        }
        foreach (var account in (item.Annotations.Get(WellKnownLabels.KubernetesServiceAccounts) ?? "")
            .Split(',', Options))
        {
            yield return SpiffeNames.Of(trustDomain, item.Key.Namespace, account);
        }
    }
}
