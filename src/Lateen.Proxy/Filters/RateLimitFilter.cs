using System.Globalization;
using System.Text;
using Envoy.Service.Ratelimit.V3;
using Google.Protobuf;
using Lateen.Http;
using Lateen.Proxy.Clusters;
using Lateen.Proxy.RateLimits;
using Lateen.Proxy.Routing;
using Lateen.Proxy.Runtime;
using Lateen.Proxy.Streams;
using Lateen.Proxy.Tracing;
using Code = Envoy.Service.Ratelimit.V3.RateLimitResponse.Types.Code;
using DescriptorStatus = Envoy.Service.Ratelimit.V3.RateLimitResponse.Types.DescriptorStatus;
using Unit = Envoy.Service.Ratelimit.V3.RateLimitResponse.Types.RateLimit.Types.Unit;

namespace Lateen.Proxy.Filters;

/// <summary>The HTTP filter <c>ratelimit</c>: a service counts requests by their descriptors.</summary>
internal sealed class RateLimitFilter : HttpFilter
{
    private const int GrpcResourceExhausted = 8;
    private static readonly byte[] Path = "/envoy.service.ratelimit.v3.RateLimitService/ShouldRateLimit"u8.ToArray();
    private static readonly byte[] LimitedDetails = "request_rate_limited"u8.ToArray();
    private static readonly byte[] ErrorDetails = "rate_limiter_error"u8.ToArray();
    private static readonly HeaderName RetryAfter = HeaderName.Create("retry-after");
    private static readonly HeaderName LimitedHeader = HeaderName.Create("x-envoy-ratelimited");

    private static ReadOnlySpan<byte> StatusTag => "ratelimit_status"u8;

    public required RateLimitConfig Config { get; init; }

    public override HttpFilterResult OnRequest(HttpStream stream)
    {
        var info = stream.Info;
        if (info.Route?.Action is null || info.UpstreamCluster is not { } cluster
            || (Config.InternalOnly && !info.IsInternal) || (Config.ExternalOnly && info.IsInternal)
            || !Config.Enabled.IsHit(info.RandomValue, RuntimeSettings.Current))
        {
            return HttpFilterResult.Continue;
        }
        var route = Route.GetPerFilterConfig(info, Name) as RateLimitRouteSettings;
        var pending = new Pending(route);
        stream.SetState(this, pending);
        if (RateLimitRequests.Build(info, Config, route, false) is not { } request)
        {
            return HttpFilterResult.Continue;
        }
        pending.Call = Config.Service.Call(stream.Worker, stream, Path, request, (status, message, span) =>
        {
            pending.Call = null;
            pending.Span = span;
            stream.ResumeRequest(OnAnswer(stream, pending, cluster, status, message));
        });
        return pending.Call is null && Config.Service.Cluster.Current is null
            ? Fail(stream, cluster)
            : HttpFilterResult.Wait;
    }

    public override HttpFilterStatus OnResponse(HttpStream stream, bool endStream)
    {
        if (stream.GetState(this) is Pending { ResponseHeaders: { } added })
        {
            if (stream.Info.ResponseCodeDetails == LimitedDetails && added.Contains(HeaderId.ContentType))
            {
                // The service's text has the service's type.
                stream.Response.Remove(HeaderId.ContentType);
            }
            for (var i = 0; i < added.Count; i++)
            {
                stream.Response.Add(added.GetName(i), added.GetValue(i));
            }
        }
        return HttpFilterStatus.Continue;
    }

    public override void OnStreamEnd(HttpStream stream)
    {
        if (stream.GetState(this) is not Pending pending)
        {
            return;
        }
        pending.Call?.Cancel();
        if (RateLimitRequests.Build(stream.Info, Config, pending.Route, true) is { } request)
        {
            Config.Service.Call(stream.Worker, Path, request, static (_, _) => { });
        }
    }

    private HttpFilterResult OnAnswer(HttpStream stream, Pending pending, Cluster cluster, int status, byte[]? message)
    {
        if (status != 0 || message is null || Parse(message) is not { } answer)
        {
            return Fail(stream, cluster);
        }
        foreach (var (key, value) in answer.DynamicMetadata?.Fields ?? [])
        {
            stream.Info.SetMetadata(Config.MetadataNamespace, key, MetadataValues.Unwrap(value)!);
        }
        var added = new HeaderMap();
        foreach (var header in answer.ResponseHeadersToAdd)
        {
            added.Add(HeaderName.Create(header.Key), Value(header));
        }
        pending.ResponseHeaders = added;
        // An answer without a code lets pass, as in Envoy.
        if (answer.OverallCode != Code.OverLimit)
        {
            Count(stream, cluster, "ok");
            pending.Span?.Set(StatusTag, "ok"u8);
            AddLimits(added, answer);
            AddToRequest(stream, answer);
            return HttpFilterResult.Continue;
        }
        Count(stream, cluster, "over_limit");
        pending.Span?.Set(StatusTag, "over_limit"u8);
        return Refuse(stream, added, answer);
    }

    private HttpFilterResult Refuse(HttpStream stream, HeaderMap added, RateLimitResponse answer)
    {
        var info = stream.Info;
        if (!Config.DisableLimitedHeader)
        {
            added.Add(LimitedHeader, "true"u8);
        }
        AddLimits(added, answer);
        AddRetryAfter(added, answer);
        if (!Config.Enforced.IsHit(info.RandomValue, RuntimeSettings.Current))
        {
            AddToRequest(stream, answer);
            return HttpFilterResult.Continue;
        }
        Config.ResponseHeaders.Apply(added, info);
        info.ResponseFlags |= ResponseFlags.RateLimited;
        info.ResponseCodeDetails = LimitedDetails;
        return new HttpFilterResult(
            HttpFilterStatus.LocalReply, Config.Status, answer.RawBody.ToByteArray(),
            Config.ResourceExhausted ? GrpcResourceExhausted : -1);
    }

    private static void AddToRequest(HttpStream stream, RateLimitResponse answer)
    {
        foreach (var header in answer.RequestHeadersToAdd)
        {
            var name = HeaderName.Create(header.Key);
            if (header.Key.StartsWith(':') && stream.Request.TryGet(name, out var old))
            {
                // Pseudo headers have one value; another joins it.
                stream.Request.Set(name, [.. old, (byte)',', .. Value(header)]);
                continue;
            }
            stream.Request.Add(name, Value(header));
        }
    }

    /// <summary>The longest time until a limit that is exceeded starts anew, at least a second.</summary>
    private void AddRetryAfter(HeaderMap added, RateLimitResponse answer)
    {
        if (!Config.EnableRetryAfter || added.Contains(RetryAfter))
        {
            return;
        }
        long seconds = 0;
        foreach (var status in answer.Statuses)
        {
            if (status.Code == Code.OverLimit)
            {
                seconds = Math.Max(seconds, Math.Max(1, status.DurationUntilReset?.Seconds ?? 0));
            }
        }
        if (seconds > 0)
        {
            added.Add(RetryAfter, Encoding.ASCII.GetBytes($"{seconds}"));
        }
    }

    private HttpFilterResult Fail(HttpStream stream, Cluster cluster)
    {
        Count(stream, cluster, "error");
        var isDenied = Config.DenyShare?.IsHit(stream.Info.RandomValue, RuntimeSettings.Current)
            ?? Config.FailureModeDeny;
        if (!isDenied)
        {
            Count(stream, cluster, "failure_mode_allowed");
            return HttpFilterResult.Continue;
        }
        stream.Info.ResponseFlags |= ResponseFlags.RateLimitServiceError;
        stream.Info.ResponseCodeDetails = ErrorDetails;
        return new HttpFilterResult(HttpFilterStatus.LocalReply, Config.StatusOnError);
    }

    private void Count(HttpStream stream, Cluster cluster, string name)
    {
        var scope = cluster.Stats.Scope;
        scope.Add(stream.Worker.Index, scope.GetOrAdd($"ratelimit.{Config.StatPrefix}{name}"));
    }

    /// <summary>The limit with the least left, and all that apply with their windows.</summary>
    private void AddLimits(HeaderMap added, RateLimitResponse answer)
    {
        DescriptorStatus? least = null;
        var quotas = new StringBuilder();
        foreach (var status in answer.Statuses)
        {
            if (!Config.EnableHeaders || status.CurrentLimit is not { } limit)
            {
                continue;
            }
            least = least is null || status.LimitRemaining < least.LimitRemaining ? status : least;
            if (SecondsOf(limit.Unit) is var window and > 0)
            {
                quotas.Append(CultureInfo.InvariantCulture, $", {limit.RequestsPerUnit};w={window}");
                if (limit.Name.Length > 0)
                {
                    quotas.Append(CultureInfo.InvariantCulture, $";name=\"{limit.Name}\"");
                }
            }
        }
        if (least is null)
        {
            return;
        }
        added.Add("x-ratelimit-limit"u8, Encoding.UTF8.GetBytes($"{least.CurrentLimit.RequestsPerUnit}{quotas}"));
        added.Add("x-ratelimit-remaining"u8, Encoding.ASCII.GetBytes($"{least.LimitRemaining}"));
        added.Add("x-ratelimit-reset"u8, Encoding.ASCII.GetBytes($"{least.DurationUntilReset?.Seconds ?? 0}"));
    }

    private static long SecondsOf(Unit unit) => unit switch
    {
        Unit.Second => 1,
        Unit.Minute => 60,
        Unit.Hour => 3600,
        Unit.Day => 86_400,
        Unit.Month => 2_592_000,
        Unit.Year => 31_536_000,
        (Unit)7 => 604_800,
        _ => 0,
    };

    private static byte[] Value(Envoy.Config.Core.V3.HeaderValue header) =>
        header.RawValue.IsEmpty ? Encoding.UTF8.GetBytes(header.Value) : header.RawValue.ToByteArray();

    private static RateLimitResponse? Parse(byte[] message)
    {
        try
        {
            return RateLimitResponse.Parser.ParseFrom(message);
        }
        catch (InvalidProtocolBufferException)
        {
            // A service that answers with something else has failed.
            return null;
        }
    }

    private sealed class Pending(RateLimitRouteSettings? route)
    {
        public RateLimitRouteSettings? Route { get; } = route;

        /// <summary>Of the call, while its answer is looked at.</summary>
        public CallSpan? Span { get; set; }

        public HttpCall? Call { get; set; }

        public HeaderMap? ResponseHeaders { get; set; }
    }
}
