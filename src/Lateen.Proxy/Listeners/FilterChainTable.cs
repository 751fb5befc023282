using System.Text;
using Lateen.Core;
using Lateen.Proxy.Addresses;
using Lateen.Proxy.Config;
using Lateen.Proxy.Streams;

namespace Lateen.Proxy.Listeners;

/// <summary>
/// Finds the filter chain of a connection as Envoy does: one criterion after another, most specific value first, and
/// never back
/// from a branch once taken. Levels: destination port, destination range, server name, transport protocol, application
/// protocol, direct source range, source type, source range, source port.
/// </summary>
internal sealed class FilterChainTable
{
    private static readonly CidrRange[] Everything =
    [
        new(IpAddress.FromV4(0), 0), new(IpAddress.FromV6(0, 0), 0),
    ];

    private readonly Dictionary<int, CidrTable<NameLevel>> _ports = [];

    private FilterChainTable()
    {
    }

    /// <summary>Builds the table; two chains with the same leaf are an error.</summary>
    public static FilterChainTable Build(
        IReadOnlyList<(FilterChainMatch Match, FilterChain Chain)> chains, string path, List<ConfigError> errors)
    {
        var table = new FilterChainTable();
        for (var i = 0; i < chains.Count; i++)
        {
            if (!AddChain(table._ports, chains[i].Match, chains[i].Chain))
            {
                errors.Add(new ConfigError($"{path}[{i}]", "LISTENER_CHAINS_OVERLAP",
                    "multiple filter chains with overlapping matching rules are defined"));
            }
        }
        return table;
    }

    /// <summary>The chain of a connection, or null when none fits (then the default chain applies).</summary>
    public FilterChain? MatchFilterChain(ConnectionInfo connection)
    {
        var local = connection.LocalAddress;
        if (!_ports.TryGetValue(local.Port, out var ranges) && !_ports.TryGetValue(0, out ranges))
        {
            return null;
        }
        var ip = local.Ip.IsEmpty ? IpAddress.FromV4(0) : local.Ip;
        return ranges.TryMatch(ip, out var names) ? MatchNames(names!, connection) : null;
    }

    private static FilterChain? MatchNames(NameLevel names, ConnectionInfo connection)
    {
        var transports = names.Find(connection.RequestedServerName);
        if (transports is null)
        {
            return null;
        }
        var protocols = (connection.TransportProtocolTls ? transports.Tls : transports.Raw) ?? transports.Any;
        var sources = protocols?.Find(connection.ApplicationProtocols);
        var direct = connection.DirectRemoteAddress.Ip;
        return sources is not null && sources.TryMatch(direct.IsEmpty ? IpAddress.FromV4(0) : direct, out var types)
            ? MatchSource(types!, connection)
            : null;
    }

    private static FilterChain? MatchSource(TypeLevel types, ConnectionInfo connection)
    {
        var set = types.Any;
        if (types.Local is not null || types.External is not null)
        {
            var isLocal = IsLocal(connection);
            set = (isLocal ? types.Local : types.External) ?? types.Any;
        }
        var remote = connection.RemoteAddress.Ip;
        if (set is null || !set.TryMatch(remote.IsEmpty ? IpAddress.FromV4(0) : remote, out var ports))
        {
            return null;
        }
        return ports!.TryGetValue(connection.RemoteAddress.Port, out var chain) || ports.TryGetValue(0, out chain)
            ? chain
            : null;
    }

    private static bool IsLocal(ConnectionInfo connection)
    {
        var remote = connection.RemoteAddress;
        if (remote.IsPipe || remote.Ip.Equals(connection.LocalAddress.Ip))
        {
            return true;
        }
        // Of the loopback network only these two addresses count.
        return remote.Ip.Equals(IpAddress.FromV4(0x7f000001)) || remote.Ip.Equals(IpAddress.FromV6(0, 1));
    }

    private static bool AddChain(
        Dictionary<int, CidrTable<NameLevel>> ports, FilterChainMatch match, FilterChain chain)
    {
        var ranges = GetOrAdd(ports, match.DestinationPort);
        var isNew = true;
        foreach (var range in match.PrefixRanges.Length == 0 ? Everything : match.PrefixRanges)
        {
            var names = GetOrAdd(ranges, range);
            foreach (var name in match.ServerNames.Length == 0 ? [""] : match.ServerNames)
            {
                var protocols = names.GetOrAdd(name).GetOrAdd(match.TransportProtocol);
                foreach (var protocol in match.ApplicationProtocols.Length == 0 ? [""] : match.ApplicationProtocols)
                {
                    var direct = match.DirectSourcePrefixRanges.Length == 0 ? Everything
                        : match.DirectSourcePrefixRanges;
                    isNew &= protocols.Add(protocol, direct, match, chain);
                }
            }
        }
        return isNew;
    }

    private static TValue GetOrAdd<TKey, TValue>(Dictionary<TKey, TValue> map, TKey key)
        where TKey : notnull
        where TValue : new()
    {
        if (!map.TryGetValue(key, out var value))
        {
            map.Add(key, value = new TValue());
        }
        return value;
    }

    private static TValue GetOrAdd<TValue>(CidrTable<TValue> table, CidrRange range)
        where TValue : class, new()
    {
        var value = table.Find(range);
        if (value is null)
        {
            table.Add(range, value = new TValue());
        }
        return value;
    }

    private sealed class NameLevel
    {
        private readonly Dictionary<byte[], TransportLevel> _exact = new(ByteKeyComparer.Instance);
        private readonly Dictionary<byte[], TransportLevel> _wildcards = new(ByteKeyComparer.Instance);
        private TransportLevel? _any;

        public TransportLevel GetOrAdd(string name)
        {
            if (name.Length == 0)
            {
                return _any ??= new TransportLevel();
            }
            return name.StartsWith("*.", StringComparison.Ordinal)
                ? FilterChainTable.GetOrAdd(_wildcards, Encoding.ASCII.GetBytes(name[1..]))
                : FilterChainTable.GetOrAdd(_exact, Encoding.ASCII.GetBytes(name));
        }

        public TransportLevel? Find(ReadOnlySpan<byte> name)
        {
            if (name.Length > 0)
            {
                if (_exact.Count > 0
                    && _exact.GetAlternateLookup<ReadOnlySpan<byte>>().TryGetValue(name, out var exact))
                {
                    return exact;
                }
                for (var dot = name.IndexOf((byte)'.'); _wildcards.Count > 0 && dot >= 0;)
                {
                    var suffix = name[dot..];
                    if (_wildcards.GetAlternateLookup<ReadOnlySpan<byte>>().TryGetValue(suffix, out var wildcard))
                    {
                        return wildcard;
                    }
                    var next = suffix[1..].IndexOf((byte)'.');
                    dot = next < 0 ? -1 : dot + 1 + next;
                }
            }
            return _any;
        }
    }

    private sealed class TransportLevel
    {
        public ProtocolLevel? Any { get; private set; }

        public ProtocolLevel? Raw { get; private set; }

        public ProtocolLevel? Tls { get; private set; }

        public ProtocolLevel GetOrAdd(string transport) => transport switch
        {
            "" => Any ??= new ProtocolLevel(),
            "raw_buffer" => Raw ??= new ProtocolLevel(),
            "tls" => Tls ??= new ProtocolLevel(),
            _ => new ProtocolLevel(),
        };
    }

    private sealed class ProtocolLevel
    {
        private readonly Dictionary<byte[], CidrTable<TypeLevel>> _protocols = new(ByteKeyComparer.Instance);
        private CidrTable<TypeLevel>? _any;

        public bool Add(string protocol, CidrRange[] direct, FilterChainMatch match, FilterChain chain)
        {
            var sources = protocol.Length == 0
                ? _any ??= new CidrTable<TypeLevel>()
                : FilterChainTable.GetOrAdd(_protocols, Encoding.UTF8.GetBytes(protocol));
            var isNew = true;
            foreach (var range in direct)
            {
                isNew &= FilterChainTable.GetOrAdd(sources, range).Add(match, chain);
            }
            return isNew;
        }

        public CidrTable<TypeLevel>? Find(byte[][] protocols)
        {
            foreach (var protocol in protocols)
            {
                if (_protocols.TryGetValue(protocol, out var sources))
                {
                    return sources;
                }
            }
            return _any;
        }
    }

    private sealed class TypeLevel
    {
        private readonly CidrTable<Dictionary<int, FilterChain>>?[] _types =
            new CidrTable<Dictionary<int, FilterChain>>?[3];

        public CidrTable<Dictionary<int, FilterChain>>? Any => _types[(int)SourceType.Any];

        public CidrTable<Dictionary<int, FilterChain>>? Local => _types[(int)SourceType.SameIpOrLoopback];

        public CidrTable<Dictionary<int, FilterChain>>? External => _types[(int)SourceType.External];

        public bool Add(FilterChainMatch match, FilterChain chain)
        {
            var ranges = _types[(int)match.SourceType] ??= new CidrTable<Dictionary<int, FilterChain>>();
            var isNew = true;
            foreach (var range in match.SourcePrefixRanges.Length == 0 ? Everything : match.SourcePrefixRanges)
            {
                var ports = FilterChainTable.GetOrAdd(ranges, range);
                foreach (var port in match.SourcePorts.Length == 0 ? [0] : match.SourcePorts)
                {
                    isNew &= ports.TryAdd(port, chain);
                }
            }
            return isNew;
        }
    }
}
