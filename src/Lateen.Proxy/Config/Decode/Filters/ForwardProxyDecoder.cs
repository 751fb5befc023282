using System.Text;
using Envoy.Extensions.Filters.Http.DynamicForwardProxy.V3;
using Lateen.Http;
using Lateen.Proxy.Filters;

namespace Lateen.Proxy.Config.Decode.Filters;

/// <summary>The filter <c>dynamic_forward_proxy</c>.</summary>
internal static class ForwardProxyDecoder
{
    public static HttpFilter? Filter(FilterSource source)
    {
        var config = source.Read(FilterConfig.Parser);
        if (config.SubClusterConfig is not null)
        {
            source.Error("sub_cluster_config", "sub-clusters are not supported");
            return null;
        }
        if (config.AllowDynamicHostFromFilterState)
        {
            source.Error("allow_dynamic_host_from_filter_state",
                "allow_dynamic_host_from_filter_state is not supported");
            return null;
        }
        if (DnsDecoder.Cache(config.DnsCacheConfig, $"{source.Path}.dns_cache_config", source.Context) is not { } cache)
        {
            return null;
        }
        if (source.Context.Resources.DnsCaches.GetOrAdd(cache) is not { } shared)
        {
            source.Error("dns_cache_config", $"config specified DNS cache '{cache.Name}' with different settings");
            return null;
        }
        return new ForwardProxyFilter
        {
            Name = source.Name,
            Disabled = source.Disabled,
            Cache = shared,
            SavesAddress = config.SaveUpstreamAddress,
        };
    }

    public static object? Route(FilterSource source)
    {
        var config = source.Read(PerRouteConfig.Parser);
        return new ForwardProxyRouteSettings(
            Encoding.UTF8.GetBytes(config.HostRewriteLiteral),
            config.HostRewriteHeader.Length > 0 ? HeaderName.Create(config.HostRewriteHeader) : null);
    }
}
