using System.Text;
using Envoy.Extensions.Filters.Http.Buffer.V3;
using Envoy.Extensions.Filters.Http.CdnLoop.V3;
using Envoy.Extensions.Filters.Http.IpTagging.V3;
using Lateen.Http;
using Lateen.Proxy.Filters;
using Lateen.Proxy.Routing;
using CsrfPolicy = Lateen.Proxy.Filters.CsrfPolicy;
using CsrfProto = Envoy.Extensions.Filters.Http.Csrf.V3.CsrfPolicy;
using HealthCheckProto = Envoy.Extensions.Filters.Http.HealthCheck.V3.HealthCheck;
using OriginalSrcProto = Envoy.Extensions.Filters.Http.OriginalSrc.V3.OriginalSrc;

namespace Lateen.Proxy.Config.Decode.Filters;

/// <summary>Small filters that look at requests and let them pass or not.</summary>
internal static class TrafficDecoder
{
    public static HttpFilter? Buffer(FilterSource source)
    {
        var bytes = source.Read(Envoy.Extensions.Filters.Http.Buffer.V3.Buffer.Parser).MaxRequestBytes;
        if (bytes is null or 0)
        {
            source.Error("max_request_bytes", "value must be greater than 0");
            return null;
        }
        return new BufferFilter { Name = source.Name, Disabled = source.Disabled, RequestBytesMax = Limit(bytes) };
    }

    public static object BufferRoute(FilterSource source)
    {
        var config = source.Read(BufferPerRoute.Parser);
        return config.Disabled ? PerFilterConfigs.Disabled : new BufferSettings(Limit(config.Buffer?.MaxRequestBytes));
    }

    public static HttpFilter CdnLoop(FilterSource source)
    {
        var config = source.Read(CdnLoopConfig.Parser);
        if (config.CdnId.Length == 0 || !CdnLoopFilter.IsId(Encoding.UTF8.GetBytes(config.CdnId)))
        {
            source.Error("cdn_id", $"Provided cdn_id \"{config.CdnId}\" is not a valid CDN identifier");
        }
        return new CdnLoopFilter
        {
            Name = source.Name,
            Disabled = source.Disabled,
            CdnId = Encoding.UTF8.GetBytes(config.CdnId),
            OccurrencesMax = (int)config.MaxAllowedOccurrences,
        };
    }

    public static HttpFilter Csrf(FilterSource source) => new CsrfFilter(source.Scope!)
    {
        Name = source.Name,
        Disabled = source.Disabled,
        Policy = Policy(source),
    };

    public static object CsrfRoute(FilterSource source) => Policy(source);

    public static HttpFilter IpTagging(FilterSource source)
    {
        var config = source.Read(IPTagging.Parser);
        if (config.IpTags.Count == 0)
        {
            source.Error("ip_tags", "HTTP IP Tagging Filter requires ip_tags to be specified.");
        }
        var tags = config.IpTags.Select((tag, i) => (tag.IpTagName,
            AddressDecoder.DecodeRanges(tag.IpList, $"{source.Path}.ip_tags[{i}].ip_list", source.Context)));
        return new IpTaggingFilter(source.Scope!, tags)
        {
            Name = source.Name,
            Disabled = source.Disabled,
            Internal = config.RequestType != IPTagging.Types.RequestType.External,
            Header = config.IpTagHeader is { Header.Length: > 0 } header ? HeaderName.Create(header.Header) : null,
            Sanitizes = config.IpTagHeader?.Action == IPTagging.Types.IpTagHeader.Types.HeaderAction.Sanitize,
            External = config.RequestType != IPTagging.Types.RequestType.Internal,
        };
    }

    public static HttpFilter OriginalSource(FilterSource source) => new OriginalSourceFilter
    {
        Name = source.Name,
        Disabled = source.Disabled,
        Mark = (int)source.Read(OriginalSrcProto.Parser).Mark,
    };

    public static HttpFilter HealthCheck(FilterSource source)
    {
        var config = source.Read(HealthCheckProto.Parser);
        var resources = source.Context.Resources;
        if (config.PassThroughMode is null)
        {
            source.Error("pass_through_mode", "value is required");
        }
        var isPassing = config.PassThroughMode ?? false;
        var cacheNanos = Durations.Nanos(config.CacheTime);
        if (!isPassing && cacheNanos > 0)
        {
            source.Error("cache_time", "cache_time_ms must not be set when path_through_mode is disabled");
        }
        if (isPassing && config.ClusterMinHealthyPercentages.Count > 0)
        {
            source.Error("cluster_min_healthy_percentages",
                "cluster_min_healthy_percentages must not be set when path_through_mode is enabled");
        }
        return new HealthCheckFilter(source.Scope!)
        {
            Name = source.Name,
            Disabled = source.Disabled,
            Headers = MatcherDecoder.DecodeHeaders(config.Headers, $"{source.Path}.headers", source.Context),
            PassThrough = isPassing,
            CacheNanos = cacheNanos,
            MinHealthy = [.. config.ClusterMinHealthyPercentages.Select(entry =>
                (source.Context.Cluster(entry.Key), entry.Value?.Value ?? 0))],
            NodeCluster = Encoding.UTF8.GetBytes(resources.NodeCluster),
            HasFailed = () => resources.HealthCheckFailed,
        };
    }

    private static int Limit(uint? bytes) => (int)Math.Min(bytes ?? 0, int.MaxValue);

    private static CsrfPolicy Policy(FilterSource source)
    {
        var config = source.Read(CsrfProto.Parser);
        if (config.FilterEnabled is null)
        {
            source.Error("filter_enabled", "value is required");
        }
        return new CsrfPolicy(
            config.FilterEnabled is null ? FractionalPercent.All : MatcherDecoder.DecodeFraction(config.FilterEnabled),
            config.ShadowEnabled is null ? new FractionalPercent(0, 100)
                : MatcherDecoder.DecodeFraction(config.ShadowEnabled),
            [.. config.AdditionalOrigins
                .Select((origin, i) => MatcherDecoder.DecodeString(
                    origin, $"{source.Path}.additional_origins[{i}]", source.Context)!)
                .Where(origin => origin is not null)]);
    }
}
