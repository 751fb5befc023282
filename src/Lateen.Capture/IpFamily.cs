namespace Lateen.Capture;

/// <summary>The family of a rule set; each has its own tables and tools.</summary>
public enum IpFamily
{
    /// <summary>IPv4: <c>iptables</c>.</summary>
    V4,

    /// <summary>IPv6: <c>ip6tables</c>.</summary>
    V6,
}
