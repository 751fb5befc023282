using Lateen.Http;
using Lateen.Proxy.Streams;

namespace Lateen.Proxy.RateLimits;

/// <summary>How one descriptor is made of a request. Source: <c>route.v3.RateLimit</c>.</summary>
internal sealed record RateLimitPolicy(uint Stage, string DisableKey, RateLimitAction[] Actions)
{
    /// <summary>Key below which the service's limit is overridden by dynamic metadata; null: nothing overrides
    /// it.</summary>
    public (string Namespace, string[] Path)? Limit { get; init; }

    /// <summary>How much the request counts; null: the service's default of one.</summary>
    public HitsAddend? Hits { get; init; }

    /// <summary>The request is counted when it is over, without waiting for the answer.</summary>
    public bool OnStreamDone { get; init; }

    /// <summary>Runtime key that switches the policy off; null: none.</summary>
    public string? RuntimeKey { get; } =
        DisableKey.Length > 0 ? $"ratelimit.{DisableKey}.http_filter_enabled" : null;

    /// <summary>The descriptor, or null when an entry or the count is missing.</summary>
    public RateLimitDescription? Describe(HeaderMap request, StreamInfo info)
    {
        var entries = new List<RateLimitEntry>(Actions.Length);
        foreach (var action in Actions)
        {
            if (!action(request, info, out var entry))
            {
                return null;
            }
            if (entry.Key is not null)
            {
                entries.Add(entry);
            }
        }
        var hits = Hits?.Of(info);
        return entries.Count == 0 || (Hits is not null && hits is null)
            ? null : new RateLimitDescription([.. entries], hits);
    }

    /// <summary>
    /// All descriptors of a stage: the route's policies, and the virtual host's as <paramref name="choice"/> says or
    /// where the route asks for them.
    /// </summary>
    public static List<RateLimitDescription> DescribeRoute(
        HeaderMap request, StreamInfo info, uint stage, VirtualHostRateLimits choice)
    {
        var result = new List<RateLimitDescription>();
        var own = info.Route?.Action?.RateLimits ?? [];
        Add(own, request, info, stage, result);
        if (choice == VirtualHostRateLimits.Include
            || (own.Length == 0 && choice == VirtualHostRateLimits.Override)
            || info.Route?.Action?.IncludeVirtualHostRateLimits == true)
        {
            Add(info.VirtualHost?.RateLimits ?? [], request, info, stage, result);
        }
        return result;
    }

    /// <summary>Adds the descriptors of these policies.</summary>
    public static void Add(
        RateLimitPolicy[] policies, HeaderMap request, StreamInfo info, uint stage, List<RateLimitDescription> result,
        bool skipsDone = false)
    {
        foreach (var policy in policies)
        {
            if (policy.Stage == stage && policy.DisableKey.Length == 0 && !(skipsDone && policy.OnStreamDone)
                && policy.Describe(request, info) is { } descriptor)
            {
                result.Add(descriptor);
            }
        }
    }
}
