using System.Buffers;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Lateen.Security;
using Lateen.Security.Keys;

namespace Lateen.Citadel.Tokens;

/// <summary>
/// Makes and checks join tokens: how a workload outside Kubernetes proves who it may be. A token is a JSON web token
/// (RFC 7519, ES256) in the shape of a Kubernetes service account's, signed with a key of the authority's own. It may
/// be used until it expires, since an agent shows it again when it starts anew.
/// </summary>
public sealed class JoinTokenIssuer : IDisposable
{
    /// <summary>Audience of tokens for the certificate service and discovery (Istio's TOKEN_AUDIENCES).</summary>
    public const string Audience = "istio-ca";

    /// <summary>A longer token is refused unread.</summary>
    public const int TokenLengthMax = 4096;

    private const string Issuer = "lateen-citadel";
    private const string SubjectPrefix = "system:serviceaccount:";

    private readonly PrivateKey _key;
    private readonly TimeProvider _clock;
    private readonly string _keyId;

    /// <summary>Signs with the given key.</summary>
    public JoinTokenIssuer(PrivateKey key, TimeProvider clock)
    {
        _key = key;
        _clock = clock;
        _keyId = Base64Url.EncodeToString(SHA256.HashData(key.PublicKey.ExportSubjectPublicKeyInfo()).AsSpan(0, 8));
    }

    /// <summary>Reads the key in the state folder, or makes it there at the first start.</summary>
    /// <exception cref="PkiException">The key cannot be read or written.</exception>
    public static JoinTokenIssuer Open(string stateFolder, TimeProvider clock)
    {
        var path = Path.Combine(stateFolder, "citadel", "join-token-key.pem");
        if (File.Exists(path))
        {
            return new JoinTokenIssuer(PrivateKey.Parse(File.ReadAllText(path)), clock);
        }
        var key = PrivateKey.Generate(new KeyOptions());
        SecretFile.Write(path, key.ToPem());
        return new JoinTokenIssuer(key, clock);
    }

    /// <summary>A token that lets a workload be this service account until the lifetime has passed.</summary>
    /// <exception cref="PkiException">A name is empty or holds a colon.</exception>
    public string Issue(string ns, string serviceAccount, TimeSpan lifetime)
    {
        if (ns.Length == 0 || serviceAccount.Length == 0 || ns.Contains(':') || serviceAccount.Contains(':'))
        {
            throw new PkiException(
                $"a join token needs a namespace and a service account without colons: '{ns}', '{serviceAccount}'");
        }
        var now = _clock.GetUtcNow();
        var header = Encode(writer =>
        {
            writer.WriteString("alg", "ES256");
            writer.WriteString("kid", _keyId);
            writer.WriteString("typ", "JWT");
        });
        var payload = Encode(writer =>
        {
            writer.WriteString("iss", Issuer);
            writer.WriteString("aud", Audience);
            writer.WriteString("sub", $"{SubjectPrefix}{ns}:{serviceAccount}");
            writer.WriteNumber("iat", now.ToUnixTimeSeconds());
            writer.WriteNumber("exp", (now + lifetime).ToUnixTimeSeconds());
        });
        var signed = $"{header}.{payload}";
        return $"{signed}.{Base64Url.EncodeToString(_key.SignData(Encoding.ASCII.GetBytes(signed)))}";
    }

    /// <summary>Checks a token.</summary>
    /// <param name="token">As it came.</param>
    /// <param name="claims">What it says; null when it is refused.</param>
    /// <returns>Null when it is good, else the reason, without the token.</returns>
    public string? Verify(string token, out JoinToken? claims)
    {
        claims = null;
        if (token.Length > TokenLengthMax)
        {
            return "the token is too long for a join token";
        }
        var parts = token.Split('.');
        if (parts.Length != 3)
        {
            return "the token is no JSON web token";
        }
        try
        {
            using var header = JsonDocument.Parse(Base64Url.DecodeFromChars(parts[0]));
            if (Text(header, "alg") != "ES256" || Text(header, "kid") != _keyId)
            {
                return "the token was not made by this mesh (its key is another): make a new one";
            }
            var signature = Base64Url.DecodeFromChars(parts[2]);
            if (!_key.VerifyData(Encoding.ASCII.GetBytes($"{parts[0]}.{parts[1]}"), signature))
            {
                return "the signature of the token does not verify";
            }
            using var payload = JsonDocument.Parse(Base64Url.DecodeFromChars(parts[1]));
            return Check(payload, out claims);
        }
        catch (Exception e) when (e is JsonException or FormatException or CryptographicException)
        {
            return "the token does not parse";
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _key.Dispose();

    private string? Check(JsonDocument payload, out JoinToken? claims)
    {
        claims = null;
        var audience = Text(payload, "aud");
        if (Text(payload, "iss") != Issuer || audience != Audience)
        {
            return $"the token is meant for '{audience}', not for '{Audience}'";
        }
        var subject = Text(payload, "sub");
        var names = subject.StartsWith(SubjectPrefix, StringComparison.Ordinal)
            ? subject[SubjectPrefix.Length..].Split(':')
            : [];
        if (names.Length != 2 || names[0].Length == 0 || names[1].Length == 0)
        {
            return $"the token's subject '{subject}' is no service account";
        }
        var hasExpiry = payload.RootElement.TryGetProperty("exp", out var value)
            && value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out _);
        var expiry = hasExpiry ? DateTimeOffset.FromUnixTimeSeconds(value.GetInt64()) : DateTimeOffset.UnixEpoch;
        if (expiry <= _clock.GetUtcNow())
        {
            return $"the token for {names[0]}/{names[1]} expired at {expiry:u}: make a new one";
        }
        claims = new JoinToken(names[0], names[1], audience, expiry);
        return null;
    }

    private static string Text(JsonDocument document, string name) =>
        document.RootElement.ValueKind == JsonValueKind.Object
        && document.RootElement.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String
            ? value.GetString() ?? ""
            : "";

    private static string Encode(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            write(writer);
            writer.WriteEndObject();
        }
        return Base64Url.EncodeToString(buffer.WrittenSpan);
    }
}
