using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Lateen.Proxy.OAuth2;

/// <summary>
/// What the filter signs and encrypts with the HMAC secret, in the formats of Envoy 1.40, so that sessions pass from
/// one proxy to the other: AES-256-CBC with the initialisation vector in front, or AES-256-GCM after the marker
/// <c>gcm.</c>; the key is the secret's SHA-256.
/// </summary>
internal static class OAuth2Cipher
{
    private const string GcmMarker = "gcm.";
    private const int BlockBytes = 16;
    private const int NonceBytes = 12;
    private const int TagBytes = 16;

    public static string Encrypt(string text, byte[] secret, bool useGcm)
    {
        var plain = Encoding.Latin1.GetBytes(text);
        var key = SHA256.HashData(secret);
        if (useGcm)
        {
            var sealedText = new byte[NonceBytes + plain.Length + TagBytes];
            RandomNumberGenerator.Fill(sealedText.AsSpan(0, NonceBytes));
            using var gcm = new AesGcm(key, TagBytes);
            gcm.Encrypt(
                sealedText.AsSpan(0, NonceBytes), plain, sealedText.AsSpan(NonceBytes, plain.Length),
                sealedText.AsSpan(NonceBytes + plain.Length));
            return GcmMarker + Base64Url.EncodeToString(sealedText);
        }
        var vector = RandomNumberGenerator.GetBytes(BlockBytes);
        using var aes = Aes.Create();
        aes.Key = key;
        return Base64Url.EncodeToString([.. vector, .. aes.EncryptCbc(plain, vector)]);
    }

    /// <summary>
    /// Null when the text was not made with this secret. <paramref name="legacy"/>: it was made with CBC, which
    /// <paramref name="allowCbc"/> must permit.
    /// </summary>
    public static string? Decrypt(string text, byte[] secret, bool allowCbc, out bool legacy)
    {
        legacy = !text.StartsWith(GcmMarker, StringComparison.Ordinal);
        var encoded = legacy ? text : text[GcmMarker.Length..];
        if (encoded.Contains('=') || !Base64Url.IsValid(encoded) || (legacy && !allowCbc))
        {
            return null;
        }
        var bytes = Base64Url.DecodeFromChars(encoded);
        var key = SHA256.HashData(secret);
        return legacy ? DecryptCbc(bytes, key) : DecryptGcm(bytes, key);
    }

    /// <summary>Base64 of the HMAC over <paramref name="text"/>.</summary>
    public static string Sign(byte[] secret, string text) =>
        Convert.ToBase64String(HMACSHA256.HashData(secret, Encoding.Latin1.GetBytes(text)));

    /// <summary>The form of versions before 1.26: base64 of the HMAC in hexadecimal.</summary>
    public static string SignHex(byte[] secret, string text) => Convert.ToBase64String(Encoding.ASCII.GetBytes(
        Convert.ToHexStringLower(HMACSHA256.HashData(secret, Encoding.Latin1.GetBytes(text)))));

    public static bool AreEqual(string left, string right) => CryptographicOperations.FixedTimeEquals(
        Encoding.Latin1.GetBytes(left), Encoding.Latin1.GetBytes(right));

    /// <summary>What the authorization server compares with the verifier (RFC 7636).</summary>
    public static string Challenge(string verifier) =>
        Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(verifier)));

    private static string? DecryptCbc(byte[] bytes, byte[] key)
    {
        if (bytes.Length <= BlockBytes || bytes.Length % BlockBytes != 0)
        {
            return null;
        }
        using var aes = Aes.Create();
        aes.Key = key;
        var plain = new byte[bytes.Length];
        try
        {
            return aes.TryDecryptCbc(
                bytes.AsSpan(BlockBytes), bytes.AsSpan(0, BlockBytes), plain, out var length)
                ? Encoding.Latin1.GetString(plain, 0, length)
                : null;
        }
        catch (CryptographicException)
        {
            // The padding is wrong: another secret's, or no cookie of ours.
            return null;
        }
    }

    private static string? DecryptGcm(byte[] bytes, byte[] key)
    {
        if (bytes.Length < NonceBytes + TagBytes)
        {
            return null;
        }
        var length = bytes.Length - NonceBytes - TagBytes;
        var plain = new byte[length];
        using var gcm = new AesGcm(key, TagBytes);
        try
        {
            gcm.Decrypt(
                bytes.AsSpan(0, NonceBytes), bytes.AsSpan(NonceBytes, length), bytes.AsSpan(NonceBytes + length),
                plain);
            return Encoding.Latin1.GetString(plain);
        }
        catch (AuthenticationTagMismatchException)
        {
            return null;
        }
    }
}
