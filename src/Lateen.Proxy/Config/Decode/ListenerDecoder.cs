using System.Collections.Immutable;
using Envoy.Config.Listener.V3;
using Google.Protobuf;
using Lateen.Proxy.Listeners;
using Lateen.Proxy.Stats;
using ChainMatchProto = Envoy.Config.Listener.V3.FilterChainMatch;
using ChainProto = Envoy.Config.Listener.V3.FilterChain;
using FilterChain = Lateen.Proxy.Listeners.FilterChain;
using FilterChainMatch = Lateen.Proxy.Listeners.FilterChainMatch;
using Listener = Lateen.Proxy.Listeners.Listener;
using ListenerProto = Envoy.Config.Listener.V3.Listener;
using TrafficDirection = Lateen.Proxy.Listeners.TrafficDirection;

namespace Lateen.Proxy.Config.Decode;

/// <summary>Listeners and their filter chains.</summary>
internal static class ListenerDecoder
{
    /// <summary>
    /// Builds the snapshot of a listener. Chains whose bytes are those of <paramref name="previous"/> are taken over as
    /// they are, so
    /// that their connections and counters go on.
    /// </summary>
    public static Listener? Decode(ListenerProto listener, Listener? previous, string path, DecodeContext context)
    {
        context.Direction = listener.TrafficDirection switch
        {
            Envoy.Config.Core.V3.TrafficDirection.Inbound => TrafficDirection.Inbound,
            Envoy.Config.Core.V3.TrafficDirection.Outbound => TrafficDirection.Outbound,
            _ => TrafficDirection.Unspecified,
        };
        if (listener.FilterChainMatcher is not null || listener.UdpListenerConfig is not null
            || listener.Address?.SocketAddress?.Protocol == Envoy.Config.Core.V3.SocketAddress.Types.Protocol.Udp
            || listener.ApiListener is not null
            || listener.InternalListener is not null)
        {
            context.Error(path, "LISTENER",
                "filter_chain_matcher, UDP, API and internal listeners are not supported");
            return null;
        }
        var address = AddressDecoder.Decode(listener.Address, $"{path}.address", context);
        var (chains, standard) = DecodeChains(listener, previous, path, context);
        if (chains.Count == 0 && standard is null && context.Errors.Count == 0)
        {
            context.Error(path, "LISTENER", $"error adding listener '{address}': no filter chains specified");
        }
        var table = FilterChainTable.Build(chains, $"{path}.filter_chains", context.Errors);
        var result = new Listener
        {
            Name = listener.Name,
            Address = address,
            AdditionalAddresses = [.. listener.AdditionalAddresses.Select((additional, i) =>
                AddressDecoder.Decode(additional.Address, $"{path}.additional_addresses[{i}].address", context))],
            BindToPort = listener.BindToPort ?? listener.DeprecatedV1?.BindToPort ?? true,
            UseOriginalDst = listener.UseOriginalDst ?? false,
            Transparent = listener.Transparent,
            Freebind = listener.Freebind,
            ConnectionBufferBytesMax =
                (int)Math.Min(listener.PerConnectionBufferLimitBytes ?? 1024 * 1024, int.MaxValue),
            Direction = context.Direction,
            EnableReusePort = listener.EnableReusePort ?? true,
            TcpBacklogSize = (int)(listener.TcpBacklogSize ?? 0),
            ListenerFilters = WithOriginalDst(
                listener.UseOriginalDst ?? false,
                DecodeListenerFilters(listener.ListenerFilters, $"{path}.listener_filters", context)),
            ListenerFiltersTimeoutNanos = Durations.Nanos(listener.ListenerFiltersTimeout, 15_000_000_000),
            ContinueOnListenerFiltersTimeout = listener.ContinueOnListenerFiltersTimeout,
            FilterChains = table,
            AllFilterChains = [.. chains.Select(entry => entry.Chain)],
            DefaultFilterChain = standard,
            AccessLogs = AccessLogDecoder.Decode(listener.AccessLog, $"{path}.access_log", context),
            Stats = new ListenerStats(
                context.Stats, listener.StatPrefix.Length > 0 ? listener.StatPrefix : address.ToString()),
            DrainOnHealthCheckFail = listener.DrainType == ListenerProto.Types.DrainType.Default,
            SocketOptions = [.. listener.SocketOptions.Select(option => new SocketOptionConfig(
                (int)option.Level, (int)option.Name, (int)option.IntValue,
                option.BufValue.Length > 0 ? option.BufValue.ToByteArray() : null, (int)option.State))],
        };
        if (context.Errors.Count == 0)
        {
            return result;
        }
        result.Stats.Release();
        return null;
    }

    /// <summary>Whether two versions differ in nothing but their filter chains.</summary>
    public static bool DiffersOnlyInChains(ListenerProto old, ListenerProto next)
    {
        var (left, right) = (old.Clone(), next.Clone());
        foreach (var listener in new[] { left, right })
        {
            listener.FilterChains.Clear();
            listener.DefaultFilterChain = null;
        }
        return left.Equals(right);
    }

    private static (List<(FilterChainMatch Match, FilterChain Chain)> Chains, FilterChain? Default) DecodeChains(
        ListenerProto listener, Listener? previous, string path, DecodeContext context)
    {
        var known = new Dictionary<ByteString, FilterChain>();
        foreach (var chain in previous?.AllFilterChains ?? [])
        {
            known.TryAdd(ByteString.CopyFrom(chain.Source.Span), chain);
        }
        if (previous?.DefaultFilterChain is { } old)
        {
            known.TryAdd(ByteString.CopyFrom(old.Source.Span), old);
        }
        var chains = new List<(FilterChainMatch, FilterChain)>();
        for (var i = 0; i < listener.FilterChains.Count; i++)
        {
            var proto = listener.FilterChains[i];
            var at = $"{path}.filter_chains[{i}]";
            var match =
                DecodeMatch(proto.FilterChainMatch ?? new ChainMatchProto(), $"{at}.filter_chain_match", context);
            chains.Add((match, DecodeChain(proto, known, at, context)));
        }
        var standard = listener.DefaultFilterChain is null
            ? null
            : DecodeChain(listener.DefaultFilterChain, known, $"{path}.default_filter_chain", context);
        return (chains, standard);
    }

    private static FilterChain DecodeChain(
        ChainProto chain, Dictionary<ByteString, FilterChain> known, string path, DecodeContext context)
    {
        var source = chain.ToByteString();
        if (known.TryGetValue(source, out var same))
        {
            return same;
        }
        return new FilterChain
        {
            Name = chain.Name,
            Filters = NetworkFilterDecoder.Decode(chain.Filters, $"{path}.filters", context),
            Tls = TlsDecoder.DecodeDownstream(chain.TransportSocket, $"{path}.transport_socket", context),
            TransportSocketConnectTimeoutNanos = Durations.Nanos(chain.TransportSocketConnectTimeout),
            Source = source.Memory,
        };
    }

    private static FilterChainMatch DecodeMatch(ChainMatchProto match, string path, DecodeContext context)
    {
        if (match.AddressSuffix.Length > 0 || match.SuffixLen is not null)
        {
            context.Error(path, "LISTENER_MATCH", "address_suffix and suffix_len are not implemented");
        }
        for (var i = 0; i < match.ServerNames.Count; i++)
        {
            var name = match.ServerNames[i];
            if (name == "*" || (
                name.Contains('*') && (!name.StartsWith("*.", StringComparison.Ordinal) || name[1..].Contains('*'))))
            {
                context.Error($"{path}.server_names[{i}]", "LISTENER_MATCH",
                    $"partial wildcards are not supported in \"server_names\": {name}");
            }
        }
        return new FilterChainMatch
        {
            DestinationPort = (int)(match.DestinationPort ?? 0),
            PrefixRanges = AddressDecoder.DecodeRanges(match.PrefixRanges, $"{path}.prefix_ranges", context),
            ServerNames = [.. match.ServerNames.Select(name => name.ToLowerInvariant())],
            TransportProtocol = match.TransportProtocol,
            ApplicationProtocols = [.. match.ApplicationProtocols],
            DirectSourcePrefixRanges = AddressDecoder.DecodeRanges(
                match.DirectSourcePrefixRanges, $"{path}.direct_source_prefix_ranges", context),
            SourceType = (SourceType)(int)match.SourceType,
            SourcePrefixRanges =
                AddressDecoder.DecodeRanges(match.SourcePrefixRanges, $"{path}.source_prefix_ranges", context),
            SourcePorts = [.. match.SourcePorts.Select(port => (int)port)],
        };
    }

    /// <summary>A listener that hands connections over by their original destination reads it even when no filter says
    /// so.</summary>
    private static ImmutableArray<ListenerFilterConfig> WithOriginalDst(
        bool useOriginalDst, ImmutableArray<ListenerFilterConfig> filters)
    {
        return !useOriginalDst || filters.Any(filter => filter.Kind == ListenerFilterKind.OriginalDst)
            ? filters
            : filters.Add(new ListenerFilterConfig
            {
                Name = "envoy.filters.listener.original_dst",
                Kind = ListenerFilterKind.OriginalDst,
            });
    }

    private static ImmutableArray<ListenerFilterConfig> DecodeListenerFilters(
        Google.Protobuf.Collections.RepeatedField<ListenerFilter> filters, string path, DecodeContext context)
    {
        var result = ImmutableArray.CreateBuilder<ListenerFilterConfig>(filters.Count);
        for (var i = 0; i < filters.Count; i++)
        {
            var filter = filters[i];
            var type = TypedConfigs.Open(filter.TypedConfig, out var bytes, out _);
            ListenerFilterKind? kind = type switch
            {
                "envoy.extensions.filters.listener.original_dst.v3.OriginalDst" => ListenerFilterKind.OriginalDst,
                "envoy.extensions.filters.listener.original_src.v3.OriginalSrc" => ListenerFilterKind.OriginalSrc,
                "envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector" => ListenerFilterKind.TlsInspector,
                "envoy.extensions.filters.listener.http_inspector.v3.HttpInspector" => ListenerFilterKind.HttpInspector,
                "envoy.extensions.filters.listener.proxy_protocol.v3.ProxyProtocol" => ListenerFilterKind.ProxyProtocol,
                _ => null,
            };
            if (kind is null)
            {
                TypedConfigs.ReportUnknown(filter.Name, filter.TypedConfig, $"{path}[{i}]", context);
                continue;
            }
            result.Add(new ListenerFilterConfig
            {
                Name = filter.Name,
                Kind = kind.Value,
                DisabledPorts = DecodeDisabled(filter.FilterDisabled, $"{path}[{i}].filter_disabled", context),
                AllowRequestsWithoutProxyProtocol = kind == ListenerFilterKind.ProxyProtocol
                    && Envoy.Extensions.Filters.Listener.ProxyProtocol.V3.ProxyProtocol.Parser.ParseFrom(bytes)
                        .AllowRequestsWithoutProxyProtocol,
            });
        }
        return result.ToImmutable();
    }

    private static (int Start, int End)[] DecodeDisabled(
        ListenerFilterChainMatchPredicate? predicate, string path, DecodeContext context)
    {
        switch (predicate?.RuleCase)
        {
            case null:
                return [];
            case ListenerFilterChainMatchPredicate.RuleOneofCase.AnyMatch:
                return [(0, 65536)];
            case ListenerFilterChainMatchPredicate.RuleOneofCase.DestinationPortRange:
                return [(predicate.DestinationPortRange.Start, predicate.DestinationPortRange.End)];
            case ListenerFilterChainMatchPredicate.RuleOneofCase.OrMatch:
                return [.. predicate.OrMatch.Rules.SelectMany(rule => DecodeDisabled(rule, path, context))];
            case ListenerFilterChainMatchPredicate.RuleOneofCase.NotMatch:
                return Complement(DecodeDisabled(predicate.NotMatch, path, context));
            default:
                // a and b = not (not a or not b)
                return Complement([.. predicate.AndMatch?.Rules.SelectMany(rule =>
                    Complement(DecodeDisabled(rule, path, context))) ?? []]);
        }
    }

    private static (int Start, int End)[] Complement((int Start, int End)[] ranges)
    {
        var result = new List<(int, int)>();
        var next = 0;
        foreach (var (start, end) in ranges.OrderBy(range => range.Start))
        {
            if (start > next)
            {
                result.Add((next, start));
            }
            next = Math.Max(next, end);
        }
        if (next < 65536)
        {
            result.Add((next, 65536));
        }
        return [.. result];
    }
}
