using Lateen.Proxy.Addresses;

namespace Lateen.Proxy.Clusters;

/// <summary>One endpoint as an assignment or a DNS answer gives it.</summary>
internal readonly record struct HostSpec(Address Address, string Hostname, HostAttributes Attributes);
