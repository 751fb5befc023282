using System.Text;

namespace Lateen.Proxy.Clusters;

/// <summary>A consistent-hashing table, ring (ketama) or Maglev, over one list of hosts. Immutable.</summary>
internal sealed class HashTable
{
    private readonly bool _isRing;
    private readonly ulong[] _hashes;
    private readonly Host[] _hosts;
    private (Host Host, double Weight)[] _bounded = [];
    private int _balanceFactor;

    private HashTable(bool isRing, ulong[] hashes, Host[] hosts)
    {
        _isRing = isRing;
        _hashes = hashes;
        _hosts = hosts;
    }

    /// <summary>Places of the table that a host has: the fewest and the most.</summary>
    public (int Min, int Max) EntriesPerHost { get; private init; }

    public int Size => _hosts.Length;

    public static HashTable Build(Host[] hosts, PriorityHosts priority, LoadBalancerConfig config)
    {
        var weighted = Normalize(hosts, priority, config);
        if (weighted.Length == 0)
        {
            return new HashTable(true, [], []);
        }
        var table = config.Policy == LoadBalancerPolicy.RingHash
            ? BuildRing(weighted, config)
            : BuildMaglev(weighted, config);
        if (config.HashBalanceFactor > 0)
        {
            (table._bounded, table._balanceFactor) = (weighted, config.HashBalanceFactor);
        }
        return table;
    }

    /// <summary>The host of a hash; later attempts of one request come to other places of the table.</summary>
    public Host? Pick(ulong hash, int attempt)
    {
        var host = PickPlain(hash, attempt);
        return host is null || _bounded.Length == 0 ? host : PickBounded(host, hash);
    }

    private Host? PickPlain(ulong hash, int attempt)
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

    /// <summary>Consistent hashing with bounded loads: a host that has more than its share passes the request on, in an
    /// order that the hash gives; when all have, the least loaded one takes it.</summary>
    private Host PickBounded(Host first, ulong hash)
    {
        long active = 0;
        foreach (var (host, _) in _bounded)
        {
            active += host.Read(HostStat.RqActive);
        }
        var bestOverload = OverloadOf(first, active);
        if (bestOverload <= 1)
        {
            return first;
        }
        var order = new int[_bounded.Length];
        for (var i = 0; i < order.Length; i++)
        {
            order[i] = i;
        }
        var random = new MersenneTwister((uint)hash);
        var best = first;
        for (var i = 0; i < order.Length; i++)
        {
            var swap = i + (int)random.Next((uint)(order.Length - i));
            (order[i], order[swap]) = (order[swap], order[i]);
            var host = _bounded[order[i]].Host;
            if (ReferenceEquals(host, first))
            {
                continue;
            }
            var overload = OverloadOf(host, active);
            if (overload <= 1)
            {
                return host;
            }
            if (overload < bestOverload)
            {
                (best, bestOverload) = (host, overload);
            }
        }
        return best;
    }

    private double OverloadOf(Host host, long active)
    {
        foreach (var (candidate, weight) in _bounded)
        {
            if (ReferenceEquals(candidate, host))
            {
                var slots = Math.Max(1, Math.Ceiling((((active + 1) * _balanceFactor + 99) / 100) * weight));
                return host.Read(HostStat.RqActive) / slots;
            }
        }
        return 0;
    }

    private static (Host Host, double Weight)[] Normalize(
        Host[] hosts, PriorityHosts priority, LoadBalancerConfig config)
    {
        if (!config.LocalityWeighted || !priority.HasLocalityWeights)
        {
            var sum = hosts.Sum(host => (double)host.Weight);
            return [.. hosts.Select(host => (host, host.Weight / sum))];
        }
        var groups = hosts.GroupBy(host => host.Locality)
            .Select(group => (Hosts: group.ToArray(),
                Weight: priority.EffectiveLocalityWeight(group.Key, group.Count())))
            .Where(group => group.Weight > 0).ToArray();
        var total = groups.Sum(group => group.Weight);
        return [.. groups.SelectMany(group =>
        {
            var sum = group.Hosts.Sum(host => (double)host.Weight);
            return group.Hosts.Select(host => (host, host.Weight / sum * group.Weight / total));
        })];
    }

    private static HashTable BuildRing((Host Host, double Weight)[] weighted, LoadBalancerConfig config)
    {
        var minWeight = weighted.Min(entry => entry.Weight);
        var scale = Math.Min(
            Math.Ceiling(minWeight * config.MinimumRingSize) / minWeight, config.MaximumRingSize);
        var entries = new List<(ulong Hash, Host Host)>((int)Math.Ceiling(scale) + 1);
        var (current, target) = (0.0, 0.0);
        var (min, max) = (int.MaxValue, 0);
        foreach (var (host, weight) in weighted)
        {
            var key = KeyOf(host, config);
            var text = new byte[key.Length + 12];
            key.CopyTo(text, 0);
            text[key.Length] = (byte)'_';
            target += scale * weight;
            var count = 0;
            for (var i = 0; current < target; i++, current++, count++)
            {
                i.TryFormat(text.AsSpan(key.Length + 1), out var written);
                var bytes = text.AsSpan(0, key.Length + 1 + written);
                entries.Add((config.UseMurmurHash ? MurmurHash2.Hash(bytes) : XxHash64.Hash(bytes), host));
            }
            (min, max) = (Math.Min(min, count), Math.Max(max, count));
        }
        entries.Sort(static (a, b) => a.Hash.CompareTo(b.Hash));
        return new HashTable(true, [.. entries.Select(e => e.Hash)], [.. entries.Select(e => e.Host)])
        {
            EntriesPerHost = (min, max),
        };
    }

    private static HashTable BuildMaglev((Host Host, double Weight)[] unordered, LoadBalancerConfig config)
    {
        var size = config.TableSize;
        var weighted = unordered.OrderBy(e => KeyOf(e.Host, config), ByteOrder.Instance).ToArray();
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
        var counts = new int[weighted.Length];
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
                counts[i]++;
                filled++;
            }
        }
        return new HashTable(false, [], table!) { EntriesPerHost = (counts.Min(), counts.Max()) };
    }

    private sealed class ByteOrder : IComparer<byte[]>
    {
        public static ByteOrder Instance { get; } = new();

        public int Compare(byte[]? x, byte[]? y) => x.AsSpan().SequenceCompareTo(y);
    }
}
