using System.Globalization;
using System.Text;
using System.Text.Json;
using Google.Protobuf.WellKnownTypes;
using Lateen.Http;
using Lateen.Proxy.Runtime;

namespace Lateen.Proxy.Jwt;

/// <summary>One request's way through its requirement. Run again from the start once keys have been fetched.</summary>
internal sealed class JwtCheck(HttpStream stream, JwtAuthnStats stats)
{
    private const string Namespace = "envoy.filters.http.jwt_authn";

    private readonly HashSet<JwtProvider> _unreachable = [];

    private int _lookups;
    private int _countedLookups;

    /// <summary>The provider whose keys are wanted; null: none.</summary>
    public JwtProvider? Wanted { get; private set; }

    /// <summary>Look-ups of verified tokens count.</summary>
    public bool CountsCache { get; set; } = true;

    /// <summary>The fetch in progress.</summary>
    public RetriedHttpCall? Call { get; set; }

    /// <summary>Starts from the beginning; what has been counted is not counted again.</summary>
    public void Begin() => _lookups = 0;

    /// <summary>Notes that the wanted keys cannot be had.</summary>
    public void OnFetchFailed() => _unreachable.Add(Wanted!);

    /// <summary>All tokens of the provider's places must be good.</summary>
    public JwtStatus? CheckProvider(JwtProvider provider, string[]? audiences)
    {
        var accepted = new List<(JwtLocation, JwtToken)>();
        var status = CheckAll(provider, audiences, accepted);
        if (status == JwtStatus.Ok)
        {
            foreach (var (location, token) in accepted)
            {
                Accept(provider, location, token);
            }
        }
        else if (status is not null && status != JwtStatus.Missing && provider.FailureMetadataKey.Length > 0)
        {
            var fields = new Struct();
            fields.Fields["code"] = Value.ForNumber(status.Code);
            fields.Fields["message"] = Value.ForString(status.Text);
            stream.Info.SetMetadata(Namespace, provider.FailureMetadataKey, Value.ForStruct(fields));
        }
        return status;
    }

    /// <summary>Tells the upstream that nothing was verified.</summary>
    public void TellUnverified(HeaderName header) => stream.Request.Set(header, "false"u8);

    private JwtStatus? CheckAll(
        JwtProvider provider, string[]? audiences, List<(JwtLocation Location, JwtToken Token)> accepted)
    {
        var texts = new List<string>();
        foreach (var location in provider.Locations)
        {
            texts.Clear();
            location.FindAll(stream.Request, texts);
            foreach (var text in texts)
            {
                var status = CheckToken(provider, audiences, text, out var token);
                if (status != JwtStatus.Ok)
                {
                    return status;
                }
                accepted.Add((location, token!));
            }
        }
        return accepted.Count > 0 ? JwtStatus.Ok : JwtStatus.Missing;
    }

    private JwtStatus? CheckToken(JwtProvider provider, string[]? audiences, string text, out JwtToken? token)
    {
        var known = provider.Cache?.Find(text);
        if (_lookups++ >= _countedLookups && CountsCache)
        {
            _countedLookups = _lookups;
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
