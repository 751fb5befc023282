namespace Lateen.Proxy.OAuth2;

/// <summary>How the proxy proves itself to the token endpoint. Source: <c>OAuth2Config.AuthType</c>.</summary>
internal enum OAuth2AuthType : byte
{
    UrlEncodedBody,
    BasicAuth,
    TlsClientAuth,
    PrivateKeyJwt,
}
