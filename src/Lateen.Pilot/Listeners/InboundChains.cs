using Istio.Networking.V1Alpha3;
using Lateen.Pilot.Model;
using Lateen.Pilot.Routes;

namespace Lateen.Pilot.Listeners;

/// <summary>Which ports of a workload get chains: those of its services, or those that a Sidecar declares.</summary>
internal static class InboundChains
{
    /// <summary>The chains by ascending workload port. Of several services on one port the first wins.</summary>
    internal static IEnumerable<InboundChain> Of(TrafficContext context)
    {
        var byPort = new SortedDictionary<int, InboundChain>();
        var declared = context.Sidecar is { Ingress.Count: > 0 };
        foreach (var chain in declared ? OfSidecar(context) : OfServices(context))
        {
            byPort.TryAdd(chain.TargetPort, chain);
        }
        return byPort.Values;
    }

    private static IEnumerable<InboundChain> OfServices(TrafficContext context)
    {
        if (context.Proxy.Settings.InterceptionMode == InterceptionMode.None)
        {
            // The application holds these ports itself.
            yield break;
        }
        foreach (var instance in context.Proxy.Instances.Items)
        {
            yield return new InboundChain
            {
                Host = instance.Service.Hostname,
                ServicePort = instance.Port.Number,
                TargetPort = instance.EndpointPort,
                Protocol = instance.Port.Protocol == Protocol.Udp ? Protocol.Tcp : instance.Port.Protocol,
                Cluster = ClusterNames.Inbound(instance.EndpointPort),
                Bind = Addresses.Wildcard(context.Proxy.IpFamilies),
            };
        }
    }

    private static IEnumerable<InboundChain> OfSidecar(TrafficContext context)
    {
        var none = context.Proxy.Settings.InterceptionMode == InterceptionMode.None;
        foreach (var ingress in context.Sidecar!.Ingress)
        {
            var port = (int)ingress.Port.Number;
            var protocol = ProtocolRules.Parse(ingress.Port.Protocol);
            yield return new InboundChain
            {
                Host = $"{context.SidecarName}.{context.SidecarNamespace}",
                ServicePort = port,
                TargetPort = port,
                Protocol = ingress.Tls is not null && context.TlsOnSidecarIngress ? AfterTermination(protocol)
                    : protocol,
                Cluster = ClusterNames.Inbound(port),
                Bind = ingress.Bind.Length > 0 ? ingress.Bind : DefaultBind(context.Proxy),
                BindToPort = ingress.CaptureMode == CaptureMode.Default ? none
                    : ingress.CaptureMode == CaptureMode.None,
                Tls = context.TlsOnSidecarIngress ? ingress.Tls : null,
                FromSidecar = true,
            };
        }
    }

    /// <summary>The workload's own address, which also names the chains.</summary>
    private static string DefaultBind(ProxyGroup proxy)
    {
        return proxy.Addresses.Count > 0 ? proxy.Addresses[0] : Addresses.Wildcard(proxy.IpFamilies);
    }

    private static Protocol AfterTermination(Protocol protocol)
    {
        return protocol switch
        {
            Protocol.Https => Protocol.Http,
            Protocol.Tls => Protocol.Tcp,
            _ => protocol,
        };
    }
}
