using Envoy.Config.Core.V3;
using Envoy.Config.Listener.V3;
using Google.Protobuf.WellKnownTypes;
using Lateen.Pilot.Routes;

namespace Lateen.Pilot.Listeners;

/// <summary>Writes an outbound listener from its chains.</summary>
internal static class OutboundListenerWriter
{
    /// <summary>Protects a port from clients that never finish their TLS handshake.</summary>
    internal static readonly TimeSpan TransportSocketConnectTimeout = TimeSpan.FromSeconds(15);

    /// <summary>
    /// Writes it. A chain that takes everything becomes the default one when there are others; without one, what
    /// matches none is treated as unknown traffic.
    /// </summary>
    internal static Listener Write(TrafficContext context, OutboundEntry entry, bool withFallback = true)
    {
        var inspects = entry.Chains.Exists(chain => chain.ApplicationProtocols.Count > 0);
        var listener = new Listener
        {
            Name = Addresses.ListenerName(entry.Binds[0], entry.Port),
            Address = Addresses.Of(entry.Binds[0], entry.Port),
            AdditionalAddresses = { Addresses.Additional(entry.Binds, entry.Port) },
            TrafficDirection = TrafficDirection.Outbound,
            ContinueOnListenerFiltersTimeout = true,
            ListenerFiltersTimeout = (inspects ? context.Mesh.ProtocolDetectionTimeout : null) ?? Durations.Zero(),
        };
        if (entry.BindToPort)
        {
            listener.MaxConnectionsToAcceptPerSocketEvent = 1;
        }
        else
        {
            listener.BindToPort = false;
        }
        if (entry.Chains.Exists(chain => chain.ServerNames.Count > 0))
        {
            listener.ListenerFilters.Add(ListenerFilters.TlsInspector());
        }
        if (inspects)
        {
            listener.ListenerFilters.Add(ListenerFilters.HttpInspector());
        }
        foreach (var chain in entry.Chains)
        {
            if (chain.MatchesAll)
            {
                listener.DefaultFilterChain = Write(context, chain);
            }
            else
            {
                listener.FilterChains.Add(Write(context, chain));
            }
        }
        SetDefault(context, listener, withFallback);
        return listener;
    }

    /// <summary>Writes a chain with its conditions.</summary>
    internal static FilterChain Write(TrafficContext context, OutboundChain chain)
    {
        var result = new FilterChain
        {
            FilterChainMatch = chain.ToMatch(),
            Metadata = chain.Metadata,
            TransportSocket = chain.Tls,
            TransportSocketConnectTimeout = Duration.FromTimeSpan(TransportSocketConnectTimeout),
            Filters = { chain.Filters },
        };
        if (chain.Http is not null)
        {
            result.Filters.Add(
                NetworkFilters.HttpConnectionManager(HttpConnectionManagers.Build(context, chain.Http)));
        }
        return result;
    }

    private static void SetDefault(TrafficContext context, Listener listener, bool withFallback)
    {
        if (listener.DefaultFilterChain is not null && listener.FilterChains.Count == 0)
        {
            listener.FilterChains.Add(listener.DefaultFilterChain);
            listener.DefaultFilterChain = null;
        }
        else if (listener.DefaultFilterChain is null && withFallback)
        {
            listener.DefaultFilterChain = new FilterChain
            {
                Name = ListenerNames.PassthroughFilterChain,
                FilterChainMatch = new FilterChainMatch(),
                Filters = { TcpFilters.ForUnknown(context) },
            };
        }
    }
}
