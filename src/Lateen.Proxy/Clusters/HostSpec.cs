using Lateen.Proxy.Addresses;

namespace Lateen.Proxy.Clusters;

/// <summary>One endpoint as an assignment or a DNS answer gives it.</summary>
internal sealed record HostSpec(Address Address, string Hostname, HostAttributes Attributes);
