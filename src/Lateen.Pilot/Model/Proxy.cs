using System.Net;
using System.Net.Sockets;
using Lateen.Pilot.Graph;

namespace Lateen.Pilot.Model;

/// <summary>A connected proxy as its node message describes it.</summary>
public sealed record Proxy
{
    /// <summary>The whole node id: <c>type~ip~pod.namespace~domain</c>.</summary>
    public required string NodeId { get; init; }

    /// <summary>Sidecar or gateway.</summary>
    public required ProxyType Type { get; init; }

    /// <summary>Third part of the node id: <c>pod.namespace</c>.</summary>
    public required string Id { get; init; }

    /// <summary>Namespace whose configuration applies.</summary>
    public required string Namespace { get; init; }

    /// <summary>Addresses, first one first.</summary>
    public required EquatableArray<string> Addresses { get; init; }

    /// <summary>Search domain: <c>namespace.svc.cluster.local</c>.</summary>
    public string DnsDomain { get; init; } = "";

    /// <summary>Labels of the workload.</summary>
    public Labels Labels { get; init; } = Labels.Empty;

    /// <summary>Where it runs.</summary>
    public Locality Locality { get; init; } = Locality.None;

    /// <summary>NETWORK.</summary>
    public string Network { get; init; } = "";

    /// <summary>CLUSTER_ID.</summary>
    public string ClusterId { get; init; } = "";

    /// <summary>SERVICE_ACCOUNT.</summary>
    public string ServiceAccount { get; init; } = "";

    /// <summary>NODE_NAME.</summary>
    public string NodeName { get; init; } = "";

    /// <summary>ISTIO_VERSION.</summary>
    public string IstioVersion { get; init; } = "";

    /// <summary>The peer proved that it is this workload.</summary>
    public bool IsAuthenticated { get; init; }

    /// <summary>What else of the metadata has effect.</summary>
    public ProxySettings Settings { get; init; } = ProxySettings.Default;

    /// <summary>Whether it is one of several on a machine's loopback, so that only its own address is its
    /// own.</summary>
    public bool IsOnLoopback => !Addresses.IsEmpty && IsOwnLoopback(Addresses[0]);

    /// <summary>Whether an address is on loopback, but not the one that every program means by it.</summary>
    public static bool IsOwnLoopback(string address)
        => address != "127.0.0.1" && IPAddress.TryParse(address, out var parsed)
            && parsed.AddressFamily == AddressFamily.InterNetwork && IPAddress.IsLoopback(parsed);

    /// <summary>Families of its addresses.</summary>
    public IpFamilies IpFamilies
    {
        get
        {
            var families = default(IpFamilies);
            foreach (var address in Addresses)
            {
                families |= address.Contains(':', StringComparison.Ordinal) ? IpFamilies.V6 : IpFamilies.V4;
            }
            return families == default ? IpFamilies.V4 : families;
        }
    }
}
