using System.Globalization;
using System.Text;
using System.Text.Json;
using Lateen.Proxy.Runtime;

namespace Lateen.Proxy.Jwt;

/// <summary>One request's way through its requirement. Run again from the start once keys have been fetched.</summary>
internal sealed class JwtCheck(HttpStream stream, JwtAuthnStats stats)
{
    private const string Namespace = "envoy.filters.http.jwt_authn";

    private readonly HashSet<string> _seen = new(StringComparer.Ordinal);
    private readonly HashSet<JwtProvider> _unreachable = [];

    /// <summary>The provider whose keys are wanted; null: none.</summary>
    public JwtProvider? Wanted { get; private set; }

    /// <summary>The fetch in progress.</summary>
    public HttpCall? Call { get; set; }

    /// <summary>Notes that the wanted keys cannot be had.</summary>
    public void OnFetchFailed() => _unreachable.Add(Wanted!);

    /// <summary>The first token of the provider's places decides.</summary>
    public JwtStatus? CheckProvider(JwtProvider provider, string[]? audiences)
    {
        foreach (var location in provider.Locations)
        {
            if (location.Find(stream.Request) is not { } text)
            {
                continue;
            }
            var status = CheckToken(provider, audiences, text, out var token);
            if (status == JwtStatus.Ok)
            {
                Accept(provider, location, token!);
            }
            return status;
        }
        return JwtStatus.Missing;
    }

    private JwtStatus? CheckToken(JwtProvider provider, string[]? audiences, string text, out JwtToken? token)
    {
        var known = provider.Cache?.Find(text);
        if (_seen.Add($"{provider.Name}\n{text}"))
        {
            stats.CountCache(stream.Worker.Index, known is not null);
        }
        token = known;
        if (token is null)
        {
            var parsed = JwtToken.TryParse(text, out token);
            if (parsed != JwtStatus.Ok)
            {
                return parsed;
            }
        }
        var claims = provider.CheckClaims(token!, audiences, stream.Worker.Loop.UnixNanos / 1_000_000_000);
        if (claims != JwtStatus.Ok || known is not null)
        {
            return claims;
        }
        if (provider.KeysAt(stream.Worker.NowNanos) is not { } keys)
        {
            if (_unreachable.Contains(provider))
            {
                return JwtStatus.FetchFailed;
            }
            Wanted = provider;
            return null;
        }
        var status = keys.Verify(token!);
        if (status == JwtStatus.Ok)
        {
            provider.Cache?.Add(token!);
        }
        return status;
    }

    private void Accept(JwtProvider provider, JwtLocation location, JwtToken token)
    {
        var request = stream.Request;
        if (provider.PayloadHeader is { } header)
        {
            var payload = token.PayloadText;
            var padding = provider.PadPayloadHeader ? (4 - payload.Length % 4) % 4 : 0;
            request.Set(header, Encoding.ASCII.GetBytes(payload + new string('=', padding)));
        }
        foreach (var (name, path) in provider.ClaimHeaders)
        {
            if (ClaimText(token.Payload, path) is { Length: > 0 } text)
            {
                request.Set(name, Encoding.UTF8.GetBytes(text));
            }
        }
        if (provider.PayloadMetadataKey.Length > 0)
        {
            var payload = JwtValues.ToValue(token.Payload);
            foreach (var claim in provider.SpaceDelimitedClaims)
            {
                JwtValues.SplitAtSpaces(payload.StructValue, claim);
            }
            stream.Info.SetMetadata(Namespace, provider.PayloadMetadataKey, payload);
        }
        if (provider.HeaderMetadataKey.Length > 0)
        {
            stream.Info.SetMetadata(Namespace, provider.HeaderMetadataKey, JwtValues.ToValue(token.Header));
        }
        if (!provider.Forward)
        {
            location.Remove(request);
        }
        if (provider.ClearRouteCache && (provider.PayloadHeader is not null || provider.ClaimHeaders.Length > 0
            || provider.PayloadMetadataKey.Length > 0))
        {
            stream.RefreshRoute();
        }
    }

    /// <summary>A claim as header text: numbers and truth values plain, lists and mappings in base64.</summary>
    private static string? ClaimText(JsonElement payload, string[] path)
    {
        var value = payload;
        foreach (var key in path)
        {
            if (value.ValueKind != JsonValueKind.Object || !value.TryGetProperty(key, out value))
            {
                return null;
            }
        }
        return value.ValueKind switch
        {
            JsonValueKind.String => value.GetString(),
            JsonValueKind.True => "true",
            JsonValueKind.False => "false",
            JsonValueKind.Number when value.TryGetInt64(out var integer) =>
                integer.ToString(CultureInfo.InvariantCulture),
            JsonValueKind.Number => value.GetDouble().ToString("F6", CultureInfo.InvariantCulture),
            JsonValueKind.Array or JsonValueKind.Object =>
                Convert.ToBase64String(Encoding.UTF8.GetBytes(value.GetRawText())),
            _ => null,
        };
    }
}
