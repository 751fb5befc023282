using Envoy.Config.Core.V3;
using Lateen.Proxy.Filters;
using Lateen.Proxy.Stats;
using HttpFilterProto = Envoy.Extensions.Filters.Network.HttpConnectionManager.V3.HttpFilter;

namespace Lateen.Proxy.Config.Decode.Filters;

/// <summary>HTTP filters whose configuration is discovered.</summary>
internal static class DiscoveredFilterDecoder
{
    /// <summary>The filter with its place in the table of extensions.</summary>
    public static HttpFilter? Decode(
        HttpFilterProto filter, ExtensionConfigSource discovery, StatsScope scope, string path, DecodeContext context)
    {
        var name = filter.Name;
        var slot = ExtensionDecoder.Decode(
            name, discovery, "http_filter", $"{path}.config_discovery", context, (config, inner) =>
            {
                var built = HttpFilterDecoder.DecodeInner(
                    new HttpFilterProto { Name = name, TypedConfig = config }, scope, name, inner);
                if (built is { IsTerminal: true })
                {
                    inner.Error(name, "HTTP_FILTERS", "a terminal filter cannot be discovered");
                }
                return built;
            });
        return slot is null ? null : new DiscoveredFilter { Name = name, Disabled = filter.Disabled, Slot = slot };
    }
}
