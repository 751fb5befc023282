using System.Collections.Concurrent;
using System.Text;
using Lateen.Proxy.Clusters;

namespace Lateen.Proxy.Dns;

/// <summary>Hosts of a dynamic forward proxy cluster: what the cache has found for the request's host.</summary>
internal sealed class ForwardProxyHosts(Cluster cluster, DnsCache cache) : IHostProvider
{
    private readonly ConcurrentDictionary<string, Host> _hosts = new(StringComparer.Ordinal);

    public DnsCache Cache => cache;

    public IEnumerable<Host> Hosts => _hosts.Values;

    public Host? Pick(int worker, LoadBalancerContext context)
    {
        if (context.ForwardProxyHost.Length == 0)
        {
            return null;
        }
        var key = Encoding.ASCII.GetString(context.ForwardProxyHost);
        if (cache.Find(key) is not { IsResolved: true, Address.IsEmpty: false } entry)
        {
            return null;
        }
        if (_hosts.TryGetValue(key, out var host) && host.Address.Equals(entry.Address))
        {
            return host;
        }
        if (host is not null)
        {
            host.IsRemoved = true;
        }
        var attributes = new HostAttributes { AdditionalAddresses = entry.Addresses[1..] };
        _hosts[key] = host = new Host(cluster, entry.Address, entry.Name, attributes);
        cluster.OnDemandHostsChanged(_hosts.Count);
        RemoveGone();
        return host;
    }

    private void RemoveGone()
    {
        foreach (var (key, host) in _hosts)
        {
            if (!cache.Entries.Any(entry => entry.Name == host.Hostname) && _hosts.TryRemove(key, out _))
            {
                host.IsRemoved = true;
            }
        }
    }
}
