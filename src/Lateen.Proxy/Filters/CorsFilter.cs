using Lateen.Http;
using Lateen.Proxy.Routing;
using Lateen.Proxy.Stats;
using Lateen.Proxy.Streams;

namespace Lateen.Proxy.Filters;

/// <summary>The HTTP filter <c>cors</c>; policies come with routes and virtual hosts. Source:
/// <c>cors.v3.Cors</c>.</summary>
internal sealed class CorsFilter : HttpFilter
{
    private const string OriginKey = "lateen.cors.origin";
    private static readonly byte[] Details = "cors_response"u8.ToArray();
    private static readonly HeaderName PrivateNetworkRequest =
        HeaderName.Create("access-control-request-private-network");
    private static readonly HeaderName PrivateNetworkAllow = HeaderName.Create("access-control-allow-private-network");

    private readonly StatsScope _scope;
    private readonly int _valid;
    private readonly int _invalid;

    public CorsFilter(StatsScope scope)
    {
        _scope = scope;
        _valid = scope.GetOrAdd("cors.origin_valid");
        _invalid = scope.GetOrAdd("cors.origin_invalid");
    }

    public override HttpFilterResult OnRequestHeaders(int worker, HeaderMap request, StreamInfo info)
    {
        var policy = PolicyOf(info);
        var origin = request.Get(HeaderId.Origin);
        if (policy is null || origin.IsEmpty || info.Route?.Action is null)
        {
            return HttpFilterResult.Continue;
        }
        var enforced = policy.Enabled.IsHit(info.RandomValue, RuntimeSettings.Current);
        if (!enforced && !policy.Shadow.IsHit(info.RandomValue, RuntimeSettings.Current))
        {
            return HttpFilterResult.Continue;
        }
        var isValid = MatchesOrigin(policy, origin);
        _scope.Add(worker, isValid ? _valid : _invalid);
        if (!enforced)
        {
            return HttpFilterResult.Continue;
        }
        var isPreflight = request.Get(HeaderId.Method).SequenceEqual("OPTIONS"u8)
            && request.Get(HeaderId.AccessControlRequestMethod).Length > 0;
        if (isPreflight && (isValid || !policy.ForwardNotMatchingPreflights))
        {
            info.ResponseCodeDetails = Details;
            info.SetFilterState(OriginKey, isValid ? Outcome.Preflight : Outcome.InvalidPreflight);
            return new HttpFilterResult(HttpFilterStatus.LocalReply, 200, []);
        }
        if (isValid)
        {
            info.SetFilterState(OriginKey, Outcome.Valid);
        }
        return HttpFilterResult.Continue;
    }

    public override void OnResponseHeaders(int worker, HeaderMap response, StreamInfo info)
    {
        if (info.FilterState?.Get(OriginKey) is not Outcome outcome || PolicyOf(info) is not { } policy
            || info.RequestHeaders is not { } request)
        {
            return;
        }
        if (!ReferenceEquals(outcome, Outcome.InvalidPreflight))
        {
            response.Set(HeaderId.AccessControlAllowOrigin, request.Get(HeaderId.Origin));
            Put(response, HeaderId.AccessControlExposeHeaders, policy.ExposeHeaders);
        }
        if (policy.AllowCredentials)
        {
            response.Set(HeaderId.AccessControlAllowCredentials, "true"u8);
        }
        if (ReferenceEquals(outcome, Outcome.Valid))
        {
            return;
        }
        Put(response, HeaderId.AccessControlAllowMethods, policy.AllowMethods.AsSpan().SequenceEqual("*"u8)
            ? request.Get(HeaderId.AccessControlRequestMethod)
            : policy.AllowMethods);
        Put(response, HeaderId.AccessControlAllowHeaders, policy.AllowHeaders.AsSpan().SequenceEqual("*"u8)
            ? request.Get(HeaderId.AccessControlRequestHeaders)
            : policy.AllowHeaders);
        Put(response, HeaderId.AccessControlMaxAge, policy.MaxAge);
        if (policy.AllowPrivateNetwork && request.Contains(PrivateNetworkRequest))
        {
            response.Set(PrivateNetworkAllow, "true"u8);
        }
    }

    private static void Put(HeaderMap response, HeaderId id, ReadOnlySpan<byte> value)
    {
        if (!value.IsEmpty)
        {
            response.Set(id, value);
        }
    }

    private CorsPolicy? PolicyOf(StreamInfo info) => Route.GetPerFilterConfig(info, Name) as CorsPolicy;

    private static bool MatchesOrigin(CorsPolicy policy, ReadOnlySpan<byte> origin)
    {
        foreach (var matcher in policy.Origins)
        {
            if (matcher.IsMatch(origin))
            {
                return true;
            }
        }
        return false;
    }

    private sealed class Outcome
    {
        public static Outcome Valid { get; } = new();

        public static Outcome Preflight { get; } = new();

        public static Outcome InvalidPreflight { get; } = new();
    }
}
