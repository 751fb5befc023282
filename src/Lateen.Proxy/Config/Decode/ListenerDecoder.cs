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
        context.Direction = DirectionOf(listener);
        if (listener.Address?.SocketAddress?.Protocol == Envoy.Config.Core.V3.SocketAddress.Types.Protocol.Udp
            || listener.ApiListener is not null)
        {
            context.Error(path, "LISTENER", "UDP and API listeners are not supported");
            return null;
        }
        ListenerCheck.Check(listener, path, context);
        var isInternal = listener.InternalListener is not null;
        var address = AddressOf(listener, path, context);
        var prefix = listener.StatPrefix.Length > 0 ? listener.StatPrefix : address.ToString();
        context.ListenerStatPrefix = prefix;
        context.StatsOwner = ("listener.", StatNames.Sanitize(prefix));
        var (chains, standard) = DecodeChains(listener, previous, path, context);
        if (chains.Count == 0 && standard is null && context.Errors.Count == 0)
        {
            context.Error(path, "LISTENER", $"error adding listener '{address}': no filter chains specified");
        }
        // With a matcher the chains' own rules mean nothing, and their names must differ.
        var hasMatcher = listener.FilterChainMatcher is not null;
        var table = FilterChainTable.Build(hasMatcher ? [] : chains, $"{path}.filter_chains", context.Errors);
        var result = new Listener
        {
            Name = listener.Name,
            Metadata = MatcherDecoder.DecodeMetadataMap(listener.Metadata, context),
            Address = address,
            AdditionalAddresses = [.. listener.AdditionalAddresses.Select((additional, i) =>
                AddressDecoder.Decode(additional.Address, $"{path}.additional_addresses[{i}].address", context))],
            InternalBufferBytesMax = isInternal ? context.Resources.InternalBufferBytesMax : 0,
            BindToPort = !isInternal && (listener.BindToPort ?? listener.DeprecatedV1?.BindToPort ?? true),
            UseOriginalDst = listener.UseOriginalDst ?? false,
            Transparent = listener.Transparent,
            BalancesExactly = listener.ConnectionBalanceConfig?.ExactBalance is not null,
            Freebind = listener.Freebind,
            ConnectionBufferBytesMax =
                (int)Math.Min(listener.PerConnectionBufferLimitBytes ?? 1024 * 1024, int.MaxValue),
            Direction = context.Direction,
            EnableReusePort = listener.EnableReusePort ?? true,
            TcpBacklogSize = (int)(listener.TcpBacklogSize ?? 0),
            ListenerFilters = ListenerFilterDecoder.Decode(
                listener.ListenerFilters, listener.UseOriginalDst ?? false, $"{path}.listener_filters", context),
            ListenerFiltersTimeoutNanos = Durations.Positive(
                listener.ListenerFiltersTimeout, $"{path}.listener_filters_timeout", context, 15_000_000_000),
            ContinueOnListenerFiltersTimeout = listener.ContinueOnListenerFiltersTimeout,
            FilterChains = table,
            Matcher = hasMatcher
                ? DecodeMatcher(listener.FilterChainMatcher!, chains, $"{path}.filter_chain_matcher", context)
                : null,
            Quota = previous?.Quota ?? new ConnectionQuota(listener.Name),
            IgnoresGlobalLimit = listener.IgnoreGlobalConnLimit,
            BypassesOverloadManager = listener.BypassOverloadManager,
            FastOpenQueueLength = (int?)listener.TcpFastOpenQueueLength,
            AcceptsPerEventMax = (int)(listener.MaxConnectionsToAcceptPerSocketEvent ?? 0),
            AllFilterChains = [.. chains.Select(entry => entry.Chain)],
            DefaultFilterChain = standard,
            AccessLogs = AccessLogDecoder.Decode(listener.AccessLog, $"{path}.access_log", context),
            Stats = new ListenerStats(context.Stats, prefix, HasTls(chains, standard)),
            DrainOnHealthCheckFail = listener.DrainType == ListenerProto.Types.DrainType.Default,
            SocketOptions = SocketOptionDecoder.Decode(listener),
        };
        if (context.Errors.Count == 0)
        {
            return result;
        }
        result.Stats.Release();
        return null;
    }

    private static bool HasTls(List<(FilterChainMatch Match, FilterChain Chain)> chains, FilterChain? standard) =>
        standard?.Tls is not null || chains.Exists(static entry => entry.Chain.Tls is not null);

    private static Addresses.Address AddressOf(ListenerProto listener, string path, DecodeContext context)
    {
        if (listener.InternalListener is not null)
        {
            return InternalListenerCheck.AddressOf(listener, path, context);
        }
        var address = AddressDecoder.Decode(listener.Address, $"{path}.address", context);
        if (address.IsInternal)
        {
            context.Error(path, "LISTENER", $"error adding listener named '{listener.Name}': use internal_listener"
                + " field instead of address for internal");
        }
        return address;
    }

    private static TrafficDirection DirectionOf(ListenerProto listener) => listener.TrafficDirection switch
    {
        Envoy.Config.Core.V3.TrafficDirection.Inbound => TrafficDirection.Inbound,
        Envoy.Config.Core.V3.TrafficDirection.Outbound => TrafficDirection.Outbound,
        _ => TrafficDirection.Unspecified,
    };

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
        var known = new Dictionary<string, FilterChain>();
        foreach (var chain in previous?.AllFilterChains ?? [])
        {
            known.TryAdd(chain.Digest, chain);
        }
        if (previous?.DefaultFilterChain is { } old)
        {
            known.TryAdd(old.Digest, old);
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
        ChainProto chain, Dictionary<string, FilterChain> known, string path, DecodeContext context)
    {
        var digest = Convert.ToBase64String(System.Security.Cryptography.SHA256.HashData(chain.ToByteArray()));
        if (known.TryGetValue(digest, out var same))
        {
            return same;
        }
        var socketPath = $"{path}.transport_socket";
        var socket = SocketTapDecoder.Unwrap(chain.TransportSocket, ref socketPath, context, out var tap);
        return new FilterChain
        {
            Name = chain.Name,
            Metadata = MatcherDecoder.DecodeMetadataMap(chain.Metadata, context),
            Filters = NetworkFilterDecoder.Decode(chain.Filters, $"{path}.filters", context),
            Tls = TlsDecoder.DecodeDownstream(socket, socketPath, context),
            Tap = tap,
            TransportSocketConnectTimeoutNanos = Durations.Positive(
                chain.TransportSocketConnectTimeout, $"{path}.transport_socket_connect_timeout", context),
            Digest = digest,
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

    private static FilterChainMatcher? DecodeMatcher(
        global::Xds.Type.Matcher.V3.Matcher matcher, List<(FilterChainMatch Match, FilterChain Chain)> chains,
            string path,
        DecodeContext context)
    {
        var byName = new Dictionary<string, FilterChain>();
        foreach (var (_, chain) in chains)
        {
            if (chain.Name.Length == 0)
            {
                context.Error(path, "LISTENER_MATCH",
                    "error adding listener: \"name\" field is required when using a listener matcher");
            }
            else if (!byName.TryAdd(chain.Name, chain))
            {
                context.Error(path, "LISTENER_MATCH", "error adding listener: chain names must be unique: "
                    + chain.Name);
            }
        }
        var tree = new MatcherTreeDecoder<string>(DecodeName, context).Decode(matcher, path);
        return tree is null ? null : new FilterChainMatcher(tree, byName);

        string? DecodeName(global::Xds.Core.V3.TypedExtensionConfig action, string at)
        {
            if (TypedConfigs.Open(action.TypedConfig, out var bytes, out var fields)
                != "google.protobuf.StringValue")
            {
                TypedConfigs.ReportUnknown(action.Name, action.TypedConfig, at, context);
                return null;
            }
            return TypedConfigs.Read(Google.Protobuf.WellKnownTypes.StringValue.Parser, bytes, fields).Value;
        }
    }
}
