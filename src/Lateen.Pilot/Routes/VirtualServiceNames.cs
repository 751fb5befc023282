using Google.Protobuf.Collections;
using Istio.Networking.V1Alpha3;
using Lateen.Pilot.Model;

namespace Lateen.Pilot.Routes;

/// <summary>Makes the names in a VirtualService full: hosts, destinations, mirrors and gateways.</summary>
internal static class VirtualServiceNames
{
    /// <summary>A copy with full names.</summary>
    internal static VirtualService Resolve(VirtualService spec, string ns, string domainSuffix)
    {
        var copy = spec.Clone();
        ReplaceAll(copy.Hosts, host => HostNames.Resolve(host, ns, domainSuffix));
        ResolveGateways(copy.Gateways, ns);
        if (copy.Gateways.Count == 0)
        {
            copy.Gateways.Add(VirtualServiceConfig.MeshGateway);
        }
        foreach (var rule in copy.Http)
        {
            foreach (var match in rule.Match)
            {
                ResolveGateways(match.Gateways, ns);
            }
            foreach (var destination in rule.Route.Select(route => route.Destination)
                .Concat(rule.Mirrors.Select(mirror => mirror.Destination)).Append(rule.Mirror))
            {
                Full(destination);
            }
        }
        foreach (var rule in copy.Tcp)
        {
            foreach (var match in rule.Match)
            {
                ResolveGateways(match.Gateways, ns);
            }
            foreach (var route in rule.Route)
            {
                Full(route.Destination);
            }
        }
        foreach (var rule in copy.Tls)
        {
            foreach (var match in rule.Match)
            {
                ResolveGateways(match.Gateways, ns);
            }
            foreach (var route in rule.Route)
            {
                Full(route.Destination);
            }
        }
        return copy;

        void Full(Destination? destination)
        {
            if (destination is not null)
            {
                destination.Host = HostNames.Resolve(destination.Host, ns, domainSuffix);
            }
        }
    }

    private static void ResolveGateways(RepeatedField<string> gateways, string ns)
    {
        ReplaceAll(gateways, gateway => GatewayNames.Resolve(gateway, ns));
    }

    private static void ReplaceAll(RepeatedField<string> values, Func<string, string> change)
    {
        for (var i = 0; i < values.Count; i++)
        {
            values[i] = change(values[i]);
        }
    }
}
