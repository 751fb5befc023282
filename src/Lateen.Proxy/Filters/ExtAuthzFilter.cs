using System.Text;
using Envoy.Service.Auth.V3;
using Lateen.Http;
using Lateen.Proxy.ExtAuthz;
using Lateen.Proxy.Routing;
using Lateen.Proxy.Runtime;
using Lateen.Proxy.Streams;
using Lateen.Proxy.Tracing;

namespace Lateen.Proxy.Filters;

/// <summary>The HTTP filter <c>ext_authz</c>: a service decides on each request.</summary>
internal sealed partial class ExtAuthzFilter : HttpFilter
{
    private const string MetadataNamespace = "envoy.filters.http.ext_authz";
    private static readonly byte[] CheckPath = "/envoy.service.auth.v3.Authorization/Check"u8.ToArray();
    private static readonly byte[] DeniedDetails = "ext_authz_denied"u8.ToArray();
    private static readonly byte[] ErrorDetails = "ext_authz_error"u8.ToArray();
    private static readonly byte[] InvalidDetails = "ext_authz_invalid"u8.ToArray();
    private static readonly HeaderName AllowedHeader = HeaderName.Create("x-envoy-auth-failure-mode-allowed");
    private static readonly HeaderName PartialBody = HeaderName.Create("x-envoy-auth-partial-body");

    public required ExtAuthzConfig Config { get; init; }

    public required ExtAuthzStats Stats { get; init; }

    public override HttpFilterResult OnRequest(HttpStream stream)
    {
        var info = stream.Info;
        var route = Route.GetPerFilterConfig(info, Name) as ExtAuthzRouteSettings;
        if (route is { Disabled: true })
        {
            return HttpFilterResult.Continue;
        }
        if (!Config.Enabled.IsHit(info.RandomValue, RuntimeSettings.Current)
            || Config.EnabledMetadata?.IsMatch(info.Metadata) == false)
        {
            Stats.CountDisabled(stream.Worker.Index);
            return Config.DenyAtDisable?.IsOn == true ? Error(stream, Config.StatusOnError, []) : default;
        }
        var bytesMax = (route?.Body ?? Config.Body).BytesMax;
        return bytesMax > 0 && !stream.RequestPassed
            ? new HttpFilterResult(HttpFilterStatus.AwaitBody, BodyBytesMax: bytesMax)
            : Call(stream, route, null, false);
    }

    public override HttpFilterResult OnRequestBody(HttpStream stream, bool isComplete)
    {
        var route = Route.GetPerFilterConfig(stream.Info, Name) as ExtAuthzRouteSettings;
        var settings = route?.Body ?? Config.Body;
        if (!isComplete && !settings.AllowPartial)
        {
            return BufferFilter.Refuse(stream);
        }
        var body = new byte[Math.Min(stream.BufferedBody.Length, settings.BytesMax)];
        stream.BufferedBody.CopyTo(body);
        return Call(stream, route, body, !isComplete);
    }

    public override HttpFilterStatus OnResponse(HttpStream stream, bool endStream)
    {
        if (stream.GetState(this) is Pending pending)
        {
            foreach (var option in pending.ResponseOptions)
            {
                AuthzHeaders.ApplyToResponse(stream.Response, option);
            }
            for (var i = 0; i < pending.ResponseHeaders?.Count; i++)
            {
                stream.Response.Add(pending.ResponseHeaders.GetName(i), pending.ResponseHeaders.GetValue(i));
            }
        }
        return HttpFilterStatus.Continue;
    }

    public override void OnStreamEnd(HttpStream stream) => (stream.GetState(this) as Pending)?.Cancel();

    private HttpFilterResult Call(HttpStream stream, ExtAuthzRouteSettings? route, byte[]? body, bool isPartial)
    {
        var service = route?.Service ?? Config.Service;
        var pending = new Pending { StartNanos = stream.Worker.NowNanos };
        stream.SetState(this, pending);
        if (service.Grpc is { } target)
        {
            var packsBytes = (route?.Body ?? Config.Body).PackAsBytes;
            var request = CheckRequestBuilder.Build(stream, Config, Name, body, packsBytes, isPartial);
            var call = target.Call(stream.Worker, stream, CheckPath, request, (status, answer, span) =>
            {
                pending.IsOver = true;
                NoteStats(stream, pending, pending.Call?.WireBytes ?? (0, 0));
                pending.Call = null;
                pending.Span = span;
                stream.ResumeRequest(OnGrpc(stream, pending, answer));
            });
            if (call is null)
            {
                return Fail(stream, null);
            }
            pending.Call = pending.IsOver ? null : call;
        }
        else if (service.Cluster?.Current is { } cluster)
        {
            var call = RetriedHttpCall.Start(
                stream.Worker, cluster, headers => PrepareHttp(headers, service, stream, body, isPartial), body,
                service.TimeoutNanos, service.Retries,
                (call, outcome) =>
                {
                    pending.IsOver = true;
                    pending.Retried = null;
                    NoteStats(stream, pending, null);
                    TagHttp(call, outcome);
                    stream.ResumeRequest(OnHttp(stream, pending, service, call, outcome));
                },
                new HttpCallTrace(stream, IsSampled: Config.EmitsSpan));
            pending.Retried = pending.IsOver ? null : call;
        }
        else
        {
            return Fail(stream, null);
        }
        return HttpFilterResult.Wait;
    }

    private void NoteStats(HttpStream stream, Pending pending, (long, long)? bytes)
    {
        if (Config.TellsStats)
        {
            stream.Info.SetFilterState(
                Name, new AuthzCallStats(stream.Worker.NowNanos - pending.StartNanos, bytes));
        }
    }

    private void NoteShadow(HttpStream stream, ShadowVerdict verdict)
    {
        if (Config.IsShadow)
        {
            stream.Info.SetFilterState($"{Name}.shadow", verdict);
        }
    }

    private HttpFilterResult Refuse(
        HttpStream stream, int status, byte[] body, IReadOnlyList<KeyValuePair<string, string>>? told = null)
    {
        var cluster = stream.Info.UpstreamCluster;
        Stats.CountDenied(stream.Worker.Index, cluster);
        if (Config.IsShadow)
        {
            NoteShadow(stream, new ShadowVerdict("DENIED", status) { Headers = told ?? [] });
            Stats.CountShadowDenied(stream.Worker.Index);
            stream.LocalReplyHeaders.Clear();
            return HttpFilterResult.Continue;
        }
        if (Config.ChargesCluster)
        {
            cluster?.Stats.CountResponse(stream.Worker.Index, status, isInternal: true);
        }
        stream.Info.ResponseFlags |= ResponseFlags.UnauthorizedExternalService;
        stream.Info.ResponseCodeDetails = DeniedDetails;
        var isCut = Config.DeniedBodyBytesMax > 0 && body.Length > Config.DeniedBodyBytesMax;
        return new HttpFilterResult(
            HttpFilterStatus.LocalReply, status, isCut ? body[..Config.DeniedBodyBytesMax] : body);
    }

    /// <summary>The service asked for a change that cannot be made.</summary>
    private HttpFilterResult Invalid(HttpStream stream)
    {
        stream.LocalReplyHeaders.Clear();
        Stats.CountInvalid(stream.Worker.Index, stream.Info.UpstreamCluster);
        stream.Info.ResponseFlags |= ResponseFlags.UnauthorizedExternalService;
        stream.Info.ResponseCodeDetails = InvalidDetails;
        return new HttpFilterResult(HttpFilterStatus.LocalReply, 500);
    }

    private HttpFilterResult Fail(HttpStream stream, DeniedHttpResponse? answer)
    {
        var (worker, cluster) = (stream.Worker.Index, stream.Info.UpstreamCluster);
        Stats.CountError(worker, cluster);
        if (Config.IsShadow)
        {
            NoteShadow(stream, new ShadowVerdict("ERROR", Config.StatusOnError));
            Stats.CountShadowError(worker);
            return HttpFilterResult.Continue;
        }
        if (Config.FailureModeAllow)
        {
            Stats.CountFailureModeAllowed(worker, cluster);
            if (Config.FailureModeAllowHeaderAdd)
            {
                stream.Request.Set(AllowedHeader, "true"u8);
            }
            return HttpFilterResult.Continue;
        }
        foreach (var option in answer?.Headers ?? [])
        {
            AuthzHeaders.ApplyToRefusal(stream.LocalReplyHeaders, option);
        }
        var status = (int)(answer?.Status?.Code ?? 0);
        return Error(stream, status is >= 200 and < 600 ? status : Config.StatusOnError,
            Encoding.UTF8.GetBytes(answer?.Body ?? ""));
    }

    private static HttpFilterResult Error(HttpStream stream, int status, byte[] body)
    {
        stream.Info.ResponseFlags |= ResponseFlags.UnauthorizedExternalService;
        stream.Info.ResponseCodeDetails = ErrorDetails;
        return new HttpFilterResult(HttpFilterStatus.LocalReply, status, body);
    }

    /// <summary>What a request waits for and what its response gets.</summary>
    private sealed class Pending
    {
        public HttpCall? Call { get; set; }

        /// <summary>The call of plain requests.</summary>
        public RetriedHttpCall? Retried { get; set; }

        /// <summary>The answer has come, maybe before the call was returned.</summary>
        public bool IsOver { get; set; }

        public long StartNanos { get; init; }

        /// <summary>Of the call, while its answer is looked at.</summary>
        public CallSpan? Span { get; set; }

        public IEnumerable<Envoy.Config.Core.V3.HeaderValueOption> ResponseOptions { get; set; } = [];

        public HeaderMap? ResponseHeaders { get; set; }

        public void Cancel()
        {
            Call?.Cancel();
            Retried?.Cancel();
        }
    }
}
