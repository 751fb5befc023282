using System.Security.Cryptography;
using System.Text.Json;

namespace Lateen.Proxy.Jwt;

/// <summary>One public or shared key of a set (RFC 7517).</summary>
internal sealed class JwtKey
{
    /// <summary>Shorter ones are no keys for BoringSSL.</summary>
    private const int ModulusBytesMin = 64;

    private readonly RSA? _rsa;
    private readonly ECDsa? _ec;
    private readonly byte[]? _secret;
    private readonly int _curveBits;

    private JwtKey(string id, string algorithm, RSA? rsa, ECDsa? ec, byte[]? secret)
    {
        Id = id;
        Algorithm = algorithm;
        _rsa = rsa;
        _ec = ec;
        _secret = secret;
        _curveBits = ec?.KeySize ?? 0;
    }

    private byte[]? _edwards;

    /// <summary>False for keys that say that they are for something else than signatures.</summary>
    public bool MaySign { get; private init; }

    /// <summary>Empty when the key has no id.</summary>
    public string Id { get; }

    /// <summary>The only algorithm that the key is for; empty: any that fits its type.</summary>
    public string Algorithm { get; }

    /// <summary>Reads a key; null for types that are not known, and for algorithms that do not fit the type.</summary>
    public static JwtKey? TryRead(JsonElement fields)
    {
        var (id, algorithm) = (Text(fields, "kid"), Text(fields, "alg"));
        var maySign = IsForSignatures(fields);
        try
        {
            return Text(fields, "kty") switch
            {
                "RSA" when algorithm is "" or ['R' or 'P', 'S', ..] =>
                    new JwtKey(id, algorithm, ReadRsa(fields), null, null) { MaySign = maySign },
                "EC" when algorithm is "" or "ES256" or "ES384" or "ES512" =>
                    new JwtKey(id, algorithm, null, ReadCurve(fields, algorithm), null) { MaySign = maySign },
                "OKP" when Text(fields, "crv") == "Ed25519" && algorithm is "" or "EdDSA" =>
                    new JwtKey(id, algorithm, null, null, null)
                    {
                        _edwards = Bytes(fields, "x") is { Length: 32 } x ? x : throw new FormatException("x"),
                        MaySign = maySign,
                    },
                "oct" when algorithm is "" or "HS256" or "HS384" or "HS512" =>
                    new JwtKey(id, algorithm, null, null, Bytes(fields, "k")) { MaySign = maySign },
                _ => null,
            };
        }
        catch (Exception e) when (e is CryptographicException or FormatException or ArgumentException)
        {
            // One key that cannot be read leaves the others.
            return null;
        }
    }

    /// <summary>False for keys that say that they are for something else (RFC 7517, sections 4.2 and 4.3).</summary>
    private static bool IsForSignatures(JsonElement fields) =>
        Text(fields, "use") is "" or "sig"
        && (!fields.TryGetProperty("key_ops", out var uses) || uses.ValueKind != JsonValueKind.Array
            || uses.EnumerateArray().Any(use => use.ValueKind == JsonValueKind.String
                && use.GetString() is "verify" or "sign"));

    /// <summary>Whether the signature is this key's.</summary>
    public bool Verify(JwtToken token)
    {
        if (token.Algorithm == "EdDSA")
        {
            return _edwards is not null && Net.Tls.Ed25519.Verify(_edwards, token.SignedBytes, token.Signature);
        }
        var hash = token.Algorithm[2..] switch
        {
            "256" => HashAlgorithmName.SHA256,
            "384" => HashAlgorithmName.SHA384,
            "512" => HashAlgorithmName.SHA512,
            _ => default,
        };
        if (hash == default)
        {
            return false;
        }
        try
        {
            return token.Algorithm[..2] switch
            {
                "RS" => _rsa?.VerifyData(
                    token.SignedBytes, token.Signature, hash, RSASignaturePadding.Pkcs1) ?? false,
                "PS" => _rsa?.VerifyData(token.SignedBytes, token.Signature, hash, RSASignaturePadding.Pss) ?? false,
                "ES" => FitsCurve(token.Algorithm) && _ec!.VerifyData(token.SignedBytes, token.Signature, hash),
                _ => _secret is not null && CryptographicOperations.FixedTimeEquals(
                    CryptographicOperations.HmacData(hash, _secret, token.SignedBytes), token.Signature),
            };
        }
        catch (CryptographicException)
        {
            // A signature of the wrong form is a wrong signature.
            return false;
        }
    }

    private static RSA ReadRsa(JsonElement fields)
    {
        var (modulus, exponent) = (Bytes(fields, "n"), Bytes(fields, "e"));
        return modulus.Length < ModulusBytesMin || exponent is [1]
            ? throw new FormatException("n")
            : RSA.Create(new RSAParameters { Modulus = modulus, Exponent = exponent });
    }

    /// <summary>The algorithm names the curve where the key does not.</summary>
    private static ECDsa ReadCurve(JsonElement fields, string algorithm) => ECDsa.Create(new ECParameters
    {
        Curve = (Text(fields, "crv"), algorithm) switch
        {
            ("P-256", "" or "ES256") or ("", "ES256") => ECCurve.NamedCurves.nistP256,
            ("P-384", "" or "ES384") or ("", "ES384") => ECCurve.NamedCurves.nistP384,
            ("P-521", "" or "ES512") or ("", "ES512") => ECCurve.NamedCurves.nistP521,
            var (other, _) => throw new FormatException(other),
        },
        Q = new ECPoint { X = Bytes(fields, "x"), Y = Bytes(fields, "y") },
    });

    private static string Text(JsonElement fields, string name) =>
        fields.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()!
            : "";

    private static byte[] Bytes(JsonElement fields, string name) =>
        JwtToken.TryDecode(Packed(Text(fields, name)), out var bytes) && bytes.Length > 0
            ? bytes
            : throw new FormatException(name);

    /// <summary>Examples break long numbers into lines.</summary>
    private static string Packed(string text) => text.Any(char.IsWhiteSpace)
        ? string.Concat(text.Where(c => !char.IsWhiteSpace(c))).TrimEnd('=')
        : text.TrimEnd('=');

    private bool FitsCurve(string algorithm) => algorithm switch
    {
        "ES256" => _curveBits == 256,
        "ES384" => _curveBits == 384,
        _ => _curveBits == 521,
    };
}
