using System.Security.Cryptography;
using System.Text;
using Lateen.Http;
using Lateen.Proxy.Routing;
using Lateen.Proxy.Runtime;
using Lateen.Proxy.Stats;

namespace Lateen.Proxy.Filters;

/// <summary>The HTTP filter <c>basic_auth</c>: names and SHA-1 hashes of passwords as htpasswd makes them.</summary>
internal sealed class BasicAuthFilter : HttpFilter
{
    private const string Failed = "User authentication failed. ";
    private readonly StatsScope _scope;
    private readonly int _allowed;
    private readonly int _denied;

    public BasicAuthFilter(StatsScope scope)
    {
        _scope = scope;
        _allowed = scope.GetOrAdd("basic_auth.allowed");
        _denied = scope.GetOrAdd("basic_auth.denied");
    }

    public required BasicAuthUsers Users { get; init; }

    /// <summary>Where the credentials are.</summary>
    public HeaderName Header { get; init; } = HeaderName.Of(HeaderId.Authorization);

    /// <summary>Gets the user's name; null: none.</summary>
    public HeaderName? ForwardUsername { get; init; }

    /// <summary>Told to clients that are refused; empty: the request's URL.</summary>
    public string Realm { get; init; } = "";

    /// <summary>Leaves the user's name in dynamic metadata.</summary>
    public bool EmitsMetadata { get; init; }

    /// <summary>Requests without credentials may pass.</summary>
    public bool AllowMissing { get; init; }

    public override HttpFilterResult OnRequest(HttpStream stream)
    {
        var users = Route.GetPerFilterConfig(stream.Info, Name) as BasicAuthUsers ?? Users;
        if (!stream.Request.TryGet(Header, out var value))
        {
            return AllowMissing
                ? HttpFilterResult.Continue
                : Deny(stream, "Missing username and password.", "no_credential_for_basic_auth");
        }
        if (!value.StartsWith("Basic "u8))
        {
            return AllowMissing
                ? HttpFilterResult.Continue
                : Deny(stream, "Expected 'Basic' authentication scheme.", "invalid_scheme_for_basic_auth");
        }
        var text = Decode(value[6..]);
        var colon = text?.IndexOf(':') ?? -1;
        if (colon < 0)
        {
            return Deny(stream, "Invalid basic credential format.", "invalid_format_for_basic_auth");
        }
        if (!users.Knows(text![..colon], text[(colon + 1)..]))
        {
            return Deny(stream, "Invalid username/password combination.", "invalid_credential_for_basic_auth");
        }
        if (ForwardUsername is { } forward)
        {
            stream.Request.Set(forward, Encoding.UTF8.GetBytes(text[..colon]));
        }
        if (EmitsMetadata)
        {
            stream.Info.SetMetadata(Name, "username", text[..colon]);
        }
        _scope.Add(stream.Worker.Index, _allowed);
        return HttpFilterResult.Continue;
    }

    private static string? Decode(ReadOnlySpan<byte> base64)
    {
        var bytes = new byte[base64.Length];
        return Convert.TryFromBase64String(Encoding.ASCII.GetString(base64), bytes, out var length)
            ? Encoding.UTF8.GetString(bytes.AsSpan(0, length))
            : null;
    }

    private HttpFilterResult Deny(HttpStream stream, string why, string details)
    {
        _scope.Add(stream.Worker.Index, _denied);
        var info = stream.Info;
        info.ResponseCodeDetails = Encoding.ASCII.GetBytes(details);
        var scheme = info.Connection.Tls is null ? "http" : "https";
        var url = $"{scheme}://{Encoding.UTF8.GetString(stream.Request.Get(HeaderId.Authority))}"
            + Encoding.UTF8.GetString(stream.Request.Get(HeaderId.Path));
        var users = Route.GetPerFilterConfig(info, Name) as BasicAuthUsers;
        var realm = users is { Realm.Length: > 0 } ? users.Realm : Realm.Length > 0 ? Realm : url;
        stream.LocalReplyHeaders.Add("www-authenticate"u8, Encoding.UTF8.GetBytes($"Basic realm=\"{realm}\""));
        return new HttpFilterResult(HttpFilterStatus.LocalReply, 401, Encoding.UTF8.GetBytes(Failed + why));
    }
}

/// <summary>Users and the hashes of their passwords.</summary>
internal sealed class BasicAuthUsers(IReadOnlyDictionary<string, byte[]> hashes, string realm = "")
{
    /// <summary>Of a route; empty: the filter's.</summary>
    public string Realm { get; } = realm;

    /// <summary>Whether the password is the user's; takes the same time for a wrong one.</summary>
    public bool Knows(string user, string password)
    {
        // The format of htpasswd asks for SHA-1.
#pragma warning disable CA5350
        var hash = SHA1.HashData(Encoding.UTF8.GetBytes(password));
#pragma warning restore CA5350
        return hashes.TryGetValue(user, out var expected) && CryptographicOperations.FixedTimeEquals(hash, expected);
    }
}
