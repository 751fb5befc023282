using System.Net;
using System.Net.Sockets;

namespace Lateen.Agent.Bootstrap;

/// <summary>Which proxy this is.</summary>
/// <param name="Type"><c>sidecar</c>, <c>router</c> or <c>waypoint</c>.</param>
/// <param name="Addresses">All of its addresses, the pod's first; at least one.</param>
/// <param name="PodName">Empty where it is not known.</param>
/// <param name="Namespace">Empty where it is not known.</param>
/// <param name="DnsDomain">Domain of its services, e.g. <c>shop.svc.cluster.local</c>.</param>
public sealed record ProxyRole(
    string Type,
    IReadOnlyList<IPAddress> Addresses,
    string PodName,
    string Namespace,
    string DnsDomain)
{
    /// <summary>Whether it is a sidecar beside an application.</summary>
    public bool IsSidecar => Type == "sidecar";

    /// <summary>Whether every address is IPv6.</summary>
    public bool IsIpv6Only => Addresses.All(address => address.AddressFamily == AddressFamily.InterNetworkV6);

    /// <summary>Whether there are addresses of both families.</summary>
    public bool HasBothFamilies =>
        !IsIpv6Only && Addresses.Any(address => address.AddressFamily == AddressFamily.InterNetworkV6);

    /// <summary>Whether its own address is on loopback, which it shares with others: then all ports of its own stand at
    /// that address alone.</summary>
    public bool IsOnLoopback => IPAddress.IsLoopback(Addresses[0]) && !Addresses[0].Equals(IPAddress.Loopback)
        && !Addresses[0].Equals(IPAddress.IPv6Loopback);

    /// <summary>Loopback address of its first family, by which the programs beside it are reached.</summary>
    public string ProgramHost => IsIpv6Only ? "::1" : "127.0.0.1";

    /// <summary>Address of its own ports that are for the pod alone: loopback of its first family.</summary>
    public string Localhost => IsOnLoopback ? $"{Addresses[0]}" : ProgramHost;

    /// <summary>Address of its own ports that are for all: the any-address of its first family.</summary>
    public string Wildcard => IsOnLoopback ? $"{Addresses[0]}" : IsIpv6Only ? "::" : "0.0.0.0";

    /// <summary>The id by which the control plane knows the node: <c>type~address~pod.namespace~domain</c>.</summary>
    public string NodeId => $"{Type}~{Addresses[0]}~{PodName}.{Namespace}~{DnsDomain}";
}
