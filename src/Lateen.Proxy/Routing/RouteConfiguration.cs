using System.Collections.Immutable;
using System.Text;
using Lateen.Core;
using Lateen.Http;
using Lateen.Proxy.Config;
using Lateen.Proxy.Streams;

namespace Lateen.Proxy.Routing;

/// <summary>A route table, immutable. Source: <c>route.v3.RouteConfiguration</c>.</summary>
internal sealed class RouteConfiguration
{
    private const int HostBytesMax = 1024;

    private readonly Dictionary<byte[], VirtualHost> _exact = new(ByteKeyComparer.Instance);
    private readonly Dictionary<byte[], VirtualHost> _suffixes = new(ByteKeyComparer.Instance);
    private readonly Dictionary<byte[], VirtualHost> _prefixes = new(ByteKeyComparer.Instance);
    private int[] _suffixLengths = [];
    private int[] _prefixLengths = [];
    private VirtualHost? _default;

    public string Name { get; init; } = "";

    public required ImmutableArray<VirtualHost> VirtualHosts { get; init; }

    /// <summary>Where virtual hosts come from one by one; null: all are here.</summary>
    public Discovery.DiscoverySource? VirtualHostSource { get; init; }

    public HeaderMutations RequestHeaders { get; init; } = HeaderMutations.None;

    public HeaderMutations ResponseHeaders { get; init; } = HeaderMutations.None;

    public HeaderName[] InternalOnlyHeaders { get; init; } = [];

    public bool MostSpecificHeaderMutationsWins { get; init; }

    public bool IgnorePortInHostMatching { get; init; }

    public bool IgnorePathParameters { get; init; }

    public PerFilterConfigs PerFilter { get; init; } = PerFilterConfigs.None;

    public ImmutableArray<MirrorPolicy> MirrorPolicies { get; init; } = [];

    /// <summary>
    /// Finds the route of a request and notes table, virtual host and route in the stream info. Null: no route (404,
    /// NR).
    /// </summary>
    public Route? MatchRoute(HeaderMap headers, StreamInfo info)
    {
        info.RouteConfiguration = this;
        var virtualHost = MatchVirtualHost(headers.Get(HeaderId.Authority));
        info.VirtualHost = virtualHost;
        info.VirtualCluster = virtualHost?.MatchVirtualCluster(headers);
        info.Route = virtualHost?.MatchRoute(headers, info, IgnorePathParameters);
        return info.Route;
    }

    /// <summary>Exact domain, then longest suffix wildcard, then longest prefix wildcard, then <c>*</c>.</summary>
    public VirtualHost? MatchVirtualHost(ReadOnlySpan<byte> authority)
    {
        if (_exact.Count + _suffixes.Count + _prefixes.Count == 0)
        {
            return _default;
        }
        if (authority.Length > HostBytesMax)
        {
            return _default;
        }
        Span<byte> host = stackalloc byte[HostBytesMax];
        for (var i = 0; i < authority.Length; i++)
        {
            var b = authority[i];
            host[i] = b is >= (byte)'A' and <= (byte)'Z' ? (byte)(b | 0x20) : b;
        }
        host = host[..authority.Length];
        if (IgnorePortInHostMatching)
        {
            host = StripPort(host);
        }
        if (_exact.GetAlternateLookup<ReadOnlySpan<byte>>().TryGetValue(host, out var found))
        {
            return found;
        }
        var suffixes = _suffixes.GetAlternateLookup<ReadOnlySpan<byte>>();
        foreach (var length in _suffixLengths)
        {
            if (host.Length > length && suffixes.TryGetValue(host[^length..], out found))
            {
                return found;
            }
        }
        var prefixes = _prefixes.GetAlternateLookup<ReadOnlySpan<byte>>();
        foreach (var length in _prefixLengths)
        {
            if (host.Length > length && prefixes.TryGetValue(host[..length], out found))
            {
                return found;
            }
        }
        return _default;
    }

    /// <summary>Fills the tables of domains; called once by the builder.</summary>
    internal void BuildDomains(string path, List<ConfigError> errors)
    {
        for (var i = 0; i < VirtualHosts.Length; i++)
        {
            foreach (var domain in VirtualHosts[i].Domains)
            {
                AddDomain(VirtualHosts[i], domain, $"{path}.virtual_hosts[{i}].domains", errors);
            }
        }
        _suffixLengths = [.. _suffixes.Keys.Select(key => key.Length).Distinct().OrderDescending()];
        _prefixLengths = [.. _prefixes.Keys.Select(key => key.Length).Distinct().OrderDescending()];
    }

    private static Span<byte> StripPort(Span<byte> host)
    {
        var colon = host.LastIndexOf((byte)':');
        if (colon < 0 || host[(colon + 1)..].IndexOfAnyExceptInRange((byte)'0', (byte)'9') >= 0
            || colon == host.Length - 1)
        {
            return host;
        }
        return host[..colon].Contains((byte)':') && host[0] != '[' ? host : host[..colon];
    }

    private void AddDomain(VirtualHost virtualHost, string domain, string path, List<ConfigError> errors)
    {
        var lower = domain.ToLowerInvariant();
        bool added;
        if (lower == "*")
        {
            if (_default is not null)
            {
                errors.Add(new ConfigError(path, "ROUTE_DOMAIN_WILDCARD",
                    $"Only a single wildcard domain is permitted in route {Name}"));
            }
            _default ??= virtualHost;
            return;
        }
        if (lower.StartsWith('*'))
        {
            added = _suffixes.TryAdd(Encoding.UTF8.GetBytes(lower[1..]), virtualHost);
        }
        else if (lower.EndsWith('*'))
        {
            added = _prefixes.TryAdd(Encoding.UTF8.GetBytes(lower[..^1]), virtualHost);
        }
        else
        {
            added = _exact.TryAdd(Encoding.UTF8.GetBytes(lower), virtualHost);
        }
        if (!added)
        {
            errors.Add(new ConfigError(path, "ROUTE_DOMAIN_DUPLICATE",
                $"Only unique values for domains are permitted. Duplicate entry of domain {domain} in route {Name}"));
        }
    }
}
