using System.Text;

namespace Lateen.Proxy.Clusters;

/// <summary>A consistent-hashing table, ring (ketama) or Maglev, over one list of hosts. Immutable.</summary>
internal sealed class HashTable
{
    private readonly bool _isRing;
    private readonly ulong[] _hashes;
    private readonly Host[] _hosts;

    private HashTable(bool isRing, ulong[] hashes, Host[] hosts)
    {
        _isRing = isRing;
        _hashes = hashes;
        _hosts = hosts;
    }

    public static HashTable Build(Host[] hosts, LoadBalancerConfig config)
    {
        if (hosts.Length == 0)
        {
            return new HashTable(true, [], []);
        }
        return config.Policy == LoadBalancerPolicy.RingHash ? BuildRing(hosts, config) : BuildMaglev(hosts, config);
    }

    /// <summary>The host of a hash; later attempts of one request come to other places of the table.</summary>
    public Host? Pick(ulong hash, int attempt)
    {
        if (_hosts.Length == 0)
        {
            return null;
        }
        if (!_isRing)
        {
            return _hosts[(attempt > 0 ? hash ^ (ulong.MaxValue - (ulong)attempt + 1) : hash) % (ulong)_hosts.Length];
        }
        var index = Array.BinarySearch(_hashes, hash);
        index = index < 0 ? ~index : index;
        return _hosts[(index + attempt) % _hosts.Length];
    }

    internal static byte[] KeyOf(Host host, LoadBalancerConfig config)
    {
        if (host.Attributes.HashKey.Length > 0)
        {
            return Encoding.UTF8.GetBytes(host.Attributes.HashKey);
        }
        return config.UseHostnameForHashing && host.Hostname.Length > 0 ? host.HostnameBytes : host.AddressText;
    }

    private static (Host Host, double Weight)[] Normalize(Host[] hosts)
    {
        var sum = hosts.Sum(host => (double)host.Weight);
        return [.. hosts.Select(host => (host, host.Weight / sum))];
    }

    private static HashTable BuildRing(Host[] hosts, LoadBalancerConfig config)
    {
        var weighted = Normalize(hosts);
        var minWeight = weighted.Min(entry => entry.Weight);
        var scale = Math.Min(
            Math.Ceiling(minWeight * config.MinimumRingSize) / minWeight, config.MaximumRingSize);
        var entries = new List<(ulong Hash, Host Host)>((int)Math.Ceiling(scale) + 1);
        var (current, target) = (0.0, 0.0);
        foreach (var (host, weight) in weighted)
        {
            var key = KeyOf(host, config);
            var text = new byte[key.Length + 12];
            key.CopyTo(text, 0);
            text[key.Length] = (byte)'_';
            target += scale * weight;
            for (var i = 0; current < target; i++, current++)
            {
                i.TryFormat(text.AsSpan(key.Length + 1), out var written);
                var bytes = text.AsSpan(0, key.Length + 1 + written);
                entries.Add((config.UseMurmurHash ? MurmurHash2.Hash(bytes) : XxHash64.Hash(bytes), host));
            }
        }
        entries.Sort(static (a, b) => a.Hash.CompareTo(b.Hash));
        return new HashTable(true, [.. entries.Select(e => e.Hash)], [.. entries.Select(e => e.Host)]);
    }

    private static HashTable BuildMaglev(Host[] hosts, LoadBalancerConfig config)
    {
        var size = config.TableSize;
        var weighted = Normalize(hosts).OrderBy(e => KeyOf(e.Host, config), ByteOrder.Instance).ToArray();
        var maxWeight = weighted.Max(entry => entry.Weight);
        var offsets = new ulong[weighted.Length];
        var skips = new ulong[weighted.Length];
        var targets = new double[weighted.Length];
        for (var i = 0; i < weighted.Length; i++)
        {
            var key = KeyOf(weighted[i].Host, config);
            offsets[i] = XxHash64.Hash(key) % size;
            skips[i] = XxHash64.Hash(key, 1) % (size - 1) + 1;
        }
        var next = new ulong[weighted.Length];
        var table = new Host?[size];
        ulong filled = 0;
        for (var round = 1; filled < size; round++)
        {
            for (var i = 0; i < weighted.Length && filled < size; i++)
            {
                if (round * weighted[i].Weight < targets[i])
                {
                    continue;
                }
                targets[i] += maxWeight;
                ulong slot;
                do
                {
                    slot = (offsets[i] + skips[i] * next[i]++) % size;
                }
                while (table[slot] is not null);
                table[slot] = weighted[i].Host;
                filled++;
            }
        }
        return new HashTable(false, [], table!);
    }

    private sealed class ByteOrder : IComparer<byte[]>
    {
        public static ByteOrder Instance { get; } = new();

        public int Compare(byte[]? x, byte[]? y) => x.AsSpan().SequenceCompareTo(y);
    }
}
