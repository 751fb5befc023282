using System.Text;
using Envoy.Service.Auth.V3;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Lateen.Http;
using Lateen.Proxy.AccessLog;
using Lateen.Proxy.ExtAuthz;
using Lateen.Proxy.Formatting;
using Lateen.Proxy.Routing;
using Lateen.Proxy.Runtime;
using Lateen.Proxy.Streams;

namespace Lateen.Proxy.Filters;

/// <summary>What the service answers, and how plain requests to it look.</summary>
internal sealed partial class ExtAuthzFilter
{
    private static ReadOnlySpan<byte> StatusTag => "ext_authz_status"u8;

    private static void TagHttp(HttpCall call, HttpCallOutcome outcome)
    {
        if (call.Span is { } span)
        {
            var status = call.StatusOf(outcome);
            span.Set(StatusTag, status == 200 ? "ext_authz_ok"u8 : "ext_authz_unauthorized"u8);
            span.Set("ext_authz_http_status"u8, Lateen.Http.Http1.ReasonPhrases.Get(status));
        }
    }

    private HttpFilterResult OnGrpc(HttpStream stream, Pending pending, byte[]? answer)
    {
        CheckResponse response;
        try
        {
            if (answer is null)
            {
                return Fail(stream, null);
            }
            response = CheckResponse.Parser.ParseFrom(answer);
        }
        catch (InvalidProtocolBufferException)
        {
            // A service that answers with something else has failed.
            return Fail(stream, null);
        }
        pending.Span?.Set(
            StatusTag, (response.Status?.Code ?? 0) == 0 ? "ext_authz_ok"u8 : "ext_authz_unauthorized"u8);
        TakeMetadata(stream, pending, response.DynamicMetadata);
        if (!Config.ValidateMutations)
        {
            AuthzHeaders.DropNameless(response.OkResponse?.Headers);
            AuthzHeaders.DropNameless(response.OkResponse?.ResponseHeadersToAdd);
            AuthzHeaders.DropNameless(response.DeniedResponse?.Headers);
        }
        AuthzHeaders.DropNameless(response.ErrorResponse?.Headers);
        if ((response.Status?.Code ?? 0) == 0)
        {
            return Allow(stream, pending, response.OkResponse);
        }
        return response.HttpResponseCase == CheckResponse.HttpResponseOneofCase.ErrorResponse
            ? Fail(stream, response.ErrorResponse)
            : Deny(stream, response.DeniedResponse);
    }

    private void TakeMetadata(HttpStream stream, Pending pending, Struct? metadata)
    {
        if (metadata is not { Fields.Count: > 0 })
        {
            return;
        }
        if (!Config.TakesMetadata)
        {
            Stats.CountIgnoredMetadata(stream.Worker.Index);
            return;
        }
        var millis = (stream.Worker.NowNanos - pending.StartNanos) / 1_000_000;
        stream.Info.SetMetadata(MetadataNamespace, "ext_authz_duration", (double)millis);
        foreach (var (key, value) in metadata.Fields)
        {
            stream.Info.SetMetadata(MetadataNamespace, key, MetadataValues.Unwrap(value)!);
        }
    }

    private HttpFilterResult Allow(HttpStream stream, Pending pending, OkHttpResponse? ok)
    {
        if (ok is not null && ((Config.ValidateMutations && !IsValid(ok)) || IsForbidden(ok)))
        {
            return Invalid(stream);
        }
        Stats.CountOk(stream.Worker.Index, stream.Info.UpstreamCluster);
        NoteShadow(stream, new ShadowVerdict("OK", 200));
        var request = stream.Request;
        foreach (var option in ok?.Headers ?? [])
        {
            if (Config.MutationRules?.CanSet(option.Header.Key, AuthzHeaders.Value(option), false) != false)
            {
                AuthzHeaders.ApplyToRequest(request, option);
            }
        }
        foreach (var name in ok?.HeadersToRemove ?? [])
        {
            if (CanRemove(name) && Config.MutationRules?.CanRemove(name) != false)
            {
                request.Remove(HeaderName.Create(name));
            }
        }
        var query = (ok?.QueryParametersToSet ?? []).Select(parameter => RawMutation(parameter.Key, parameter.Value));
        var gone = (ok?.QueryParametersToRemove ?? []).Select(name => new QueryMutation(name, null, default));
        QueryMutation.Apply([.. query, .. gone], request, decode: false);
        pending.ResponseOptions = ok?.ResponseHeadersToAdd ?? [];
        if (Config.ClearRouteCache && ok is not null && ChangesRoute(ok))
        {
            stream.RefreshRoute();
        }
        return HttpFilterResult.Continue;
    }

    /// <summary>Changes of the query always count; those of headers where the configuration names them or
    /// none.</summary>
    private bool ChangesRoute(OkHttpResponse ok)
    {
        var names = Config.ClearRouteCacheHeaders;
        return ok.QueryParametersToSet.Count > 0 || ok.QueryParametersToRemove.Count > 0
            || ok.Headers.Any(option => names.Length == 0 || names.Contains(option.Header.Key.ToLowerInvariant()))
            || ok.HeadersToRemove.Any(name => names.Length == 0 || names.Contains(name.ToLowerInvariant()));
    }

    private static QueryMutation RawMutation(string key, string value) =>
        new(key, value, HeaderAppendAction.OverwriteIfExistsOrAdd)
        {
            IsRaw = true,
        };

    private static bool IsValid(OkHttpResponse ok) =>
        ok.Headers.All(AuthzHeaders.IsValid) && ok.ResponseHeadersToAdd.All(AuthzHeaders.IsValid)
        && ok.HeadersToRemove.All(static name => HeaderText.IsName(name))
        && ok.QueryParametersToSet.All(parameter => IsQueryText(parameter.Key) && IsQueryText(parameter.Value))
        && ok.QueryParametersToRemove.All(IsQueryText);

    private static bool IsQueryText(string text) => text.All(c => c is > ' ' and < (char)127 and not '#');

    /// <summary>Whether a change breaks the rules, where that is an error.</summary>
    private bool IsForbidden(OkHttpResponse ok) => Config.MutationRules is { DisallowIsError: true } rules
        && (ok.Headers.Any(option => !rules.CanSet(option.Header.Key, AuthzHeaders.Value(option), false))
            || ok.HeadersToRemove.Any(name => !rules.CanRemove(name)));

    private HttpFilterResult Deny(HttpStream stream, DeniedHttpResponse? denied)
    {
        if (Config.ValidateMutations && denied?.Headers.All(AuthzHeaders.IsValid) == false)
        {
            Stats.CountDenied(stream.Worker.Index, stream.Info.UpstreamCluster);
            return Invalid(stream);
        }
        foreach (var option in denied?.Headers ?? [])
        {
            AuthzHeaders.ApplyToRefusal(stream.LocalReplyHeaders, option);
        }
        var status = (int)(denied?.Status?.Code ?? 0);
        return Refuse(stream, status is >= 200 and < 600 ? status : 403, Encoding.UTF8.GetBytes(denied?.Body ?? ""));
    }

    private HttpFilterResult OnHttp(
        HttpStream stream, Pending pending, ExtAuthzService service, HttpCall call, HttpCallOutcome outcome)
    {
        if (outcome != HttpCallOutcome.Success || call.Status is >= 500 or 0)
        {
            return Fail(stream, null);
        }
        if (call.Status == 200)
        {
            TakeMetadata(stream, pending, MetadataOf(call.ResponseHeaders, service.MetadataHeaders));
            Stats.CountOk(stream.Worker.Index, stream.Info.UpstreamCluster);
            NoteShadow(stream, new ShadowVerdict("OK", 200));
            var changed = AuthzHeaders.Copy(call.ResponseHeaders, stream.Request, service.UpstreamHeaders, false)
                | AuthzHeaders.Copy(call.ResponseHeaders, stream.Request, service.UpstreamHeadersToAppend, true)
                | AuthzHeaders.RemoveListed(call.ResponseHeaders, stream.Request);
            pending.ResponseHeaders = new Lateen.Http.HeaderMap();
            AuthzHeaders.Copy(call.ResponseHeaders, pending.ResponseHeaders, service.ClientHeadersOnSuccess, true);
            if (Config.ClearRouteCache && changed)
            {
                stream.RefreshRoute();
            }
            return HttpFilterResult.Continue;
        }
        if (service.ClientHeaders is null
            || ExtAuthzConfig.Fits(service.ClientHeaders, "x-envoy-upstream-service-time"u8))
        {
            var millis = (stream.Worker.NowNanos - call.StartNanos) / 1_000_000;
            stream.LocalReplyHeaders.Add(
                HeaderId.XEnvoyUpstreamServiceTime, Encoding.ASCII.GetBytes($"{millis}"));
        }
        AuthzHeaders.CopyRefusal(call.ResponseHeaders, stream.LocalReplyHeaders, service.ClientHeaders);
        return Refuse(
            stream, call.Status, call.Body.ToArray(), Config.IsShadow ? Told(stream, call) : null);
    }

    /// <summary>The headers of a plain answer, for the filter state.</summary>
    private static List<KeyValuePair<string, string>> Told(HttpStream stream, HttpCall call)
    {
        var told = new List<KeyValuePair<string, string>>();
        var headers = call.ResponseHeaders;
        for (var i = 0; i < headers.Count; i++)
        {
            told.Add(new(Encoding.UTF8.GetString(headers.GetName(i)), Encoding.UTF8.GetString(headers.GetValue(i))));
        }
        var millis = (stream.Worker.NowNanos - call.StartNanos) / 1_000_000;
        told.Add(new("x-envoy-upstream-service-time", $"{millis}"));
        return told;
    }

    private static Struct? MetadataOf(Lateen.Http.HeaderMap answer, StringMatcher[] rules)
    {
        Struct? metadata = null;
        for (var i = 0; rules.Length > 0 && i < answer.Count; i++)
        {
            if (ExtAuthzConfig.Fits(rules, answer.GetName(i)))
            {
                (metadata ??= new Struct()).Fields[Encoding.UTF8.GetString(answer.GetName(i))] =
                    Value.ForString(Encoding.UTF8.GetString(answer.GetValue(i)));
            }
        }
        return metadata;
    }

    private void PrepareHttp(
        Lateen.Http.HeaderMap headers, ExtAuthzService service, HttpStream stream, byte[]? body, bool isPartial)
    {
        var request = stream.Request;
        var takesAll = Config.Service.Grpc is not null && Config.AllowedHeaders is null;
        headers.Add(HeaderId.Method, request.Get(HeaderId.Method));
        headers.Add(HeaderId.Path, service.PathOverride.Length > 0
            ? service.PathOverride
            : [.. service.PathPrefix, .. request.Get(HeaderId.Path)]);
        headers.Add(HeaderId.Authority, request.Get(HeaderId.Authority));
        headers.Add(HeaderId.Scheme, request.Get(HeaderId.Scheme));
        headers.Add(HeaderId.ContentLength, Encoding.ASCII.GetBytes($"{body?.Length ?? 0}"));
        for (var i = 0; i < request.Count; i++)
        {
            var name = request.GetName(i);
            var id = request.GetId(i);
            var isStandard = id == HeaderId.Authorization;
            if (name[0] != ':' && id != HeaderId.ContentLength
                && (isStandard || takesAll || (Config.AllowedHeaders is { } rules && ExtAuthzConfig.Fits(rules, name)))
                && !ExtAuthzConfig.Fits(Config.DisallowedHeaders, name))
            {
                headers.Add(name, request.GetValue(i));
            }
        }
        if (body is not null)
        {
            headers.Set(PartialBody, isPartial ? "true"u8 : "false"u8);
        }
        var text = new ByteBuffer();
        foreach (var (name, value) in service.HeadersToAdd)
        {
            text.Clear();
            value.Write(text, stream.Info, new FormatContext(AccessLogType.NotSet), "-"u8);
            headers.Set(name, text.Written);
        }
    }

    private static bool CanRemove(string name) =>
        !name.StartsWith(':') && !name.Equals("host", StringComparison.OrdinalIgnoreCase);
}
