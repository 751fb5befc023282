using Lateen.Proxy.Dns;

namespace Lateen.Proxy.Config;

/// <summary>Caches of names by their own name: a filter and a cluster that name the same one share it.</summary>
internal sealed class DnsCacheTable(ProxyResources resources)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, DnsCache> _caches = new(StringComparer.Ordinal);

    /// <summary>Null when there is one of that name with other settings.</summary>
    public DnsCache? GetOrAdd(DnsCacheConfig config)
    {
        lock (_lock)
        {
            if (_caches.TryGetValue(config.Name, out var cache))
            {
                return cache.Config.Source.Equals(config.Source) ? cache : null;
            }
            cache = new DnsCache(config, resources.Stats, resources.Clock, resources.RandomSeed);
            _caches.Add(config.Name, cache);
            return cache;
        }
    }
}
