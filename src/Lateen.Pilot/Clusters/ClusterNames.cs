namespace Lateen.Pilot.Clusters;

/// <summary>Names of clusters (contract 6).</summary>
public static class ClusterNames
{
    /// <summary>Swallows what must not leave.</summary>
    public const string BlackHole = "BlackHoleCluster";

    /// <summary>Sends outbound traffic where it was going.</summary>
    public const string Passthrough = "PassthroughCluster";

    /// <summary>Sends inbound traffic to the application's port that it was going to.</summary>
    public const string InboundPassthrough = "InboundPassthroughCluster";

    /// <summary>Looks up and calls any host name (ALLOW_ANY_DYNAMIC_DNS).</summary>
    public const string AllowAnyDynamicDns = "AllowAnyDynamicDNSCluster";

    /// <summary><c>outbound|port|subset|host</c>.</summary>
    public static string Outbound(int port, string subset, string host) => $"outbound|{port}|{subset}|{host}";

    /// <summary><c>outbound_.port_.subset_.host</c>: server name of a mesh connection, and cluster of an east-west
    /// gateway.
    /// </summary>
    public static string Sni(int port, string subset, string host) => $"outbound_.{port}_.{subset}_.{host}";

    /// <summary><c>inbound|port||</c>.</summary>
    public static string Inbound(int port) => $"inbound|{port}||";
}
