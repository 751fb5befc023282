namespace Lateen.Proxy.OAuth2;

/// <summary>The cookies of the filter. Source: <c>OAuth2Credentials.CookieNames</c>, <c>CookieConfigs</c>.</summary>
/// <param name="Bearer">The access token.</param>
/// <param name="Hmac">What signs the session.</param>
/// <param name="Expires">When the session ends.</param>
/// <param name="Id">The id token.</param>
/// <param name="Refresh">The refresh token.</param>
/// <param name="Nonce">The token of a flow against forged requests.</param>
/// <param name="Verifier">The verifier of a flow, encrypted.</param>
/// <param name="Domain">Hosts that they are good for; empty: the one that set them.</param>
internal sealed record OAuth2Cookies(
    OAuth2Cookie Bearer, OAuth2Cookie Hmac, OAuth2Cookie Expires, OAuth2Cookie Id, OAuth2Cookie Refresh,
    OAuth2Cookie Nonce, OAuth2Cookie Verifier, string Domain);
