using System.Text;
using Envoy.Extensions.Filters.Http.ApiKeyAuth.V3;
using Lateen.Http;
using Lateen.Proxy.Filters;
using BasicAuthProto = Envoy.Extensions.Filters.Http.BasicAuth.V3;

namespace Lateen.Proxy.Config.Decode.Filters;

/// <summary>Filters that know their clients by themselves.</summary>
internal static class AuthenticationDecoder
{
    public static HttpFilter? BasicAuth(FilterSource source)
    {
        var config = source.Read(BasicAuthProto.BasicAuth.Parser);
        return Users(config.Users, source) is not { } users ? null : new BasicAuthFilter(source.Scope!)
        {
            Name = source.Name,
            Disabled = source.Disabled,
            Users = users,
            AllowMissing = config.AllowMissing,
            Realm = config.Realm,
            EmitsMetadata = config.EmitDynamicMetadata,
            Header = config.AuthenticationHeader.Length > 0
                ? HeaderName.Create(config.AuthenticationHeader)
                : HeaderName.Of(HeaderId.Authorization),
            ForwardUsername = config.ForwardUsernameHeader.Length > 0
                ? HeaderName.Create(config.ForwardUsernameHeader)
                : null,
        };
    }

    public static object? BasicAuthRoute(FilterSource source)
    {
        var config = source.Read(BasicAuthProto.BasicAuthPerRoute.Parser);
        return Users(config.Users, source, config.Realm);
    }

    public static HttpFilter ApiKeyAuth(FilterSource source)
    {
        var config = source.Read(Envoy.Extensions.Filters.Http.ApiKeyAuth.V3.ApiKeyAuth.Parser);
        return new ApiKeyAuthFilter(source.Scope!)
        {
            Name = source.Name,
            Disabled = source.Disabled,
            Settings = Settings(config.Credentials, config.KeySources, [], config.Forwarding, source),
        };
    }

    public static object ApiKeyAuthRoute(FilterSource source)
    {
        var config = source.Read(ApiKeyAuthPerRoute.Parser);
        return Settings(config.Credentials, config.KeySources, config.AllowedClients, config.Forwarding, source);
    }

    /// <summary>Lines <c>name:{SHA}base64</c>.</summary>
    private static BasicAuthUsers? Users(
        Envoy.Config.Core.V3.DataSource? users, FilterSource source, string realm = "")
    {
        var text = DataSourceReader.Read(users, $"{source.Path}.users", source.Context);
        if (text is null)
        {
            return null;
        }
        var hashes = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        foreach (var line in Encoding.UTF8.GetString(text).Split('\n', StringSplitOptions.TrimEntries))
        {
            if (line.Length == 0)
            {
                continue;
            }
            var colon = line.IndexOf(':');
            var hash = new byte[20];
            if (colon <= 0 || !line.AsSpan(colon + 1).StartsWith("{SHA}")
                || !Convert.TryFromBase64String(line[(colon + 6)..], hash, out var length) || length != 20)
            {
                source.Error("users", "basic auth: invalid htpasswd format");
                return null;
            }
            if (!hashes.TryAdd(line[..colon], hash))
            {
                source.Error("users", "basic auth: duplicate users");
            }
        }
        return new BasicAuthUsers(hashes, realm);
    }

    private static ApiKeySettings Settings(
        IEnumerable<Credential> credentials, IEnumerable<KeySource> sources, IEnumerable<string> clients,
        Forwarding? forwarding, FilterSource source)
    {
        var keys = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var credential in credentials)
        {
            if (!keys.TryAdd(credential.Key, credential.Client))
            {
                source.Error("credentials", "Duplicated credential key");
            }
        }
        if (sources.Any(key => key is { Header.Length: 0, Query.Length: 0, Cookie.Length: 0 }))
        {
            source.Error("key_sources", "One of 'header'/'query'/'cookie' must be set.");
        }
        return new ApiKeySettings
        {
            HidesCredentials = forwarding?.HideCredentials ?? false,
            Clients = keys,
            Sources = [.. sources.Select(key => new ApiKeySource(
                key.Header.Length > 0 ? HeaderName.Create(key.Header) : null,
                key.Query.Length > 0 ? Encoding.UTF8.GetBytes(key.Query) : null,
                Encoding.UTF8.GetBytes(key.Cookie)))],
            AllowedClients = clients.ToHashSet(StringComparer.Ordinal),
            ForwardHeader = forwarding is { Header.Length: > 0 } ? HeaderName.Create(forwarding.Header) : null,
        };
    }
}
