using Lateen.Proxy.Clusters;

namespace Lateen.Proxy.Dns;

/// <summary>A name that a DNS cluster resolves, with what its hosts get.</summary>
internal sealed record DnsTarget(string Name, int Port, string Hostname, HostAttributes Attributes);
