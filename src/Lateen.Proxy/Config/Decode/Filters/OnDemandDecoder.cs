using Envoy.Extensions.Filters.Http.OnDemand.V3;
using Lateen.Proxy.Filters;

namespace Lateen.Proxy.Config.Decode.Filters;

/// <summary>The filter <c>on_demand</c>.</summary>
internal static class OnDemandDecoder
{
    private const long TimeoutNanosDefault = 5_000_000_000;

    public static HttpFilter? Filter(FilterSource source) => new OnDemandFilter
    {
        Name = source.Name,
        Disabled = source.Disabled,
        Resources = source.Context.Resources,
        Clusters = Clusters(source.Read(OnDemand.Parser).Odcds, source),
    };

    public static object? Route(FilterSource source) => Clusters(source.Read(PerRouteConfig.Parser).Odcds, source);

    private static OnDemandClusters? Clusters(OnDemandCds? odcds, FilterSource source)
    {
        if (odcds is null)
        {
            return null;
        }
        if (odcds.ResourcesLocator.Length > 0)
        {
            source.Error("odcds.resources_locator", "xdstp locators are not supported");
            return null;
        }
        return new OnDemandClusters(
            SourceDecoder.Decode(odcds.Source, $"{source.Path}.odcds.source", source.Context),
            Durations.Nanos(odcds.Timeout, TimeoutNanosDefault));
    }
}
