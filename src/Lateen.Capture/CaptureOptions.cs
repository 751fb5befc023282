namespace Lateen.Capture;

/// <summary>
/// What is to be captured, resolved from flags, environment and the network namespace. Ports, users, groups and marks
/// stay text, as they go into the rules; the kernel's tools judge them.
/// </summary>
public sealed record CaptureOptions
{
    /// <summary>Port for outbound traffic. Default 15001.</summary>
    public string ProxyPort { get; init; } = "15001";

    /// <summary>Port for inbound traffic. Default 15006.</summary>
    public string InboundCapturePort { get; init; } = "15006";

    /// <summary>HBONE port, never captured. Default 15008.</summary>
    public string InboundTunnelPort { get; init; } = "15008";

    /// <summary>Users of the proxy. Default 1337.</summary>
    public IReadOnlyList<string> ProxyUids { get; init; } = ["1337"];

    /// <summary>Groups of the proxy. Default 1337.</summary>
    public IReadOnlyList<string> ProxyGids { get; init; } = ["1337"];

    /// <summary>TPROXY for inbound traffic; else REDIRECT. Default false.</summary>
    public bool Tproxy { get; init; }

    /// <summary>Mark of TPROXY packets. Default 1337.</summary>
    public string TproxyMark { get; init; } = "1337";

    /// <summary>Routing table of TPROXY packets. Default 133.</summary>
    public string TproxyRouteTable { get; init; } = "133";

    /// <summary><c>*</c> for all, or a list; empty captures nothing inbound.</summary>
    public string InboundPorts { get; init; } = "";

    /// <summary>Left alone when <see cref="InboundPorts"/> is <c>*</c>.</summary>
    public IReadOnlyList<string> InboundPortsExclude { get; init; } = [];

    /// <summary>Outbound ports captured whatever the address.</summary>
    public IReadOnlyList<string> OutboundPorts { get; init; } = [];

    /// <summary>Outbound ports left alone, TCP and UDP.</summary>
    public IReadOnlyList<string> OutboundPortsExclude { get; init; } = [];

    /// <summary>Outbound ranges to capture.</summary>
    public AddressRanges OutboundRanges { get; init; } = AddressRanges.None;

    /// <summary>Outbound ranges left alone. Never a wildcard.</summary>
    public AddressRanges OutboundRangesExclude { get; init; } = AddressRanges.None;

    /// <summary>Groups to capture; null means all but <see cref="OwnerGroupsExclude"/>. At most 64.</summary>
    public IReadOnlyList<string>? OwnerGroups { get; init; }

    /// <summary>Groups left alone; used only while <see cref="OwnerGroups"/> is null.</summary>
    public IReadOnlyList<string> OwnerGroupsExclude { get; init; } = [];

    /// <summary>Interfaces of which nothing is captured.</summary>
    public IReadOnlyList<string> ExcludeInterfaces { get; init; } = [];

    /// <summary>Interfaces whose inbound traffic is treated as outbound.</summary>
    public IReadOnlyList<string> VirtualInterfaces { get; init; } = [];

    /// <summary>Redirect DNS to the agent.</summary>
    public bool RedirectDns { get; init; }

    /// <summary>Every port 53, not only the servers below.</summary>
    public bool CaptureAllDns { get; init; }

    /// <summary>Name servers of the pod, IPv4.</summary>
    public IReadOnlyList<string> DnsServersV4 { get; init; } = [];

    /// <summary>Name servers of the pod, IPv6.</summary>
    public IReadOnlyList<string> DnsServersV6 { get; init; } = [];

    /// <summary>Drop packets in state INVALID.</summary>
    public bool DropInvalid { get; init; }

    /// <summary>Whether IPv6 rules are made too.</summary>
    public bool EnableIPv6 { get; init; }

    /// <summary>Whether the pod's first address is IPv6, which validation then uses.</summary>
    public bool HostIsIPv6 { get; init; }

    /// <summary>What counts as loopback for IPv4. Default 127.0.0.1/32.</summary>
    public string LoopbackCidrV4 { get; init; } = "127.0.0.1/32";

    /// <summary>Print only.</summary>
    public bool DryRun { get; init; }

    /// <summary>Apply nothing.</summary>
    public bool SkipRuleApply { get; init; }

    /// <summary>Check redirection afterwards.</summary>
    public bool RunValidation { get; init; }

    /// <summary>Port to which validation connects. Default 15002.</summary>
    public int ProbePort { get; init; } = 15002;

    /// <summary>How long validation may take. Default 5 s.</summary>
    public TimeSpan ProbeTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Path of the namespace to work in; null means the present one.</summary>
    public string? NetworkNamespace { get; init; }

    /// <summary>Replace differing rules.</summary>
    public bool Reconcile { get; init; }

    /// <summary>Remove and apply nothing.</summary>
    public bool CleanupOnly { get; init; }

    /// <summary>Apply whatever is there.</summary>
    public bool ForceApply { get; init; }

    /// <summary><c>legacy</c>, <c>nft</c> or empty: found out.</summary>
    public string IptablesBinary { get; init; } = "";

    /// <summary>DNS capture that has something to capture: asked for, and all of DNS or at least one server
    /// known.</summary>
    public bool CapturesDns => RedirectDns && (CaptureAllDns || DnsServersV4.Count + DnsServersV6.Count > 0);

    /// <summary>Name servers of one family.</summary>
    public IReadOnlyList<string> DnsServers(IpFamily family) => family == IpFamily.V4 ? DnsServersV4 : DnsServersV6;
}
