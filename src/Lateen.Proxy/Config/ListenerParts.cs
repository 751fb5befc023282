using Lateen.Proxy.Filters;
using Lateen.Proxy.Http;
using Lateen.Proxy.Listeners;
using Lateen.Proxy.Routing;
using Lateen.Xds;

namespace Lateen.Proxy.Config;

/// <summary>What listeners consist of, as far as discovery is concerned.</summary>
internal static class ListenerParts
{
    public static IEnumerable<FilterChain> ChainsOf(Listener listener) =>
        listener.DefaultFilterChain is { } standard ? listener.AllFilterChains.Add(standard) : listener.AllFilterChains;

    public static IEnumerable<RouteConfigurationSlot> RoutesOf(Listener listener) => ChainsOf(listener)
        .SelectMany(chain => chain.Filters)
        .OfType<HttpConnectionManagerConfig>()
        .Select(hcm => hcm.Routes)
        .Where(slot => slot.Source is not null);

    public static IEnumerable<ScopedRoutes> ScopesOf(Listener listener) => ChainsOf(listener)
        .SelectMany(chain => chain.Filters)
        .OfType<HttpConnectionManagerConfig>()
        .Select(hcm => hcm.ScopedRoutes)
        .OfType<ScopedRoutes>();

    public static IEnumerable<HttpFilter> HttpFiltersOf(Listener listener) => ChainsOf(listener)
        .SelectMany(chain => chain.Filters)
        .OfType<HttpConnectionManagerConfig>()
        .SelectMany(hcm => hcm.AllFilters);

    /// <summary>Filters of all kinds whose configuration is discovered.</summary>
    public static IEnumerable<ExtensionSlot> SlotsOf(Listener listener) =>
    [
        .. listener.ListenerFilters.Select(filter => filter.Slot).OfType<ExtensionSlot>(),
        .. ChainsOf(listener).SelectMany(chain => chain.Filters).OfType<DiscoveredNetworkConfig>()
            .Select(filter => filter.Slot),
        .. HttpFiltersOf(listener).OfType<DiscoveredFilter>().Select(filter => filter.Slot),
    ];

    /// <summary>What a listener waits for: types and names.</summary>
    public static IEnumerable<(string TypeUrl, string Name)> GetAwaited(Listener listener) =>
    [
        .. SlotsOf(listener).Where(slot => !slot.IsSettled)
            .Select(slot => (TypeUrls.TypedExtensionConfig, slot.Name)),
        .. RoutesOf(listener).Where(slot => !slot.IsSettled)
            .Select(slot => (TypeUrls.RouteConfiguration, slot.Name)),
        .. ScopesOf(listener).Where(scoped => !scoped.Scopes.IsSettled)
            .Select(scoped => (TypeUrls.ScopedRouteConfiguration, scoped.Name)),
        .. ChainsOf(listener).SelectMany(chain => chain.Tls?.GetAwaited() ?? [])
            .Select(name => (TypeUrls.Secret, name)),
    ];
}
