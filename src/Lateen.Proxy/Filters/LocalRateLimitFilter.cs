using Lateen.Http;
using Lateen.Proxy.RateLimits;
using Lateen.Proxy.Routing;
using Lateen.Proxy.Runtime;
using Lateen.Proxy.Streams;

namespace Lateen.Proxy.Filters;

/// <summary>The HTTP filter <c>local_ratelimit</c>.</summary>
internal sealed class LocalRateLimitFilter : HttpFilter
{
    private const int GrpcResourceExhausted = 8;
    private const int GrpcUnavailable = 14;
    private static readonly byte[] Limited = "local_rate_limited"u8.ToArray();

    public required LocalRateLimitConfig Config { get; init; }

    public override HttpFilterResult OnRequest(HttpStream stream)
    {
        var (info, worker) = (stream.Info, stream.Worker.Index);
        var config = Route.GetPerFilterConfig(info, Name) as LocalRateLimitConfig ?? Config;
        if (!config.Enabled.IsHit(info.RandomValue, RuntimeSettings.Current))
        {
            return HttpFilterResult.Continue;
        }
        var described = Describe(config, stream.Request, info);
        var now = stream.Worker.NowNanos;
        var share = (ulong)Math.Max(1, config.SharedBy?.Current?.Hosts.Hosts.Length ?? 1);
        var taken = LimiterFor(config, info).TryTake(described, share, now, out var bucket, out var isShadow);
        if (config.EnableHeaders && bucket is not null)
        {
            stream.SetState(this, new Told(bucket.TokensMax, bucket.Remaining(now), bucket.SecondsToNext(now)));
        }
        config.Count(worker, taken);
        if (taken)
        {
            return HttpFilterResult.Continue;
        }
        if (isShadow)
        {
            config.CountShadow(worker);
            return HttpFilterResult.Continue;
        }
        if (!config.Enforced.IsHit(info.RandomValue, RuntimeSettings.Current))
        {
            config.RequestHeaders.Apply(stream.Request, info);
            return HttpFilterResult.Continue;
        }
        config.CountEnforced(worker);
        info.ResponseFlags |= ResponseFlags.RateLimited;
        info.ResponseCodeDetails = Limited;
        if (config.EnableRetryAfter && bucket is not null)
        {
            stream.LocalReplyHeaders.Add(
                "retry-after"u8, System.Text.Encoding.ASCII.GetBytes($"{bucket.SecondsToNext(now)}"));
        }
        config.ResponseHeaders.Apply(stream.LocalReplyHeaders, info);
        return new HttpFilterResult(HttpFilterStatus.LocalReply, config.Status, Limited,
            config.ResourceExhausted ? GrpcResourceExhausted : GrpcUnavailable);
    }

    public override HttpFilterStatus OnResponse(HttpStream stream, bool endStream)
    {
        if (stream.GetState(this) is Told told)
        {
            RateLimitHeaders.Add(stream.Response, told.Limit, told.Remaining, told.Reset);
        }
        return HttpFilterStatus.Continue;
    }

    private static List<RateLimitDescription> Describe(LocalRateLimitConfig config, HeaderMap request, StreamInfo info)
    {
        if (config.Policies.Length == 0)
        {
            return RateLimitPolicy.DescribeRoute(request, info, config.Stage, config.VirtualHost);
        }
        var result = new List<RateLimitDescription>();
        RateLimitPolicy.Add(config.Policies, request, info, 0, result, skipsDone: true);
        return result;
    }

    private LocalRateLimiter LimiterFor(LocalRateLimitConfig config, StreamInfo info)
    {
        if (!config.PerConnection)
        {
            return config.Limiter;
        }
        var key = $"lateen.local_ratelimit.{Name}";
        if (info.Connection.GetFilterState(key) is LocalRateLimiter limiter)
        {
            return limiter;
        }
        limiter = config.NewLimiter();
        info.Connection.SetFilterState(key, limiter);
        return limiter;
    }

    private sealed record Told(long Limit, long Remaining, long Reset);
}
