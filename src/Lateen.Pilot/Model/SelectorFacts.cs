using Istio.Networking.V1Alpha3;
using Istio.Security.V1Beta1;

namespace Lateen.Pilot.Model;

/// <summary>Which labels of a proxy configuration looks at, and which namespaces it is made for. Pure.</summary>
internal static class SelectorFacts
{
    /// <summary>Label keys that decide what a workload sends, and where to.</summary>
    public static IEnumerable<string> ClientKeysOf(MeshObject item)
    {
        return item.Spec switch
        {
            DestinationRule rule => (rule.WorkloadSelector?.MatchLabels.Keys ?? []).Concat(FailoverKeys(rule)),
            EnvoyFilter filter => filter.WorkloadSelector?.Labels.Keys ?? [],
            Istio.Telemetry.V1Alpha1.Telemetry telemetry => telemetry.Selector?.MatchLabels.Keys ?? [],
            VirtualService service => service.Http.SelectMany(h => h.Match).SelectMany(m => m.SourceLabels.Keys)
                .Concat(service.Tcp.SelectMany(t => t.Match).SelectMany(m => m.SourceLabels.Keys))
                .Concat(service.Tls.SelectMany(t => t.Match).SelectMany(m => m.SourceLabels.Keys)),
            _ => [],
        };
    }

    /// <summary>Namespaces that the conditions of a rule name as the source of calls.</summary>
    public static IEnumerable<string> SourceNamespacesOf(MeshObject item)
    {
        return item.Spec is not VirtualService service ? []
            : service.Http.SelectMany(h => h.Match).Select(m => m.SourceNamespace)
                .Concat(service.Tcp.SelectMany(t => t.Match).Select(m => m.SourceNamespace))
                .Concat(service.Tls.SelectMany(t => t.Match).Select(m => m.SourceNamespace))
                .Where(ns => ns.Length > 0);
    }

    /// <summary>Further label keys, which decide what a workload accepts or serves.</summary>
    public static IEnumerable<string> ServerKeysOf(MeshObject item)
    {
        return item.Spec switch
        {
            Gateway gateway => gateway.Selector.Keys,
            PeerAuthentication authentication => authentication.Selector?.MatchLabels.Keys ?? [],
            AuthorizationPolicy policy => policy.Selector?.MatchLabels.Keys ?? [],
            RequestAuthentication authentication => authentication.Selector?.MatchLabels.Keys ?? [],
            _ => [],
        };
    }

    /// <summary>Namespaces that alone may see the object; empty when all may, or when the mesh's default
    /// decides.</summary>
    public static IEnumerable<string> RestrictedTo(ObjectKey key, MeshObject item)
    {
        var exportTo = item.Spec switch
        {
            ServiceEntry entry => entry.ExportTo,
            VirtualService service => service.ExportTo,
            DestinationRule rule => rule.ExportTo,
            _ => (IEnumerable<string>)(item.Annotations.Get(WellKnownLabels.ExportTo)
                ?.Split(',', StringSplitOptions.TrimEntries) ?? []),
        };
        return exportTo.Where(e => e is not "*" and not "~").Select(e => e == "." ? key.Namespace : e);
    }

    private static IEnumerable<string> FailoverKeys(DestinationRule rule)
    {
        return rule.Subsets.Select(s => s.TrafficPolicy).Append(rule.TrafficPolicy)
            .SelectMany(p => p?.LoadBalancer?.LocalityLbSetting?.FailoverPriority ?? [])
            .Select(f => f.Split('=')[0]);
    }
}
