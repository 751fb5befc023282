using Lateen.Http;
using Lateen.Proxy.Formatting;
using Lateen.Proxy.Routing;
using Lateen.Proxy.Tls;

namespace Lateen.Proxy.OAuth2;

/// <summary>Settings of the filter or of a route. Source: <c>oauth2.v3.OAuth2Config</c>.</summary>
internal sealed class OAuth2Settings
{
    /// <summary>Where tokens come from; null when none is configured.</summary>
    public OAuth2Endpoint? TokenEndpoint { get; init; }

    public required OAuth2Url AuthorizationEndpoint { get; init; }

    /// <summary>Parameters of the authorization endpoint, the fixed ones in place.</summary>
    public required OAuth2Query AuthorizationQuery { get; init; }

    /// <summary>Ends the location of a redirect.</summary>
    public string ResourceParameters { get; init; } = "";

    /// <summary>Signs the user out there too; empty: only here.</summary>
    public string EndSessionEndpoint { get; init; } = "";

    public FormatString? PostLogoutRedirectUri { get; init; }

    public bool DisablePostLogoutRedirectUri { get; init; }

    public required string ClientId { get; init; }

    public required FormatString RedirectUri { get; init; }

    /// <summary>What is before the path in the address to come back to; null: scheme and host.</summary>
    public FormatString? OriginalRequestUri { get; init; }

    public string[] AllowedRedirectDomains { get; init; } = [];

    public required StringMatcher RedirectPath { get; init; }

    public required StringMatcher SignoutPath { get; init; }

    /// <summary>Null: the client proves itself without.</summary>
    public SecretSlot<byte[]>? TokenSecret { get; init; }

    public required SecretSlot<byte[]> HmacSecret { get; init; }

    public required OAuth2Stats Stats { get; init; }

    public HeaderMatcher[] PassThrough { get; init; } = [];

    public HeaderMatcher[] DenyRedirect { get; init; } = [];

    public HeaderMatcher[] AllowFailed { get; init; } = [];

    public required OAuth2Cookies Cookies { get; init; }

    public OAuth2AuthType AuthType { get; init; }

    /// <summary>Makes what stands in for the secret with <see cref="OAuth2AuthType.PrivateKeyJwt"/>.</summary>
    public OAuth2Assertion? Assertion { get; init; }

    /// <summary>Zero: the answer must say.</summary>
    public long DefaultExpiresInSeconds { get; init; }

    public long DefaultRefreshExpiresInSeconds { get; init; } = 604_800;

    public long CsrfSeconds { get; init; } = 600;

    public long VerifierSeconds { get; init; } = 600;

    public bool ForwardBearerToken { get; init; }

    /// <summary>Gets the id token; null: none.</summary>
    public HeaderName? IdTokenHeader { get; init; }

    public bool PreserveAuthorizationHeader { get; init; }

    public bool UseRefreshToken { get; init; } = true;

    public bool DisableIdToken { get; init; }

    public bool DisableAccessToken { get; init; }

    public bool DisableRefreshToken { get; init; }

    public bool DisableTokenEncryption { get; init; }

    public bool UseAccessTokenExpiryForIdToken { get; init; }

    /// <summary>Long tokens take several cookies; null: one, however long.</summary>
    public OAuth2Chunking? Chunking { get; init; }

    /// <summary>Whether the secrets have come.</summary>
    public bool HasSecrets => HmacSecret.Current is not null
        && (AuthType == OAuth2AuthType.TlsClientAuth || TokenSecret?.Current is not null);

    /// <summary>Nothing is waited for.</summary>
    public bool IsSettled => HmacSecret.IsSettled && (TokenSecret?.IsSettled ?? true);
}
