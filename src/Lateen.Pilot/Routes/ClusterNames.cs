using Istio.Networking.V1Alpha3;
using Lateen.Pilot.Model;

namespace Lateen.Pilot.Routes;

/// <summary>Istio's names of clusters.</summary>
internal static class ClusterNames
{
    internal const string BlackHole = "BlackHoleCluster";
    internal const string Passthrough = "PassthroughCluster";
    internal const string InboundPassthrough = "InboundPassthroughCluster";
    internal const string AllowAnyDynamicDns = "AllowAnyDynamicDNSCluster";

    /// <summary>A destination that no name stands for: the cluster never exists.</summary>
    internal const string Unknown = "UnknownService";

    /// <summary>A port of a service, or of a subset of its endpoints.</summary>
    internal static string Outbound(int port, string subset, string host)
    {
        return $"outbound|{port}|{subset}|{host}";
    }

    /// <summary>A port of the workload itself.</summary>
    internal static string Inbound(int port)
    {
        return $"inbound|{port}||";
    }

    /// <summary>The name that stands in the SNI of a connection between clusters, and of the cluster behind
    /// it.</summary>
    internal static string SniDnat(int port, string subset, string host)
    {
        return $"outbound_.{port}_.{subset}_.{host}";
    }

    /// <summary>
    /// The cluster of a destination. Its port is the given one, else the only one of the service, else that of the
    /// listener. An alias leads to the host that it stands for.
    /// </summary>
    internal static string OfDestination(Destination? destination, Service? service, int listenerPort)
    {
        if (destination is null || destination.Host.Length == 0)
        {
            return Unknown;
        }
        var host = service is { ExternalName.Length: > 0 } ? service.ExternalName : destination.Host;
        var port = destination.Port is { } selector ? (int)selector.Number
            : service is { Ports.Count: 1 } ? service.Ports[0].Number : listenerPort;
        return Outbound(port, destination.Subset, host);
    }
}
