using System.Collections.Concurrent;
using Lateen.Proxy.Addresses;

namespace Lateen.Proxy.Clusters;

/// <summary>Hosts of an ORIGINAL_DST cluster, made when a connection or request first goes to an address.</summary>
internal sealed class OriginalDstHosts(Cluster cluster) : IHostProvider
{
    private const int HostsMax = 65536;

    private readonly ConcurrentDictionary<Address, Host> _hosts = new();

    public IEnumerable<Host> Hosts => _hosts.Values;

    public Host? Pick(int worker, LoadBalancerContext context)
    {
        var destination = context.OriginalDestination;
        if (destination.IsEmpty)
        {
            return null;
        }
        if (cluster.Config.UpstreamPortOverride > 0)
        {
            destination = new Address(destination.Ip, cluster.Config.UpstreamPortOverride);
        }
        if (_hosts.TryGetValue(destination, out var host))
        {
            host.IsUsedLately = true;
            return host;
        }
        if (_hosts.Count >= HostsMax)
        {
            return null;
        }
        host = _hosts.GetOrAdd(destination, static (address, of) => new Host(of, address, "", new HostAttributes()),
            cluster);
        cluster.OnDemandHostsChanged(_hosts.Count);
        return host;
    }

    /// <summary>Drops hosts that nothing has used since the last time and that have no connections.</summary>
    internal void CleanUp()
    {
        var before = _hosts.Count;
        foreach (var (address, host) in _hosts)
        {
            if (host.IsUsedLately)
            {
                host.IsUsedLately = false;
            }
            else if (host.Read(HostStat.CxActive) == 0 && _hosts.TryRemove(address, out _))
            {
                host.IsRemoved = true;
            }
        }
        if (_hosts.Count != before)
        {
            cluster.OnDemandHostsChanged(_hosts.Count);
        }
    }
}
