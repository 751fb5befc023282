using Lateen.Http;
using Lateen.Proxy.Routing;
using Lateen.Proxy.Stats;
using Lateen.Proxy.Streams;

namespace Lateen.Proxy.Filters;

/// <summary>The HTTP filter <c>cors</c>; policies come with routes and virtual hosts. Source:
/// <c>cors.v3.Cors</c>.</summary>
internal sealed class CorsFilter : HttpFilter
{
    /// <summary>The name under which the policies of routes themselves are kept.</summary>
    public const string CanonicalName = "envoy.filters.http.cors";

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
        var isValid = MatchesOrigin(Find(info, static level => level.Origins.Length > 0)?.Origins ?? [], origin);
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
        if (info.FilterState?.Get(OriginKey) is not Outcome outcome || PolicyOf(info) is null
            || info.RequestHeaders is not { } request)
        {
            return;
        }
        if (!ReferenceEquals(outcome, Outcome.InvalidPreflight))
        {
            response.Set(HeaderId.AccessControlAllowOrigin, request.Get(HeaderId.Origin));
            Put(response, HeaderId.AccessControlExposeHeaders,
                Find(info, static level => level.ExposeHeaders.Length > 0)?.ExposeHeaders);
        }
        if (Find(info, static level => level.AllowCredentials is not null)?.AllowCredentials == true)
        {
            response.Set(HeaderId.AccessControlAllowCredentials, "true"u8);
        }
        if (ReferenceEquals(outcome, Outcome.Valid))
        {
            return;
        }
        var methods = Find(info, static level => level.AllowMethods.Length > 0)?.AllowMethods;
        Put(response, HeaderId.AccessControlAllowMethods, methods.AsSpan().SequenceEqual("*"u8)
            ? request.Get(HeaderId.AccessControlRequestMethod)
            : methods);
        var headers = Find(info, static level => level.AllowHeaders.Length > 0)?.AllowHeaders;
        Put(response, HeaderId.AccessControlAllowHeaders, headers.AsSpan().SequenceEqual("*"u8)
            ? request.Get(HeaderId.AccessControlRequestHeaders)
            : headers);
        Put(response, HeaderId.AccessControlMaxAge, Find(info, static level => level.MaxAge.Length > 0)?.MaxAge);
        if (request.Contains(PrivateNetworkRequest)
            && Find(info, static level => level.AllowPrivateNetwork) is not null)
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

    private CorsPolicy? PolicyOf(StreamInfo info) => Find(info, static _ => true);

    /// <summary>The policy of the most specific level that says something; null: none does.</summary>
    private CorsPolicy? Find(StreamInfo info, Func<CorsPolicy, bool> says) =>
        Level(info.WeightedCluster?.PerFilter, says) ?? Level(info.Route?.PerFilter, says)
        ?? Level(info.VirtualHost?.PerFilter, says) ?? Level(info.RouteConfiguration?.PerFilter, says);

    private CorsPolicy? Level(PerFilterConfigs? level, Func<CorsPolicy, bool> says) =>
        (level?.Get(Name) ?? level?.Get(CanonicalName)) is CorsPolicy policy && says(policy) ? policy : null;

    private static bool MatchesOrigin(StringMatcher[] origins, ReadOnlySpan<byte> origin)
    {
        foreach (var matcher in origins)
        {
            if (matcher.IsMatch("*"u8) || matcher.IsMatch(origin))
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
