using System.Buffers.Binary;
using System.Text;
using Envoy.Service.Auth.V3;
using Google.Protobuf;
using Lateen.Http;
using Lateen.Proxy.ExtAuthz;
using Lateen.Proxy.Routing;
using Lateen.Proxy.Runtime;
using Lateen.Proxy.Streams;

namespace Lateen.Proxy.Filters;

/// <summary>The HTTP filter <c>ext_authz</c>: a service decides on each request.</summary>
internal sealed class ExtAuthzFilter : HttpFilter
{
    private const string MetadataNamespace = "envoy.filters.http.ext_authz";
    private static readonly byte[] DeniedDetails = "ext_authz_denied"u8.ToArray();
    private static readonly byte[] ErrorDetails = "ext_authz_error"u8.ToArray();
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
        if (!Config.Enabled.IsHit(info.RandomValue, RuntimeSettings.Current))
        {
            Stats.CountDisabled(stream.Worker.Index);
            return HttpFilterResult.Continue;
        }
        var wantsBody = Config.BodyBytesMax > 0 && route is not { DisableBody: true } && !stream.RequestPassed;
        return wantsBody
            ? new HttpFilterResult(HttpFilterStatus.AwaitBody, BodyBytesMax: Config.BodyBytesMax)
            : Call(stream, route, default, false);
    }

    public override HttpFilterResult OnRequestBody(HttpStream stream, bool isComplete)
    {
        if (!isComplete && !Config.AllowPartialBody)
        {
            return BufferFilter.Refuse(stream);
        }
        var body = new byte[Math.Min(stream.BufferedBody.Length, Config.BodyBytesMax)];
        stream.BufferedBody.CopyTo(body);
        return Call(stream, Route.GetPerFilterConfig(stream.Info, Name) as ExtAuthzRouteSettings, body, !isComplete);
    }

    public override HttpFilterStatus OnResponse(HttpStream stream, bool endStream)
    {
        if (stream.GetState(this) is Pending { ResponseHeaders: { } added })
        {
            Merge(stream.Response, added);
        }
        return HttpFilterStatus.Continue;
    }

    public override void OnStreamEnd(HttpStream stream) => (stream.GetState(this) as Pending)?.Call?.Cancel();

    private HttpFilterResult Call(HttpStream stream, ExtAuthzRouteSettings? route, byte[]? body, bool isPartial)
    {
        if (Config.Cluster.Current is not { } cluster)
        {
            return Fail(stream);
        }
        var pending = new Pending();
        stream.SetState(this, pending);
        if (Config.IsGrpc)
        {
            var message = CheckRequestBuilder.Build(stream, Config, route, body, isPartial).ToByteArray();
            var framed = new byte[message.Length + 5];
            BinaryPrimitives.WriteInt32BigEndian(framed.AsSpan(1), message.Length);
            message.CopyTo(framed, 5);
            pending.Call = HttpCall.Start(
                stream.Worker, cluster, PrepareGrpc, framed, Config.TimeoutNanos,
                (call, outcome) => stream.ResumeRequest(OnGrpc(stream, pending, call, outcome)));
        }
        else
        {
            pending.Call = HttpCall.Start(
                stream.Worker, cluster, headers => PrepareHttp(headers, stream.Request, body, isPartial), body,
                Config.TimeoutNanos, (call, outcome) => stream.ResumeRequest(OnHttp(stream, pending, call, outcome)),
                tellsMachine: false);
        }
        return HttpFilterResult.Wait;
    }

    private void PrepareGrpc(HeaderMap headers)
    {
        headers.Add(HeaderId.Method, "POST"u8);
        headers.Add(HeaderId.Path, "/envoy.service.auth.v3.Authorization/Check"u8);
        headers.Add(HeaderId.Authority, Config.Authority);
        headers.Add(HeaderId.Scheme, "http"u8);
        headers.Add(HeaderId.TE, "trailers"u8);
        if (Config.TimeoutNanos > 0)
        {
            headers.Add(HeaderId.GrpcTimeout, Encoding.ASCII.GetBytes($"{Config.TimeoutNanos / 1_000_000}m"));
        }
        headers.Add(HeaderId.ContentType, "application/grpc"u8);
    }

    private void PrepareHttp(HeaderMap headers, HeaderMap request, byte[]? body, bool isPartial)
    {
        headers.Add(HeaderId.Method, request.Get(HeaderId.Method));
        headers.Add(HeaderId.Path, [.. Config.PathPrefix, .. request.Get(HeaderId.Path)]);
        headers.Add(HeaderId.Authority, request.Get(HeaderId.Authority));
        headers.Add(HeaderId.Scheme, request.Get(HeaderId.Scheme));
        headers.Add(HeaderId.ContentLength, Encoding.ASCII.GetBytes($"{body?.Length ?? 0}"));
        for (var i = 0; i < request.Count; i++)
        {
            var name = request.GetName(i);
            var id = request.GetId(i);
            var isStandard = id == HeaderId.Authorization;
            if (name[0] != ':' && id != HeaderId.ContentLength
                && (isStandard || (Config.AllowedHeaders is { } rules && ExtAuthzConfig.Fits(rules, name)))
                && !ExtAuthzConfig.Fits(Config.DisallowedHeaders, name))
            {
                headers.Add(name, request.GetValue(i));
            }
        }
        if (Config.BodyBytesMax > 0)
        {
            headers.Set(PartialBody, isPartial ? "true"u8 : "false"u8);
        }
        foreach (var (name, value) in Config.HeadersToAdd)
        {
            headers.Set(name, value);
        }
    }

    private HttpFilterResult OnGrpc(HttpStream stream, Pending pending, HttpCall call, HttpCallOutcome outcome)
    {
        pending.Call = null;
        var body = call.Body;
        var status = call.ResponseTrailers.TryGet(HeaderId.GrpcStatus, out var found)
            ? found
            : call.ResponseHeaders.Get(HeaderId.GrpcStatus);
        if (outcome != HttpCallOutcome.Success || call.Status != 200 || !status.SequenceEqual("0"u8)
            || body.Length < 5 || body[0] != 0 || BinaryPrimitives.ReadInt32BigEndian(body[1..]) != body.Length - 5)
        {
            return Fail(stream);
        }
        CheckResponse response;
        try
        {
            response = CheckResponse.Parser.ParseFrom(body[5..].ToArray());
        }
        catch (InvalidProtocolBufferException)
        {
            // A service that answers with something else has failed.
            return Fail(stream);
        }
        foreach (var (key, value) in response.DynamicMetadata?.Fields ?? [])
        {
            stream.Info.SetMetadata(MetadataNamespace, key, MetadataValues.Unwrap(value)!);
        }
        return (response.Status?.Code ?? 0) == 0
            ? Allow(stream, pending, response.OkResponse)
            : Deny(stream, response.DeniedResponse);
    }

    private HttpFilterResult Allow(HttpStream stream, Pending pending, OkHttpResponse? ok)
    {
        Stats.CountOk(stream.Worker.Index, stream.Info.UpstreamCluster);
        var request = stream.Request;
        foreach (var option in ok?.Headers ?? [])
        {
            if (CanChange(option.Header.Key))
            {
                AuthzHeaders.Apply(request, option);
            }
        }
        foreach (var name in ok?.HeadersToRemove ?? [])
        {
            if (CanChange(name))
            {
                request.Remove(HeaderName.Create(name));
            }
        }
        var query = (ok?.QueryParametersToSet ?? []).Select(parameter =>
            new QueryMutation(parameter.Key, parameter.Value, HeaderAppendAction.OverwriteIfExistsOrAdd));
        var gone = (ok?.QueryParametersToRemove ?? []).Select(name => new QueryMutation(name, null, default));
        QueryMutation.Apply([.. query, .. gone], request, decode: false);
        if (ok is { ResponseHeadersToAdd.Count: > 0 })
        {
            pending.ResponseHeaders = new HeaderMap();
            foreach (var option in ok.ResponseHeadersToAdd)
            {
                AuthzHeaders.Apply(pending.ResponseHeaders, option);
            }
        }
        if (Config.ClearRouteCache && ok is { Headers.Count: > 0 } or { HeadersToRemove.Count: > 0 })
        {
            stream.RefreshRoute();
        }
        return HttpFilterResult.Continue;
    }

    private HttpFilterResult Deny(HttpStream stream, DeniedHttpResponse? denied)
    {
        foreach (var option in denied?.Headers ?? [])
        {
            AuthzHeaders.Apply(stream.LocalReplyHeaders, option);
        }
        var status = (int)(denied?.Status?.Code ?? 0);
        return Refuse(stream, status is >= 200 and < 600 ? status : 403, Encoding.UTF8.GetBytes(denied?.Body ?? ""));
    }

    private HttpFilterResult OnHttp(HttpStream stream, Pending pending, HttpCall call, HttpCallOutcome outcome)
    {
        pending.Call = null;
        if (outcome != HttpCallOutcome.Success || call.Status is >= 500 or 0)
        {
            return Fail(stream);
        }
        if (call.Status == 200)
        {
            Stats.CountOk(stream.Worker.Index, stream.Info.UpstreamCluster);
            var changed = AuthzHeaders.Copy(call.ResponseHeaders, stream.Request, Config.UpstreamHeaders, false)
                | AuthzHeaders.Copy(call.ResponseHeaders, stream.Request, Config.UpstreamHeadersToAppend, true);
            pending.ResponseHeaders = new HeaderMap();
            AuthzHeaders.Copy(call.ResponseHeaders, pending.ResponseHeaders, Config.ClientHeadersOnSuccess, true);
            if (Config.ClearRouteCache && changed)
            {
                stream.RefreshRoute();
            }
            return HttpFilterResult.Continue;
        }
        if (Config.ClientHeaders is null)
        {
            var millis = (stream.Worker.NowNanos - call.StartNanos) / 1_000_000;
            stream.LocalReplyHeaders.Add(
                HeaderId.XEnvoyUpstreamServiceTime, Encoding.ASCII.GetBytes($"{millis}"));
        }
        AuthzHeaders.CopyRefusal(call.ResponseHeaders, stream.LocalReplyHeaders, Config.ClientHeaders);
        return Refuse(stream, call.Status, call.Body.ToArray());
    }

    private HttpFilterResult Refuse(HttpStream stream, int status, byte[] body)
    {
        Stats.CountDenied(stream.Worker.Index, stream.Info.UpstreamCluster);
        stream.Info.ResponseFlags |= ResponseFlags.UnauthorizedExternalService;
        stream.Info.ResponseCodeDetails = DeniedDetails;
        return new HttpFilterResult(HttpFilterStatus.LocalReply, status, body);
    }

    private HttpFilterResult Fail(HttpStream stream)
    {
        var (worker, cluster) = (stream.Worker.Index, stream.Info.UpstreamCluster);
        Stats.CountError(worker, cluster);
        if (Config.FailureModeAllow)
        {
            Stats.CountFailureModeAllowed(worker, cluster);
            if (Config.FailureModeAllowHeaderAdd)
            {
                stream.Request.Set(AllowedHeader, "true"u8);
            }
            return HttpFilterResult.Continue;
        }
        stream.Info.ResponseFlags |= ResponseFlags.UnauthorizedExternalService;
        stream.Info.ResponseCodeDetails = ErrorDetails;
        return new HttpFilterResult(HttpFilterStatus.LocalReply, Config.StatusOnError);
    }

    private static bool CanChange(string name) =>
        !name.StartsWith(':') && !name.Equals("host", StringComparison.OrdinalIgnoreCase);

    private static void Merge(HeaderMap target, HeaderMap added)
    {
        for (var i = 0; i < added.Count; i++)
        {
            target.Add(added.GetName(i), added.GetValue(i));
        }
    }

    /// <summary>What a request waits for and what its response gets.</summary>
    private sealed class Pending
    {
        public HttpCall? Call { get; set; }

        public HeaderMap? ResponseHeaders { get; set; }
    }
}
