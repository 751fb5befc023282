using System.Text;
using Envoy.Extensions.Filters.Http.CredentialInjector.V3;
using Envoy.Extensions.Http.InjectedCredentials.Generic.V3;
using Lateen.Http;
using Lateen.Proxy.Filters;
using Lateen.Proxy.OAuth2;
using Lateen.Proxy.Tls;
using OAuth2Proto = Envoy.Extensions.Http.InjectedCredentials.Oauth2.V3.OAuth2;

namespace Lateen.Proxy.Config.Decode.Filters;

/// <summary>The filter <c>credential_injector</c>.</summary>
internal static class CredentialDecoder
{
    private const string OAuth2Type = "envoy.extensions.http.injected_credentials.oauth2.v3.OAuth2";
    private const string GenericType = "envoy.extensions.http.injected_credentials.generic.v3.Generic";

    public static HttpFilter? Filter(FilterSource source)
    {
        var proto = source.Read(CredentialInjector.Parser);
        switch (TypedConfigs.Open(proto.Credential?.TypedConfig, out var bytes, out var fields))
        {
            case GenericType:
                return OfSecret(TypedConfigs.Read(Generic.Parser, bytes, fields), proto, source);
            case OAuth2Type:
                return OfClient(TypedConfigs.Read(OAuth2Proto.Parser, bytes, fields), proto, source);
            default:
                TypedConfigs.ReportUnknown(
                    proto.Credential?.Name ?? "", proto.Credential?.TypedConfig, $"{source.Path}.credential",
                    source.Context);
                return null;
        }
    }

    private static CredentialInjectorFilter? OfSecret(Generic generic, CredentialInjector proto, FilterSource source)
    {
        if (generic.Credential is not { Name.Length: > 0 } secret)
        {
            source.Error("credential.typed_config.credential", "value is required");
            return null;
        }
        return source.Context.GenericSecret(secret, $"{source.Path}.credential") is not { } slot ? null
            : new CredentialInjectorFilter(source.Scope!)
            {
                Name = source.Name,
                Disabled = source.Disabled,
                Secret = slot,
                Header = HeaderName.Create(generic.Header.Length > 0 ? generic.Header : "authorization"),
                Prefix = Encoding.UTF8.GetBytes(generic.HeaderValuePrefix),
                Overwrite = proto.Overwrite,
                AllowMissing = proto.AllowRequestWithoutCredential,
            };
    }

    /// <summary>A token that the proxy fetches with its own credentials (RFC 6749, section 4.4).</summary>
    private static CredentialInjectorFilter? OfClient(OAuth2Proto oauth, CredentialInjector proto, FilterSource source)
    {
        const long RetryNanosDefault = 2_000_000_000;
        if (oauth.ClientCredentials is not { } client || oauth.TokenEndpoint is null)
        {
            source.Error("credential.typed_config", "client_credentials and token_endpoint are required");
            return null;
        }
        if (source.Context.GenericSecret(
            client.ClientSecret ?? new(), $"{source.Path}.credential.client_secret",
            "invalid oauth2 client secret configuration") is not { } secret)
        {
            return null;
        }
        var settings = new ClientTokenSettings(
            OAuth2Decoder.Endpoint(oauth.TokenEndpoint, null, source.Context)!, client.ClientId, secret,
            client.AuthType == OAuth2Proto.Types.AuthType.BasicAuth, [.. oauth.Scopes],
            [.. oauth.EndpointParams.Select(entry => KeyValuePair.Create(entry.Name, entry.Value))],
            Durations.Nanos(oauth.TokenFetchRetryInterval, RetryNanosDefault));
        var token = new SecretSlot<byte[]>("");
        if (source.Context.Resources.MainWorker?.Invoke() is { } worker)
        {
            ClientToken.Keep(worker, settings, token);
        }
        return new CredentialInjectorFilter(source.Scope!)
        {
            Name = source.Name,
            Disabled = source.Disabled,
            Secret = token,
            Header = HeaderName.Of(HeaderId.Authorization),
            Prefix = "Bearer "u8.ToArray(),
            Overwrite = proto.Overwrite,
            AllowMissing = proto.AllowRequestWithoutCredential,
            WaitsForSecret = false,
        };
    }
}
