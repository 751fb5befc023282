using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Lateen.Http;
using Lateen.Proxy.AccessLog;
using Lateen.Proxy.Formatting;
using Lateen.Proxy.Jwt;
using Lateen.Proxy.Routing;
using Lateen.Proxy.Runtime;

namespace Lateen.Proxy.OAuth2;

/// <summary>What the filter knows of one request. Texts hold bytes, one character each.</summary>
internal sealed partial class OAuth2Session
{
    private readonly byte[] _hmacSecret;

    public OAuth2Session(HttpStream stream, OAuth2Settings settings)
    {
        Stream = stream;
        Settings = settings;
        _hmacSecret = settings.HmacSecret.Current ?? [];
        Host = Text(stream.Request.Get(HeaderId.Authority));
    }

    public HttpStream Stream { get; }

    public OAuth2Settings Settings { get; }

    public string Host { get; }

    /// <summary>The flow whose cookies the answer deletes; empty: none is known.</summary>
    public string FlowId { get; set; } = "";

    /// <summary>Where the user goes after the sign-in.</summary>
    public string OriginalUrl { get; set; } = "";

    public OAuth2TokenCall? Call { get; set; }

    /// <summary>New tokens came by a refresh: the response sets the cookies.</summary>
    public bool SetsCookies { get; set; }

    public string AccessToken { get; private set; } = "";

    public string IdToken { get; private set; } = "";

    public string RefreshToken { get; set; } = "";

    /// <summary>When the session ends, in seconds since the Unix epoch.</summary>
    public string Expires { get; private set; } = "";

    private string ExpiresIn { get; set; } = "";

    private string IdExpiresIn { get; set; } = "";

    private string RefreshExpiresIn { get; set; } = "";

    private long UnixSeconds => Stream.Worker.Loop.UnixNanos / 1_000_000_000;

    public static string Text(ReadOnlySpan<byte> bytes) => Encoding.Latin1.GetString(bytes);

    public string Format(FormatString format)
    {
        var output = new ByteBuffer();
        format.Write(output, Stream.Info, new FormatContext(AccessLogType.NotSet), "-"u8);
        return Text(output.Written);
    }

    public string Encrypt(string text) => OAuth2Cipher.Encrypt(
        text, _hmacSecret, IsOn("envoy.reloadable_features.oauth2_use_gcm_encryption", false));

    /// <summary>Null when the text was not encrypted with this secret.</summary>
    public string? Decrypt(string text)
    {
        var plain = OAuth2Cipher.Decrypt(
            text, _hmacSecret, IsOn("envoy.reloadable_features.oauth2_legacy_cbc_decrypt_compat", true),
            out var legacy);
        if (plain is not null && legacy)
        {
            Settings.Stats.CountLegacyCbc(Stream.Worker.Index);
        }
        return plain;
    }

    /// <summary>The name of a flow in front of its HMAC.</summary>
    public string CsrfToken(string flow) => $"{flow}.{OAuth2Cipher.Sign(_hmacSecret, flow)}";

    /// <summary>Whether a token of ours equals the cookie of its flow.</summary>
    public bool IsCsrfValid(OAuth2CookieJar cookies, string token, string flow)
    {
        var cookie = FlowCookie(cookies, Settings.Cookies.Nonce, flow);
        var dot = token.IndexOf('.');
        return cookie.Length > 0 && OAuth2Cipher.AreEqual(cookie, token) && dot >= 0
            && OAuth2Cipher.AreEqual(OAuth2Cipher.Sign(_hmacSecret, token[..dot]), token[(dot + 1)..]);
    }

    /// <summary>The cookie of a flow, or the one without a flow that old versions set.</summary>
    public static string FlowCookie(OAuth2CookieJar cookies, OAuth2Cookie cookie, string flow)
    {
        var value = cookies.Get($"{cookie.Name}.{flow}");
        return value.Length > 0 ? value : cookies.Get(cookie.Name);
    }

    /// <summary>Whether the cookies are those of a sign-in that is still good.</summary>
    public bool IsSignedIn(OAuth2CookieJar cookies)
    {
        var expires = cookies.Get(Settings.Cookies.Expires.Name);
        var signed = SignedText(
            expires, cookies.Get(Settings.Cookies.Bearer.Name), cookies.Get(Settings.Cookies.Id.Name),
            cookies.Get(Settings.Cookies.Refresh.Name));
        var hmac = cookies.Get(Settings.Cookies.Hmac.Name);
        return (OAuth2Cipher.AreEqual(OAuth2Cipher.Sign(_hmacSecret, signed), hmac)
                || OAuth2Cipher.AreEqual(OAuth2Cipher.SignHex(_hmacSecret, signed), hmac))
            && ulong.TryParse(expires, NumberStyles.None, CultureInfo.InvariantCulture, out var end)
            && end > (ulong)UnixSeconds;
    }

    public string Hmac() =>
        OAuth2Cipher.Sign(_hmacSecret, SignedText(Expires, AccessToken, IdToken, RefreshToken));

    /// <summary>Takes over what the token endpoint gave.</summary>
    public void Update(OAuth2TokenAnswer answer, long expiresIn)
    {
        var refresh = answer.RefreshToken;
        AccessToken = Settings.DisableAccessToken ? "" : Bytes(answer.AccessToken!);
        IdToken = Settings.DisableIdToken ? "" : Bytes(answer.IdToken);
        RefreshToken = Settings.UseRefreshToken && !Settings.DisableRefreshToken ? Bytes(refresh) : "";
        ExpiresIn = Number(expiresIn);
        IdExpiresIn = Settings.UseAccessTokenExpiryForIdToken ? ExpiresIn : Lifetime(answer.IdToken) ?? ExpiresIn;
        RefreshExpiresIn = !Settings.UseRefreshToken ? ExpiresIn
            : Lifetime(refresh) ?? Number(Settings.DefaultRefreshExpiresInSeconds);
        Expires = Number(UnixSeconds + expiresIn);
    }

    /// <summary>Sets the cookies of the session; tokens that are gone are deleted.</summary>
    public void AddSessionCookies(HeaderMap response, OAuth2CookieJar request)
    {
        Add(response, Settings.Cookies.Hmac, Hmac(), ExpiresIn);
        Add(response, Settings.Cookies.Expires, Expires, ExpiresIn);
        for (var i = 0; i < TokenCount; i++)
        {
            var (cookie, token, seconds) = TokenOf(i);
            if (_split is not null)
            {
                AddParts(response, i);
            }
            else
            {
                AddToken(response, request, cookie, token, seconds);
            }
        }
    }

    /// <summary>Sets a cookie of a flow, also under the name that old versions read.</summary>
    public void AddFlowCookie(HeaderMap response, OAuth2Cookie cookie, string flow, string value, long seconds)
    {
        foreach (var name in new[] { $"{cookie.Name}.{flow}", cookie.Name })
        {
            AddHeader(response, cookie.Set(name, value, Number(seconds), Settings.Cookies.Domain));
        }
    }

    public void DeleteFlowCookies(HeaderMap response)
    {
        foreach (var cookie in new[] { Settings.Cookies.Nonce, Settings.Cookies.Verifier })
        {
            if (FlowId.Length > 0)
            {
                Delete(response, cookie, $"{cookie.Name}.{FlowId}");
            }
            Delete(response, cookie, cookie.Name);
        }
    }

    public void Delete(HeaderMap response, OAuth2Cookie cookie, string name) =>
        AddHeader(response, cookie.Delete(name, Settings.Cookies.Domain));

    /// <summary>An identifier of a flow and a verifier, from the system's random source.</summary>
    public static string NewFlowId() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8));

    public static string NewVerifier() =>
        System.Buffers.Text.Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));

    private static bool IsOn(string feature, bool fallback) =>
        RuntimeSettings.Current.GetFlag(feature, fallback);

    private static void AddHeader(HeaderMap response, string value) =>
        response.Add(HeaderId.SetCookie, Encoding.Latin1.GetBytes(value));

    private static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);

    private static string Bytes(string text) => Text(Encoding.UTF8.GetBytes(text));

    private string SignedText(string expires, string access, string id, string refresh)
    {
        var domain = Settings.Cookies.Domain.Length > 0 ? Settings.Cookies.Domain : Host;
        return $"{domain}\n{expires}\n{access}\n{id}\n{refresh}";
    }

    private void Add(HeaderMap response, OAuth2Cookie cookie, string value, string seconds) =>
        AddHeader(response, cookie.Set(cookie.Name, value, seconds, Settings.Cookies.Domain));

    private void AddToken(
        HeaderMap response, OAuth2CookieJar request, OAuth2Cookie cookie, string token, string seconds)
    {
        if (token.Length > 0)
        {
            Add(response, cookie, Settings.DisableTokenEncryption ? token : Encrypt(token), seconds);
        }
        else if (request.Contains(cookie.Name))
        {
            AddHeader(response, cookie.Delete(cookie.Name, Settings.Cookies.Domain, keepsSecure: false));
        }
    }

    /// <summary>Seconds until a token that says so ends; null when it does not.</summary>
    private string? Lifetime(string token) =>
        JwtToken.TryParse(token, out var jwt) == JwtStatus.Ok && jwt!.Expiry > 0
            ? Number(Math.Max(0, jwt.Expiry - UnixSeconds))
            : null;
}
