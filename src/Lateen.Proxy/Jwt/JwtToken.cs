using System.Buffers.Text;
using System.Text;
using System.Text.Json;

namespace Lateen.Proxy.Jwt;

/// <summary>A parsed token (RFC 7519), not verified.</summary>
internal sealed class JwtToken
{
    private static readonly string[] Algorithms =
    [
        "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "HS256", "HS384", "HS512",
        "EdDSA",
    ];

    private JwtToken(string text, JsonElement header, JsonElement payload, byte[] signature)
    {
        Text = text;
        Header = header;
        Payload = payload;
        Signature = signature;
    }

    /// <summary>The whole token.</summary>
    public string Text { get; }

    public JsonElement Header { get; }

    public JsonElement Payload { get; }

    public byte[] Signature { get; }

    public string Algorithm { get; private init; } = "";

    /// <summary>Empty when the header names no key.</summary>
    public string KeyId { get; private init; } = "";

    public string Issuer { get; private init; } = "";

    /// <summary>Null when there is none.</summary>
    public string? Subject { get; private init; }

    public string[] Audiences { get; private init; } = [];

    /// <summary>Seconds since the Unix epoch; zero: none.</summary>
    public long Expiry { get; private set; }

    public long NotBefore { get; private set; }

    public long IssuedAt { get; private set; }

    /// <summary>The bytes that are signed.</summary>
    public byte[] SignedBytes => Encoding.ASCII.GetBytes(Text[..Text.LastIndexOf('.')]);

    /// <summary>The middle part as it came.</summary>
    public string PayloadText => Text.Split('.')[1];

    /// <summary>Parses a token; the status tells what is wrong with it.</summary>
    public static JwtStatus TryParse(string text, out JwtToken? token) => TryParse(text, true, out token);

    /// <summary>The same; without <paramref name="needsClaims"/> the payload may be anything.</summary>
    internal static JwtStatus TryParse(string text, bool needsClaims, out JwtToken? token)
    {
        token = null;
        var parts = text.Split('.', StringSplitOptions.RemoveEmptyEntries);
        if (parts.Length != 3 || text.Count(c => c == '.') != 2)
        {
            return JwtStatus.BadFormat;
        }
        if (!TryDecode(parts[0], out var headerBytes))
        {
            return JwtStatus.HeaderBase64;
        }
        if (!TryParseObject(headerBytes, out var header))
        {
            return JwtStatus.HeaderJson;
        }
        if (!header.TryGetProperty("alg", out var algorithm) || algorithm.ValueKind != JsonValueKind.String)
        {
            return JwtStatus.HeaderAlgorithm;
        }
        if (Array.IndexOf(Algorithms, algorithm.GetString()) < 0)
        {
            return JwtStatus.AlgorithmUnknown;
        }
        if (header.TryGetProperty("kid", out var keyId) && keyId.ValueKind != JsonValueKind.String)
        {
            return JwtStatus.HeaderKeyId;
        }
        if (!TryDecode(parts[1], out var payloadBytes))
        {
            return JwtStatus.PayloadBase64;
        }
        if (!TryParseObject(payloadBytes, out var payload))
        {
            if (needsClaims)
            {
                return JwtStatus.PayloadJson;
            }
            _ = TryParseObject("{}"u8.ToArray(), out payload);
        }
        var parsed = new JwtToken(text, header, payload, TryDecode(parts[2], out var signature) ? signature : [])
        {
            Algorithm = algorithm.GetString()!,
            KeyId = StringOf(header, "kid") ?? "",
            Issuer = StringOf(payload, "iss") ?? "",
            Subject = StringOf(payload, "sub"),
            Audiences = AudiencesOf(payload),
        };
        if (WrongText(payload) is { } notText)
        {
            return notText;
        }
        if (parsed.ReadTimes() is { } wrong)
        {
            return wrong;
        }
        token = parsed;
        return parsed.Signature.Length == 0 ? JwtStatus.SignatureBase64 : JwtStatus.Ok;
    }

    internal static bool TryDecode(string base64Url, out byte[] bytes)
    {
        bytes = [];
        if (base64Url.Contains('=') || !Base64Url.IsValid(base64Url))
        {
            return false;
        }
        bytes = Base64Url.DecodeFromChars(base64Url);

        // One text for one value: no blanks inside, and no bits that say nothing.
        return Base64Url.EncodeToString(bytes) == base64Url;
    }

    private static bool TryParseObject(byte[] bytes, out JsonElement element)
    {
        element = default;
        using var document = CheckedJson.TryParse(bytes);
        if (document is null)
        {
            return false;
        }
        element = document.RootElement.Clone();
        return element.ValueKind == JsonValueKind.Object;
    }

    private static string? StringOf(JsonElement fields, string name) =>
        fields.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;

    private static JwtStatus? WrongText(JsonElement payload)
    {
        foreach (var claim in new[] { "iss", "sub", "jti" })
        {
            if (payload.TryGetProperty(claim, out var value) && value.ValueKind != JsonValueKind.String)
            {
                return JwtStatus.NotString(claim);
            }
        }
        return payload.TryGetProperty("aud", out var audience) && !IsTexts(audience)
            ? JwtStatus.NotString("aud")
            : null;
    }

    private static bool IsTexts(JsonElement audience) => audience.ValueKind switch
    {
        JsonValueKind.String => true,
        JsonValueKind.Array => audience.EnumerateArray().All(entry => entry.ValueKind == JsonValueKind.String),
        _ => false,
    };

    private static string[] AudiencesOf(JsonElement payload)
    {
        if (!payload.TryGetProperty("aud", out var audience))
        {
            return [];
        }
        return audience.ValueKind switch
        {
            JsonValueKind.String => [audience.GetString()!],
            JsonValueKind.Array => [.. audience.EnumerateArray()
                .Where(entry => entry.ValueKind == JsonValueKind.String).Select(entry => entry.GetString()!)],
            _ => [],
        };
    }

    private JwtStatus? ReadTimes()
    {
        foreach (var claim in new[] { "exp", "nbf", "iat" })
        {
            if (!Payload.TryGetProperty(claim, out var value))
            {
                continue;
            }
            if (value.ValueKind != JsonValueKind.Number)
            {
                return JwtStatus.NotInteger(claim);
            }
            var number = value.GetDouble();
            if (number is < 0 or > 9e18)
            {
                return JwtStatus.NotPositive(claim);
            }
            switch (claim)
            {
                case "exp":
                    Expiry = (long)number;
                    break;
                case "nbf":
                    NotBefore = (long)number;
                    break;
                default:
                    IssuedAt = (long)number;
                    break;
            }
        }
        return null;
    }
}
