using System.Text;
using Envoy.Config.Core.V3;
using Envoy.Extensions.Filters.Http.Oauth2.V3;
using Google.Protobuf.WellKnownTypes;
using Lateen.Http;
using Lateen.Proxy.Filters;
using Lateen.Proxy.OAuth2;
using Lateen.Proxy.Routing;
using Lateen.Proxy.Stats;
using Lateen.Proxy.Tls;
using AuthTypeProto = Envoy.Extensions.Filters.Http.Oauth2.V3.OAuth2Config.Types.AuthType;
using FilterProto = Envoy.Extensions.Filters.Http.Oauth2.V3.OAuth2;
using HeaderMatcher = Lateen.Proxy.Routing.HeaderMatcher;
using SameSite = Envoy.Extensions.Filters.Http.Oauth2.V3.CookieConfig.Types.SameSite;
using UriCase = Envoy.Extensions.Filters.Http.Oauth2.V3.PostLogoutRedirectUri.ConfigOneofCase;

namespace Lateen.Proxy.Config.Decode.Filters;

/// <summary>The filter <c>oauth2</c>.</summary>
internal static class OAuth2Decoder
{
    private const long AssertionSecondsDefault = 60;

    private static readonly System.Buffers.SearchValues<char> _notInCookiePaths = System.Buffers.SearchValues.Create(
        "\",;<>\\\u007f " + string.Concat(Enumerable.Range(0, 32).Select(code => (char)code)));

    public static HttpFilter? Filter(FilterSource source)
    {
        var config = source.Read(FilterProto.Parser).Config;
        var errors = source.Context.Errors.Count;
        var settings = config is null ? null : Decode(config, source, source.Scope!);
        return source.Context.Errors.Count > errors ? null : new OAuth2Filter
        {
            Name = source.Name,
            Disabled = source.Disabled,
            Settings = settings,
        };
    }

    public static object? Route(FilterSource source)
    {
        if (source.Read(OAuth2PerRoute.Parser).Config is { } config)
        {
            return Decode(config, source, source.Context.Stats.GetScope("http.", StatLayout.Empty));
        }
        source.Error("config", "value is required");
        return null;
    }

    private static OAuth2Settings? Decode(OAuth2Config config, FilterSource source, StatsScope scope)
    {
        var (at, context, errors) = ($"{source.Path}.config", source.Context, source.Context.Errors.Count);
        var credentials = config.Credentials ?? new OAuth2Credentials();
        var endpoint = OAuth2Url.TryParse(config.AuthorizationEndpoint);
        var redirectUri = HeaderDecoder.Format(config.RedirectUri, $"{at}.redirect_uri", context);
        var redirectPath = Path(config.RedirectPathMatcher, "redirect_path_matcher", source);
        var signoutPath = Path(config.SignoutPath, "signout_path", source);
        Check(config, credentials, endpoint, source);
        var (tokenSecret, hmacSecret) = Secrets(config, credentials, source);
        var postLogout = config.PostLogoutRedirectUri;
        var passThrough = Matchers(config.PassThroughMatcher, "pass_through_matcher", source);
        var denyRedirect = Matchers(config.DenyRedirectMatcher, "deny_redirect_matcher", source);
        var allowFailed = Matchers(config.AllowFailedMatcher, "allow_failed_matcher", source);
        var original = Format(config.OriginalRequestUri, "original_request_uri", source);
        var logout = postLogout?.ConfigCase == UriCase.Uri
            ? Format(postLogout.Uri, "post_logout_redirect_uri.uri", source) : null;
        if (context.Errors.Count > errors)
        {
            return null;
        }
        return new OAuth2Settings
        {
            TokenEndpoint = Endpoint(config.TokenEndpoint, config.RetryPolicy, context),
            AuthorizationEndpoint = endpoint!,
            AuthorizationQuery = Query(config, credentials.ClientId),
            ResourceParameters = string.Concat(
                config.Resources.Select(resource => $"&resource={OAuth2Text.UrlEncode(Latin(resource))}")),
            EndSessionEndpoint = Latin(config.EndSessionEndpoint),
            PostLogoutRedirectUri = logout,
            DisablePostLogoutRedirectUri = postLogout is { ConfigCase: UriCase.Disabled, Disabled: true },
            ClientId = Latin(credentials.ClientId),
            RedirectUri = redirectUri!,
            OriginalRequestUri = original,
            AllowedRedirectDomains = [.. config.AllowedRedirectDomains],
            RedirectPath = redirectPath!,
            SignoutPath = signoutPath!,
            TokenSecret = tokenSecret,
            HmacSecret = hmacSecret!,
            Stats = new OAuth2Stats(scope, config.StatPrefix.Length > 0 ? $"{config.StatPrefix}." : ""),
            PassThrough = passThrough,
            DenyRedirect = denyRedirect,
            AllowFailed = allowFailed,
            Cookies = Cookies(config, credentials),
            AuthType = (OAuth2AuthType)config.AuthType,
            Assertion = config.AuthType == AuthTypeProto.PrivateKeyJwt ? Assertion(config) : null,
            DefaultExpiresInSeconds = config.DefaultExpiresIn?.Seconds ?? 0,
            DefaultRefreshExpiresInSeconds = Seconds(config.DefaultRefreshTokenExpiresIn, 604_800),
            CsrfSeconds = Seconds(config.CsrfTokenExpiresIn, 600),
            VerifierSeconds = Seconds(config.CodeVerifierTokenExpiresIn, 600),
            ForwardBearerToken = config.ForwardBearerToken,
            IdTokenHeader = config.ForwardIdToken is { } forward ? HeaderName.Create(forward.Header) : null,
            PreserveAuthorizationHeader = config.PreserveAuthorizationHeader,
            UseRefreshToken = config.UseRefreshToken ?? true,
            DisableIdToken = config.DisableIdTokenSetCookie,
            DisableAccessToken = config.DisableAccessTokenSetCookie,
            DisableRefreshToken = config.DisableRefreshTokenSetCookie,
            DisableTokenEncryption = config.DisableTokenEncryption,
            UseAccessTokenExpiryForIdToken = config.UseAccessTokenExpiryForIdTokenCookie,
            Chunking = config.TokenCookieChunking is { } chunking
                ? new OAuth2Chunking((int)(chunking.MaxCookieSize ?? 4096), (int)(chunking.MaxChunks ?? 8)) : null,
        };
    }

    private static void Check(
        OAuth2Config config, OAuth2Credentials credentials, OAuth2Url? endpoint, FilterSource source)
    {
        if (endpoint is null)
        {
            source.Error("config.authorization_endpoint",
                $"OAuth2 filter: invalid authorization endpoint URL '{config.AuthorizationEndpoint}' in config.");
        }
        if (credentials.ClientId.Length == 0)
        {
            source.Error("config.credentials.client_id", "value length must be at least 1 characters");
        }
        if (config.EndSessionEndpoint.Length > 0 && !config.AuthScopes.Contains("openid"))
        {
            source.Error("config.end_session_endpoint",
                "OAuth2 filter: end session endpoint is only supported for OpenID Connect.");
        }
        if (config.ForwardIdToken is { Header.Length: 0 })
        {
            source.Error("config.forward_id_token.header", "value length must be at least 1 characters");
        }
        var forwardsIdToken = config.ForwardIdToken?.Header.Equals("authorization", StringComparison.OrdinalIgnoreCase)
            ?? false;
        if ((config.ForwardBearerToken ? 1 : 0) + (config.PreserveAuthorizationHeader ? 1 : 0)
            + (forwardsIdToken ? 1 : 0) > 1)
        {
            source.Error("config", "invalid OAuth2 configuration: at most one of forward_bearer_token, "
                + "preserve_authorization_header, or forward_id_token (when forwarding the ID token on the "
                + "Authorization header) may be set, as they all use the Authorization header");
        }
        if (!System.Enum.IsDefined(config.AuthType))
        {
            source.Error("config.auth_type", "value must be one of the defined enum values");
        }
        if (config.TokenCookieChunking is { MaxCookieSize: < 512 or > 4096 })
        {
            source.Error("config.token_cookie_chunking.max_cookie_size", "value must be inside range [512, 4096]");
        }
        if (config.TokenCookieChunking is { MaxChunks: < 2 or > OAuth2Chunking.PartCountLimit })
        {
            source.Error("config.token_cookie_chunking.max_chunks", "value must be inside range [2, 16]");
        }
        foreach (var path in CookiePaths(config.CookieConfigs))
        {
            if (path.Length > 0 && (path[0] != '/' || path.AsSpan().ContainsAny(_notInCookiePaths)))
            {
                source.Error("config.cookie_configs", $"'{path}' is no cookie path");
            }
        }
    }

    private static IEnumerable<string> CookiePaths(CookieConfigs? configs) => new[]
    {
        configs?.BearerTokenCookieConfig, configs?.OauthHmacCookieConfig, configs?.OauthExpiresCookieConfig,
        configs?.IdTokenCookieConfig, configs?.RefreshTokenCookieConfig, configs?.OauthNonceCookieConfig,
        configs?.CodeVerifierCookieConfig,
    }.OfType<CookieConfig>().Select(config => config.Path);

    private static (SecretSlot<byte[]>? Token, SecretSlot<byte[]>? Hmac) Secrets(
        OAuth2Config config, OAuth2Credentials credentials, FilterSource source)
    {
        var context = source.Context;
        SecretSlot<byte[]>? token = null;
        if (credentials.TokenSecret is { } tokenSecret)
        {
            token = context.GenericSecret(
                tokenSecret, $"{source.Path}.config.credentials.token_secret", "invalid token secret configuration");
        }
        else if (config.AuthType != AuthTypeProto.TlsClientAuth)
        {
            source.Error("config.credentials.token_secret",
                "token_secret is required when auth_type is not TLS_CLIENT_AUTH");
        }
        if (credentials.HmacSecret is { } hmacSecret)
        {
            return (token, context.GenericSecret(
                hmacSecret, $"{source.Path}.config.credentials.hmac_secret", "invalid HMAC secret configuration"));
        }
        source.Error("config.credentials.hmac_secret", "value is required");
        return (token, null);
    }

    private static StringMatcher? Path(Envoy.Type.Matcher.V3.PathMatcher? matcher, string field, FilterSource source)
    {
        if (matcher?.Path is { } path)
        {
            return MatcherDecoder.DecodeString(path, $"{source.Path}.config.{field}.path", source.Context);
        }
        source.Error($"config.{field}", "value is required");
        return null;
    }

    private static HeaderMatcher[] Matchers(
        IEnumerable<Envoy.Config.Route.V3.HeaderMatcher> matchers, string field, FilterSource source) =>
        MatcherDecoder.DecodeHeaders(matchers, $"{source.Path}.config.{field}", source.Context);

    private static Formatting.FormatString? Format(string text, string field, FilterSource source) =>
        text.Length == 0 ? null : HeaderDecoder.Format(text, $"{source.Path}.config.{field}", source.Context);

    private static OAuth2Query Query(OAuth2Config config, string clientId)
    {
        var query = OAuth2Query.Parse(Latin(config.AuthorizationEndpoint));
        query.Set("client_id", Latin(clientId));
        query.Set("response_type", "code");
        query.Set("scope", OAuth2Text.UrlEncode(
            config.AuthScopes.Count == 0 ? "user" : Latin(string.Join(' ', config.AuthScopes))));
        return query;
    }

    private static OAuth2Assertion Assertion(OAuth2Config config)
    {
        var jwt = config.PrivateKeyJwtConfig ?? new PrivateKeyJwtConfig();
        return new OAuth2Assertion(
            jwt.SigningAlgorithm.ToString().ToUpperInvariant(),
            Seconds(jwt.AssertionLifetime, AssertionSecondsDefault),
            Latin(jwt.AssertionAudience.Length > 0 ? jwt.AssertionAudience : config.TokenEndpoint?.Uri ?? ""));
    }

    private static OAuth2Cookie Cookie(string? name, string fallback, CookieConfig? config) => new(
        string.IsNullOrEmpty(name) ? fallback : name,
        string.IsNullOrEmpty(config?.Path) ? "/" : config.Path,
        config?.SameSite switch
        {
            SameSite.Strict => ";SameSite=Strict",
            SameSite.Lax => ";SameSite=Lax",
            SameSite.None => ";SameSite=None",
            _ => "",
        } + (config is { Partitioned: true } ? ";Partitioned" : ""));

    private static OAuth2Cookies Cookies(OAuth2Config config, OAuth2Credentials credentials)
    {
        var (cookies, names) = (config.CookieConfigs, credentials.CookieNames);
        return new OAuth2Cookies(
            Bearer: Cookie(names?.BearerToken, "BearerToken", cookies?.BearerTokenCookieConfig),
            Hmac: Cookie(names?.OauthHmac, "OauthHMAC", cookies?.OauthHmacCookieConfig),
            Expires: Cookie(names?.OauthExpires, "OauthExpires", cookies?.OauthExpiresCookieConfig),
            Id: Cookie(names?.IdToken, "IdToken", cookies?.IdTokenCookieConfig),
            Refresh: Cookie(names?.RefreshToken, "RefreshToken", cookies?.RefreshTokenCookieConfig),
            Nonce: Cookie(names?.OauthNonce, "OauthNonce", cookies?.OauthNonceCookieConfig),
            Verifier: Cookie(names?.CodeVerifier, "CodeVerifier", cookies?.CodeVerifierCookieConfig),
            Domain: credentials.CookieDomain);
    }

    /// <summary>Where tokens come from; null without an address.</summary>
    internal static OAuth2Endpoint? Endpoint(HttpUri? uri, Envoy.Config.Core.V3.RetryPolicy? retry,
        DecodeContext context)
    {
        const long BaseNanosDefault = 25_000_000;
        if (uri is null)
        {
            return null;
        }
        var (host, path) = Split(uri.Uri);
        var start = Durations.Nanos(retry?.RetryBackOff?.BaseInterval, BaseNanosDefault);
        return new OAuth2Endpoint(
            context.Cluster(uri.Cluster), Encoding.ASCII.GetBytes(host), Encoding.ASCII.GetBytes(path),
            Durations.Nanos(uri.Timeout), retry is null ? 0 : (int)Math.Min(retry.NumRetries ?? 1, 100), start,
            Durations.Nanos(retry?.RetryBackOff?.MaxInterval, 10 * start));
    }

    private static long Seconds(Duration? duration, long fallback) => duration?.Seconds ?? fallback;

    /// <summary>The bytes of a text, one character each, as the filter keeps texts.</summary>
    private static string Latin(string text) => Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(text));

    private static (string Host, string Path) Split(string uri)
    {
        var scheme = uri.IndexOf("://", StringComparison.Ordinal);
        var rest = scheme < 0 ? uri : uri[(scheme + 3)..];
        var slash = rest.IndexOf('/');
        return slash < 0 ? (rest, "/") : (rest[..slash], rest[slash..]);
    }
}
