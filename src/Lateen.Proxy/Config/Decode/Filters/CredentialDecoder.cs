using Envoy.Extensions.Filters.Http.CredentialInjector.V3;
using Envoy.Extensions.Http.InjectedCredentials.Generic.V3;
using Lateen.Http;
using Lateen.Proxy.Filters;

namespace Lateen.Proxy.Config.Decode.Filters;

/// <summary>The filter <c>credential_injector</c>.</summary>
internal static class CredentialDecoder
{
    private const string GenericType = "envoy.extensions.http.injected_credentials.generic.v3.Generic";

    public static HttpFilter? Filter(FilterSource source)
    {
        var proto = source.Read(CredentialInjector.Parser);
        var type = TypedConfigs.Open(proto.Credential?.TypedConfig, out var bytes, out var fields);
        if (type != GenericType)
        {
            TypedConfigs.ReportUnknown(
                proto.Credential?.Name ?? "", proto.Credential?.TypedConfig, $"{source.Path}.credential",
                source.Context);
            return null;
        }
        var generic = TypedConfigs.Read(Generic.Parser, bytes, fields);
        if (generic.Credential is not { Name.Length: > 0 } secret)
        {
            source.Error("credential.typed_config.credential", "value is required");
            return null;
        }
        return new CredentialInjectorFilter(source.Scope!)
        {
            Name = source.Name,
            Disabled = source.Disabled,
            Secret = source.Context.GenericSecret(secret, $"{source.Path}.credential"),
            Header = HeaderName.Create(generic.Header.Length > 0 ? generic.Header : "authorization"),
            Overwrite = proto.Overwrite,
            AllowMissing = proto.AllowRequestWithoutCredential,
        };
    }
}
