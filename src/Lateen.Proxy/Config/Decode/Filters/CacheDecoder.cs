using Envoy.Extensions.Filters.Http.Cache.V3;
using Lateen.Proxy.Filters;
using Lateen.Proxy.Routing;

namespace Lateen.Proxy.Config.Decode.Filters;

/// <summary>The filter <c>cache</c>. Parameters of keys have no effect, as in Envoy.</summary>
internal static class CacheDecoder
{
    private const string SimpleType = "envoy.extensions.http.cache.simple_http_cache.v3.SimpleHttpCacheConfig";

    public static HttpFilter? Filter(FilterSource source)
    {
        var config = source.Read(CacheConfig.Parser);
        var isOff = config.Disabled ?? false;
        if (config.TypedConfig is null && !isOff)
        {
            source.Error("", "at least one of typed_config or disabled must be set");
            return null;
        }
        if (!isOff && TypedConfigs.Open(config.TypedConfig, out _, out _) != SimpleType)
        {
            TypedConfigs.ReportUnknown("", config.TypedConfig, $"{source.Path}.typed_config", source.Context);
            return null;
        }
        var vary = config.AllowedVaryHeaders
            .Select((rule, i) => MatcherDecoder.DecodeString(
                rule, $"{source.Path}.allowed_vary_headers[{i}]", source.Context))
            .OfType<StringMatcher>().ToArray();
        return new CacheFilter
        {
            Name = source.Name,
            Disabled = source.Disabled,
            Cache = isOff ? null : source.Context.Resources.HttpCache,
            AllowedVary = vary,
            IgnoreRequestCacheControl = config.IgnoreRequestCacheControlHeader,
        };
    }
}
