using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text.Json;

namespace Lateen.ControlPlane.Jwks;

/// <summary>Tells keys that proxies can read (RFC 7517, RFC 7518 section 6, RFC 8037): they refuse a listener with a
/// set of which they can read none.</summary>
internal static class JwkReader
{
    private const int EdwardsBytes = 32;

    // Envoy's library takes none of fewer bits than 512.
    private const int ModulusBytesMin = 64;

    /// <summary>Whether the kind is known, its parts are a key, and the algorithm, if one is named, is of the
    /// kind.</summary>
    public static bool CanRead(JsonElement key)
    {
        try
        {
            var algorithm = Text(key, "alg");
            return Text(key, "kty") switch
            {
                "RSA" when algorithm is "" or ['R' or 'P', 'S', ..] => IsRsa(key),
                "EC" when algorithm is "" or "ES256" or "ES384" or "ES512" => IsPoint(key),
                "OKP" when algorithm is "" or "EdDSA" =>
                    Text(key, "crv") == "Ed25519" && Bytes(key, "x").Length == EdwardsBytes,
                "oct" when algorithm is "" or "HS256" or "HS384" or "HS512" => Bytes(key, "k") is not null,
                _ => false,
            };
        }
        catch (Exception e) when (e is CryptographicException or FormatException or ArgumentException
            or InvalidOperationException)
        {
            // The last: half of a surrogate pair in a text.
            return false;
        }
    }

    /// <summary>A member that is text; empty when there is none.</summary>
    public static string Text(JsonElement key, string name) =>
        key.ValueKind == JsonValueKind.Object && key.TryGetProperty(name, out var value)
        && value.ValueKind == JsonValueKind.String ? value.GetString()! : "";

    private static bool IsRsa(JsonElement key)
    {
        var (modulus, exponent) = (Bytes(key, "n"), Bytes(key, "e"));
        if (modulus.Length < ModulusBytesMin || exponent is [1])
        {
            return false;
        }
        using var read = RSA.Create(new RSAParameters { Modulus = modulus, Exponent = exponent });
        return read.KeySize > 0;
    }

    private static bool IsPoint(JsonElement key)
    {
        ECCurve? curve = (Text(key, "crv"), Text(key, "alg")) switch
        {
            ("P-256", "" or "ES256") or ("", "ES256") => ECCurve.NamedCurves.nistP256,
            ("P-384", "" or "ES384") or ("", "ES384") => ECCurve.NamedCurves.nistP384,
            ("P-521", "" or "ES512") or ("", "ES512") => ECCurve.NamedCurves.nistP521,
            _ => null,
        };
        if (curve is not { } known)
        {
            return false;
        }
        using var read = ECDsa.Create(new ECParameters
        {
            Curve = known,
            Q = new ECPoint { X = Bytes(key, "x"), Y = Bytes(key, "y") },
        });
        return read.KeySize > 0;
    }

    private static byte[] Bytes(JsonElement key, string name) =>
        Text(key, name) is { Length: > 0 } text ? Base64Url.DecodeFromChars(text) : throw new FormatException(name);
}
