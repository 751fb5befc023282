using System.Text;
using Lateen.Http;
using Lateen.Proxy.OAuth2;

namespace Lateen.Proxy.Filters;

/// <content>Call backs, tokens and answers.</content>
internal sealed partial class OAuth2Filter
{
    /// <summary>Null when the query belongs to a flow of ours, else what is wrong with it.</summary>
    private static string? Validate(OAuth2Session session, OAuth2CookieJar cookies, out string code)
    {
        var query = OAuth2Query.Parse(OAuth2Session.Text(session.Stream.Request.Get(HeaderId.Path)));
        code = query.First("code") ?? "";
        if (query.First("error") is not null)
        {
            if (query.First("state") is { } failed)
            {
                ValidateState(session, cookies, failed);
            }
            return $"OAuth server returned an error: {query}";
        }
        return query.First("code") is null || query.First("state") is not { } state
            ? $"Code or state query param does not exist: {query}"
            : ValidateState(session, cookies, state);
    }

    private static string? ValidateState(OAuth2Session session, OAuth2CookieJar cookies, string text)
    {
        if (OAuth2State.TryDecode(text, out var error) is not { } state)
        {
            return error;
        }
        if (!session.IsCsrfValid(cookies, state.CsrfToken, state.FlowId))
        {
            return "CSRF token validation failed";
        }
        session.FlowId = state.FlowId;
        session.OriginalUrl = state.Url;
        if (OAuth2Url.TryParse(state.Url) is null)
        {
            return $"State url can not be initialized: {state.Url}";
        }
        return OAuth2Url.IsAllowed(state.Url, session.Settings.AllowedRedirectDomains)
            ? null
            : $"State url host is not in the allowed redirect domains: {state.Url}";
    }

    /// <summary>The call back of the authorization server: its code is exchanged for tokens.</summary>
    private static HttpFilterResult Exchange(OAuth2Session session, OAuth2CookieJar cookies)
    {
        var settings = session.Settings;
        if (Validate(session, cookies, out var code) is { } error)
        {
            return Refuse(session, error);
        }
        var encrypted = OAuth2Session.FlowCookie(cookies, settings.Cookies.Verifier, session.FlowId);
        if (encrypted.Length == 0)
        {
            return Refuse(session, "Code verifier cookie is missing in the request");
        }
        if (session.Decrypt(encrypted) is not { } verifier)
        {
            return Refuse(
                session, $"Failed to decrypt code verifier: {encrypted}, error: failed to finalize decryption");
        }
        if (SecretOf(session) is not { } secret)
        {
            return Refuse(session, "Failed to create JWT client assertion");
        }
        var request = OAuth2TokenRequest.ForCode(
            settings.AuthType, settings.ClientId, secret, code, session.Format(settings.RedirectUri), verifier);
        return Fetch(session, request, (status, body) => OnTokens(session, status, body));
    }

    private static HttpFilterResult Refresh(OAuth2Session session, string refreshToken)
    {
        var settings = session.Settings;
        if (SecretOf(session) is not { } secret)
        {
            return RefreshFailed(session);
        }
        var request = OAuth2TokenRequest.ForRefresh(settings.AuthType, settings.ClientId, secret, refreshToken);
        return Fetch(session, request, (status, body) => OnRefreshed(session, status, body));
    }

    /// <summary>Asks the token endpoint; the answer may come before this returns.</summary>
    private static HttpFilterResult Fetch(
        OAuth2Session session, OAuth2TokenRequest request, Func<int, byte[], HttpFilterResult> done)
    {
        HttpFilterResult? immediate = null;
        var isLater = false;
        var call =
            OAuth2TokenCall.Start(session.Stream.Worker, session.Settings.TokenEndpoint, request, (status, body) =>
        {
            session.Call = null;
            var result = done(status, body);
            if (isLater)
            {
                session.Stream.ResumeRequest(result);
            }
            else
            {
                immediate = result;
            }
        });
        if (call is null)
        {
            return Fail(session, "Token endpoint cluster not found");
        }
        if (immediate is { } result)
        {
            return result;
        }
        isLater = true;
        session.Call = call;
        return HttpFilterResult.Wait;
    }

    private static HttpFilterResult OnTokens(OAuth2Session session, int status, byte[] body)
    {
        if (status != 200)
        {
            return Fail(
                session,
                "Failed to get access token", $"response code: {status}, response body: {OAuth2Session.Text(body)}");
        }
        if (Accept(session, body) is { } error)
        {
            return error;
        }
        if (!session.TrySplitTokens())
        {
            return RefuseLong(session);
        }
        var response = Begin(session);
        session.AddSessionCookies(response, OAuth2CookieJar.Read(session.Stream.Request));
        session.DeleteFlowCookies(response);
        session.Settings.Stats.CountSuccess(session.Stream.Worker.Index);
        return Answer(session, session.OriginalUrl, "oauth.logged_in");
    }

    private static HttpFilterResult OnRefreshed(OAuth2Session session, int status, byte[] body)
    {
        var (settings, request, worker) =
            (session.Settings, session.Stream.Request, session.Stream.Worker.Index);
        if (status != 200)
        {
            return RefreshFailed(session);
        }
        if (Accept(session, body) is { } error)
        {
            return error;
        }
        var cookies = OAuth2CookieJar.Read(request);
        cookies.Set(settings.Cookies.Expires.Name, session.Expires);
        if (session.AccessToken.Length > 0)
        {
            cookies.Set(settings.Cookies.Bearer.Name, session.AccessToken);
        }
        if (session.IdToken.Length > 0)
        {
            cookies.Set(settings.Cookies.Id.Name, session.IdToken);
        }
        if (session.RefreshToken.Length > 0)
        {
            cookies.Set(settings.Cookies.Refresh.Name, session.RefreshToken);
        }
        else
        {
            // The endpoint gave no new one: the old one stays good.
            session.RefreshToken = cookies.Get(settings.Cookies.Refresh.Name);
        }
        if (!session.TrySplitTokens())
        {
            return RefuseLong(session);
        }
        cookies.Set(settings.Cookies.Hmac.Name, session.Hmac());
        cookies.Write(request);
        ForwardTokens(session, session.AccessToken, session.IdToken);
        session.SetsCookies = true;
        settings.Stats.CountRefresh(worker, true);
        settings.Stats.CountSuccess(worker);
        RemoveFlowCookies(session, cookies);
        return HttpFilterResult.Continue;
    }

    private static HttpFilterResult RefreshFailed(OAuth2Session session)
    {
        session.Settings.Stats.CountRefresh(session.Stream.Worker.Index, false);
        if (IsFailureAllowed(session))
        {
            return PassFailed(
                session,
                "Failed to refresh the access token, and forwarding as unauthorized because OAuth failure is allowed");
        }
        return Array.Exists(session.Settings.DenyRedirect, matcher => matcher.IsMatch(session.Stream.Request))
            ? Refuse(
                session, "Failed to refresh the access token, and redirecting to OAuth server is not allowed")
            : Redirect(session);
    }

    /// <summary>Takes over the tokens of an answer; null when they are good.</summary>
    private static HttpFilterResult? Accept(OAuth2Session session, byte[] body)
    {
        var text = OAuth2Session.Text(body);
        if (OAuth2TokenAnswer.TryParse(body, out var error) is not { } answer)
        {
            return Fail(
                session, "Failed to parse oauth response body", $"response body: {text}, exception: {error}");
        }
        if (answer.AccessToken is null)
        {
            return Fail(
                session, "No access token found in the token exchange response", $"response body: {text}");
        }
        var seconds = answer.ExpiresInSeconds ?? session.Settings.DefaultExpiresInSeconds;
        if (seconds <= 0)
        {
            return Fail(
                session, "No default or explicit access token expiration found in the token exchange response",
                $"response body: {text}");
        }
        session.Update(answer, seconds);
        return null;
    }

    /// <summary>What the proxy proves itself with; null when it cannot be made.</summary>
    private static string? SecretOf(OAuth2Session session)
    {
        var settings = session.Settings;
        var secret = OAuth2Session.Text(settings.TokenSecret?.Current ?? []);
        return settings.AuthType == OAuth2AuthType.PrivateKeyJwt
            ? settings.Assertion!.TryCreate(
                settings.ClientId, secret, session.Stream.Worker.Loop.UnixNanos / 1_000_000_000)
            : secret;
    }

    /// <summary>Tokens of the cookies in place of what is encrypted there; the cookies as they are then.</summary>
    private static OAuth2CookieJar DecryptCookies(OAuth2Session session)
    {
        var settings = session.Settings;
        var cookies = OAuth2CookieJar.Read(session.Stream.Request);
        var changed = session.JoinParts(cookies);
        foreach (var cookie in new[] { settings.Cookies.Bearer, settings.Cookies.Id, settings.Cookies.Refresh })
        {
            var value = cookies.Get(cookie.Name);
            if (value.Length == 0 || settings.DisableTokenEncryption)
            {
                continue;
            }
            changed = true;
            if (session.Decrypt(value) is { } token && !token.AsSpan().ContainsAny("\0\r\n"))
            {
                cookies.Set(cookie.Name, token);
            }
        }
        if (changed)
        {
            cookies.Write(session.Stream.Request);
        }
        return cookies;
    }

    private static void ForwardTokens(OAuth2Session session, string access, string id)
    {
        var (settings, request) = (session.Settings, session.Stream.Request);
        if (settings.ForwardBearerToken && access.Length > 0)
        {
            request.Set(HeaderId.Authorization, Encoding.Latin1.GetBytes($"Bearer {access}"));
        }
        if (settings.IdTokenHeader is { } header && id.Length > 0)
        {
            var prefix = header.Id == HeaderId.Authorization ? "Bearer " : "";
            request.Set(header, Encoding.Latin1.GetBytes(prefix + id));
        }
    }

    /// <summary>Cookies that are the filter's own business do not go upstream.</summary>
    private static void RemoveFlowCookies(OAuth2Session session, OAuth2CookieJar cookies)
    {
        var settings = session.Settings;
        if (cookies.Count == 0)
        {
            return;
        }
        cookies.RemoveAll(name => name == settings.Cookies.Hmac.Name || name == settings.Cookies.Expires.Name
            || name == settings.Cookies.Refresh.Name || settings.Cookies.Nonce.Covers(name)
            || settings.Cookies.Verifier.Covers(name));
        cookies.Write(session.Stream.Request);
    }

    private static bool IsFailureAllowed(OAuth2Session session)
    {
        var (settings, request) = (session.Settings, session.Stream.Request);
        return !settings.RedirectPath.IsMatch(Routing.QueryString.PathOnly(request.Get(HeaderId.Path)))
            && Array.Exists(settings.AllowFailed, matcher => matcher.IsMatch(request));
    }

    /// <summary>The request goes on without its sign-in, marked.</summary>
    private static HttpFilterResult PassFailed(OAuth2Session session, string reason)
    {
        var (settings, request) = (session.Settings, session.Stream.Request);
        var cookies = OAuth2CookieJar.Read(request);
        cookies.RemoveAll(name => name == settings.Cookies.Bearer.Name || name == settings.Cookies.Id.Name);
        RemoveFlowCookies(session, cookies);
        request.Set(_status, "failed"u8);
        request.Set(_reason, Encoding.Latin1.GetBytes(reason));
        settings.Stats.CountAllowFailed(session.Stream.Worker.Index);
        return HttpFilterResult.Continue;
    }

    private static HttpFilterResult Fail(OAuth2Session session, string reason, string more = "") =>
        IsFailureAllowed(session)
            ? PassFailed(session, reason)
            : Refuse(session, more.Length > 0 ? $"{reason}: {more}" : reason);

    private static HttpFilterResult Refuse(OAuth2Session session, string details)
    {
        var stream = session.Stream;
        session.Settings.Stats.CountFailure(stream.Worker.Index);
        stream.Info.ResponseCodeDetails = Details(details);
        if (session.FlowId.Length > 0)
        {
            session.DeleteFlowCookies(stream.LocalReplyHeaders);
        }
        return new HttpFilterResult(HttpFilterStatus.LocalReply, 401, _failed);
    }

    /// <summary>A token takes more cookies than it may.</summary>
    private static HttpFilterResult RefuseLong(OAuth2Session session)
    {
        var stream = session.Stream;
        session.Settings.Stats.CountFailure(stream.Worker.Index);
        stream.Info.ResponseCodeDetails = Details("OAuth token exceeds the cookie chunk limit");
        return new HttpFilterResult(HttpFilterStatus.LocalReply, 503, _unavailable);
    }

    private static HeaderMap Begin(OAuth2Session session)
    {
        var response = session.Stream.Response;
        response.Clear();
        response.Set(HeaderId.Status, "302"u8);
        return response;
    }

    private static HttpFilterResult Answer(OAuth2Session session, string location, string details)
    {
        var stream = session.Stream;
        stream.Response.Set(HeaderId.Location, Encoding.Latin1.GetBytes(location));
        stream.Info.ResponseCodeDetails = Encoding.ASCII.GetBytes(details);
        stream.EncodeHeaders(true);
        return HttpFilterResult.Wait;
    }

    private static byte[] Details(string text)
    {
        var bytes = Encoding.Latin1.GetBytes(text);
        foreach (ref var b in bytes.AsSpan())
        {
            b = b is (byte)' ' or (>= 9 and <= 13) ? (byte)'_' : b;
        }
        return bytes;
    }
}
