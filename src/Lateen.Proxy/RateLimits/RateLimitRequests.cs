using Envoy.Extensions.Common.Ratelimit.V3;
using Envoy.Service.Ratelimit.V3;
using Google.Protobuf.WellKnownTypes;
using Lateen.Proxy.Routing;
using Lateen.Proxy.Streams;
using Override = Envoy.Extensions.Common.Ratelimit.V3.RateLimitDescriptor.Types.RateLimitOverride;
using RateLimitUnit = Envoy.Type.V3.RateLimitUnit;

namespace Lateen.Proxy.RateLimits;

/// <summary>What the rate limit service is asked.</summary>
internal static class RateLimitRequests
{
    private const string HitsKey = "envoy.ratelimit.hits_addend";

    /// <summary>The question for a stream; null when no policy makes a descriptor.</summary>
    public static RateLimitRequest? Build(
        StreamInfo info, RateLimitConfig config, RateLimitRouteSettings? route, bool isOver)
    {
        var request = new RateLimitRequest
        {
            Domain = route is { Domain.Length: > 0 } ? route.Domain : config.Domain,
        };
        var replaced = route is { Policies.Length: > 0 } ? route.Policies : config.Policies;
        if (replaced.Length > 0)
        {
            Add(replaced, info, 0, isOver, request);
        }
        else
        {
            AddRoute(info, config, route, isOver, request);
        }
        if (request.Descriptors.Count == 0)
        {
            return null;
        }
        if (info.GetFilterState(HitsKey)?.ToString() is { } text && uint.TryParse(text, out var hits))
        {
            request.HitsAddend = hits;
        }
        return request;
    }

    private static void AddRoute(
        StreamInfo info, RateLimitConfig config, RateLimitRouteSettings? route, bool isOver, RateLimitRequest request)
    {
        var own = info.Route?.Action?.RateLimits ?? [];
        Add(own, info, config.Stage, isOver, request);
        var choice = route?.VirtualHost ?? VirtualHostRateLimits.Override;
        if (choice != VirtualHostRateLimits.Ignore
            && (choice == VirtualHostRateLimits.Include || own.Length == 0
                || info.Route?.Action?.IncludeVirtualHostRateLimits == true))
        {
            Add(info.VirtualHost?.RateLimits ?? [], info, config.Stage, isOver, request);
        }
    }

    private static void Add(
        RateLimitPolicy[] policies, StreamInfo info, uint stage, bool isOver, RateLimitRequest request)
    {
        foreach (var policy in policies)
        {
            if (policy.Stage != stage || policy.OnStreamDone != isOver
                || (policy.RuntimeKey is { } key
                    && info.RandomValue % 100 >= RuntimeSettings.Current.GetNumber(key, 100))
                || policy.Describe(info.RequestHeaders!, info) is not { } description)
            {
                continue;
            }
            var descriptor = new RateLimitDescriptor();
            foreach (var entry in description.Entries)
            {
                descriptor.Entries.Add(new RateLimitDescriptor.Types.Entry { Key = entry.Key, Value = entry.Value });
            }
            descriptor.Limit = LimitOf(policy, info);
            descriptor.HitsAddend = description.Hits;
            request.Descriptors.Add(descriptor);
        }
    }

    private static Override? LimitOf(RateLimitPolicy policy, StreamInfo info)
    {
        if (policy.Limit is not { } where
            || info.Metadata?.GetPath(where.Namespace, where.Path) is not Value { StructValue: { } fields }
            || !fields.Fields.TryGetValue("requests_per_unit", out var count)
            || !fields.Fields.TryGetValue("unit", out var unit)
            || !System.Enum.TryParse<RateLimitUnit>(unit.StringValue, true, out var parsed))
        {
            return null;
        }
        return new Override { RequestsPerUnit = (uint)count.NumberValue, Unit = parsed };
    }
}
