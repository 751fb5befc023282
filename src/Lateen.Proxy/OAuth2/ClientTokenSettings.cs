using Lateen.Proxy.Tls;

namespace Lateen.Proxy.OAuth2;

/// <summary>How the proxy gets a token for itself. Source: <c>injected_credentials.oauth2.v3.OAuth2</c>.</summary>
/// <param name="Endpoint">Where tokens come from.</param>
/// <param name="ClientId">Who the proxy is there.</param>
/// <param name="Secret">What it proves that with.</param>
/// <param name="IsBasic">By a header instead of the body.</param>
/// <param name="Scopes">What the token is for.</param>
/// <param name="Parameters">Further parameters of the request.</param>
/// <param name="RetryNanos">Pause after a failure; default 2 s.</param>
internal sealed record ClientTokenSettings(
    OAuth2Endpoint Endpoint, string ClientId, SecretSlot<byte[]> Secret, bool IsBasic, string[] Scopes,
    KeyValuePair<string, string>[] Parameters, long RetryNanos);
