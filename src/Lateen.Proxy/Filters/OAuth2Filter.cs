using System.Text;
using Lateen.Http;
using Lateen.Proxy.OAuth2;
using Lateen.Proxy.Routing;
using Lateen.Proxy.Runtime;

namespace Lateen.Proxy.Filters;

/// <summary>
/// The HTTP filter <c>oauth2</c>: users sign in at an authorization server and stay signed in by cookies. A request
/// passes when 1. a matcher lets it, or 2. its cookies are good; else it is 3. the sign-out, 4. the call back of the
/// authorization server, 5. one whose tokens can be refreshed, or 6. sent to the authorization server.
/// </summary>
internal sealed partial class OAuth2Filter : HttpFilter
{
    private static readonly HeaderName _status = HeaderName.Create("x-envoy-oauth-status");
    private static readonly HeaderName _reason = HeaderName.Create("x-envoy-oauth-failure-reason");
    private static readonly byte[] _failed = "OAuth flow failed."u8.ToArray();
    private static readonly byte[] _unavailable = "Service Unavailable"u8.ToArray();

    /// <summary>Null: only routes have settings.</summary>
    public OAuth2Settings? Settings { get; init; }

    public override bool IsSettled => Settings?.IsSettled ?? true;

    public override HttpFilterResult OnRequest(HttpStream stream)
    {
        var request = stream.Request;
        request.Remove(_status);
        request.Remove(_reason);
        if ((Route.GetPerFilterConfig(stream.Info, Name) as OAuth2Settings ?? Settings) is not { } settings)
        {
            return HttpFilterResult.Continue;
        }
        if (Array.Exists(settings.PassThrough, matcher => matcher.IsMatch(request)))
        {
            settings.Stats.CountPassThrough(stream.Worker.Index);
            return HttpFilterResult.Continue;
        }
        if (!settings.HasSecrets)
        {
            settings.Stats.CountFailure(stream.Worker.Index);
            stream.Info.ResponseCodeDetails = Details("OAuth2 secrets are not ready");
            return new HttpFilterResult(HttpFilterStatus.LocalReply, 503, _unavailable);
        }
        var session = new OAuth2Session(stream, settings);
        stream.SetState(this, session);
        var cookies = DecryptCookies(session);
        if (!settings.PreserveAuthorizationHeader)
        {
            request.Remove(HeaderId.Authorization);
        }
        if (settings.IdTokenHeader is { } own)
        {
            request.Remove(own);
        }
        return Decide(session, cookies);
    }

    public override HttpFilterStatus OnResponse(HttpStream stream, bool endStream)
    {
        if (stream.GetState(this) is OAuth2Session { SetsCookies: true } session)
        {
            session.SetsCookies = false;
            session.AddSessionCookies(stream.Response, OAuth2CookieJar.Read(stream.Request));
        }
        return HttpFilterStatus.Continue;
    }

    public override void OnStreamEnd(HttpStream stream)
    {
        if (stream.GetState(this) is OAuth2Session session)
        {
            session.Call?.Cancel();
        }
    }

    private static HttpFilterResult Decide(OAuth2Session session, OAuth2CookieJar cookies)
    {
        var (stream, settings) = (session.Stream, session.Settings);
        var path = stream.Request.Get(HeaderId.Path);
        var pathOnly = QueryString.PathOnly(path);
        var isCallback = settings.RedirectPath.IsMatch(pathOnly);
        if (settings.SignoutPath.IsMatch(pathOnly))
        {
            return SignOut(session, cookies);
        }
        if (session.IsSignedIn(cookies))
        {
            settings.Stats.CountSuccess(stream.Worker.Index);
            ForwardTokens(
                session, cookies.Get(settings.Cookies.Bearer.Name), cookies.Get(settings.Cookies.Id.Name));
            return isCallback ? Return(session, cookies) : PassSignedIn(session, cookies);
        }
        if (isCallback)
        {
            return Exchange(session, cookies);
        }
        var refresh = cookies.Get(settings.Cookies.Refresh.Name);
        if (settings.UseRefreshToken && refresh.Length > 0)
        {
            return Refresh(session, refresh);
        }
        if (IsFailureAllowed(session))
        {
            return PassFailed(
                session,
                "Unauthorized, and forwarding as unauthorized because OAuth failure is allowed: "
                + OAuth2Session.Text(path));
        }
        if (Array.Exists(settings.DenyRedirect, matcher => matcher.IsMatch(stream.Request)))
        {
            return Refuse(
                session,
                $"Unauthorized, and redirecting to OAuth server is not allowed: {OAuth2Session.Text(path)}");
        }
        return Redirect(session);
    }

    /// <summary>The user has come back from a second sign-in and needs none.</summary>
    private static HttpFilterResult Return(OAuth2Session session, OAuth2CookieJar cookies)
    {
        if (Validate(session, cookies, out _) is { } error)
        {
            return Refuse(session, error);
        }
        var target = OAuth2Url.TryParse(session.OriginalUrl)!.PathAndQuery;
        if (session.Settings.RedirectPath.IsMatch(QueryString.PathOnly(Encoding.Latin1.GetBytes(target))))
        {
            return Refuse(session, $"State url query params matches the redirect path matcher: {target}");
        }
        var response = Begin(session);
        session.DeleteFlowCookies(response);
        return Answer(session, session.OriginalUrl, "oauth.race_redirect");
    }

    private static HttpFilterResult PassSignedIn(OAuth2Session session, OAuth2CookieJar cookies)
    {
        RemoveFlowCookies(session, cookies);
        return HttpFilterResult.Continue;
    }

    private static HttpFilterResult SignOut(OAuth2Session session, OAuth2CookieJar cookies)
    {
        var settings = session.Settings;
        var response = Begin(session);
        foreach (var cookie in new[]
        {
            settings.Cookies.Hmac, settings.Cookies.Bearer, settings.Cookies.Id, settings.Cookies.Refresh,
            settings.Cookies.Expires,
        })
        {
            session.Delete(response, cookie, cookie.Name);
        }
        session.DeleteParts(response);
        foreach (var name in cookies.Names)
        {
            var cookie = settings.Cookies.Nonce.Covers(name) ? settings.Cookies.Nonce
                : settings.Cookies.Verifier.Covers(name) ? settings.Cookies.Verifier : null;
            if (cookie is not null)
            {
                session.Delete(response, cookie, name);
            }
        }
        var scheme = OAuth2Session.Text(session.Stream.Request.Get(HeaderId.Scheme));
        var home = $"{scheme}://{session.Host}/";
        if (settings.EndSessionEndpoint.Length == 0)
        {
            return Answer(session, home, "oauth.sign_out");
        }
        var url = $"{settings.EndSessionEndpoint}?id_token_hint={cookies.Get(settings.Cookies.Id.Name)}"
            + $"&client_id={settings.ClientId}";
        if (!settings.DisablePostLogoutRedirectUri)
        {
            var target = settings.PostLogoutRedirectUri is { } format ? session.Format(format) : home;
            url += $"&post_logout_redirect_uri={OAuth2Text.UrlEncode(target)}";
        }
        return Answer(session, url, "oauth.sign_out");
    }

    /// <summary>Starts a flow: the user signs in at the authorization server.</summary>
    private static HttpFilterResult Redirect(OAuth2Session session)
    {
        var (settings, request) = (session.Settings, session.Stream.Request);
        var scheme = request.Get(HeaderId.Scheme).SequenceEqual("http"u8) ? "http" : "https";
        var origin = settings.OriginalRequestUri is { } format ? session.Format(format) : $"{scheme}://{session.Host}";
        if (!OAuth2Url.IsAllowed(origin, settings.AllowedRedirectDomains))
        {
            return Refuse(
                session, $"authority or original_request_uri failed domain allow-list validation: {origin}");
        }
        var redirectUri = session.Format(settings.RedirectUri);
        if (!OAuth2Url.IsAllowed(redirectUri, settings.AllowedRedirectDomains))
        {
            return Refuse(session, $"redirect_uri failed domain allow-list validation: {redirectUri}");
        }
        var (flow, verifier) = (OAuth2Session.NewFlowId(), OAuth2Session.NewVerifier());
        var token = session.CsrfToken(flow);
        var original = origin + OAuth2Session.Text(request.Get(HeaderId.Path));
        var query = settings.AuthorizationQuery.Copy();
        query.Set("state", new OAuth2State(original, token, flow).Encode());
        query.Set("redirect_uri", OAuth2Text.UrlEncode(redirectUri));
        query.Set("code_challenge", OAuth2Cipher.Challenge(verifier));
        query.Set("code_challenge_method", "S256");
        var response = Begin(session);
        session.AddFlowCookie(response, settings.Cookies.Nonce, flow, token, settings.CsrfSeconds);
        session.AddFlowCookie(
            response, settings.Cookies.Verifier, flow, session.Encrypt(verifier), settings.VerifierSeconds);
        settings.Stats.CountUnauthorized(session.Stream.Worker.Index);
        var endpoint = settings.AuthorizationEndpoint;
        var question = endpoint.PathAndQuery.IndexOf('?');
        var path = question < 0 ? endpoint.PathAndQuery : endpoint.PathAndQuery[..question];
        return Answer(
            session, $"{endpoint.Scheme}://{endpoint.Authority}{path}{query}{settings.ResourceParameters}",
            "oauth.missing_credentials");
    }
}
