using System.Text;
using static Lateen.Proxy.OAuth2.OAuth2Text;

namespace Lateen.Proxy.OAuth2;

/// <summary>The body and the authorization header of a request for tokens.</summary>
/// <param name="Body">A form.</param>
/// <param name="Authorization">Value of the header; null: none.</param>
internal readonly record struct OAuth2TokenRequest(string Body, string? Authorization)
{
    private const string AssertionType =
        "client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer";

    /// <summary>Tokens for the code of a call back.</summary>
    /// <param name="type">How the proxy proves itself.</param>
    /// <param name="client">Client identifier.</param>
    /// <param name="secret">The client's secret, or its assertion.</param>
    /// <param name="code">As it stood in the query.</param>
    /// <param name="redirectUri">The call back's address.</param>
    /// <param name="verifier">The flow's verifier.</param>
    public static OAuth2TokenRequest ForCode(
        OAuth2AuthType type, string client, string secret, string code, string redirectUri, string verifier)
    {
        var (name, start) = (Encode(client, FormReserved), $"grant_type=authorization_code&code={code}");
        var end = $"&redirect_uri={Encode(redirectUri, FormReserved)}&code_verifier={verifier}";
        return type switch
        {
            OAuth2AuthType.BasicAuth => new(start + end, Basic(client, secret)),
            OAuth2AuthType.TlsClientAuth => new($"{start}&client_id={name}{end}", null),
            OAuth2AuthType.PrivateKeyJwt => new(
                $"{start}&client_id={name}&{AssertionType}&client_assertion={Encode(secret, FormReserved)}{end}", null),
            _ => new($"{start}&client_id={name}&client_secret={Encode(secret, FormReserved)}{end}", null),
        };
    }

    /// <summary>New tokens for a refresh token.</summary>
    public static OAuth2TokenRequest ForRefresh(OAuth2AuthType type, string client, string secret, string refreshToken)
    {
        const string Start = "grant_type=refresh_token&refresh_token=";
        var (name, token) = (Encode(client, FormReserved), Encode(refreshToken, FormReserved));
        return type switch
        {
            OAuth2AuthType.BasicAuth => new(Start + Encode(refreshToken, "%"), Basic(client, secret)),
            OAuth2AuthType.TlsClientAuth => new($"{Start}{token}&client_id={name}", null),
            OAuth2AuthType.PrivateKeyJwt => new(
                $"{Start}{token}&client_id={name}&{AssertionType}&client_assertion={Encode(secret, FormReserved)}",
                null),
            _ => new($"{Start}{token}&client_id={name}&client_secret={Encode(secret, FormReserved)}", null),
        };
    }

    /// <summary>A token for the proxy itself (RFC 6749, section 4.4).</summary>
    public static OAuth2TokenRequest ForClient(
        bool isBasic, string client, string secret, IReadOnlyList<string> scopes,
        IReadOnlyList<KeyValuePair<string, string>> parameters)
    {
        const string Reserved = ":/=&? ";
        var body = new StringBuilder("grant_type=client_credentials");
        if (!isBasic)
        {
            body.Append("&client_id=").Append(Encode(client, Reserved))
                .Append("&client_secret=").Append(Encode(secret, Reserved));
        }
        if (scopes.Count > 0)
        {
            body.Append("&scope=").Append(Encode(string.Join(' ', scopes), Reserved));
        }
        foreach (var (name, value) in parameters)
        {
            body.Append('&').Append(Encode(name, Reserved)).Append('=').Append(Encode(value, Reserved));
        }
        return new(body.ToString(), isBasic ? Basic(client, secret) : null);
    }

    private static string Basic(string client, string secret) =>
        "Basic " + Convert.ToBase64String(Encoding.Latin1.GetBytes($"{client}:{secret}"));
}
