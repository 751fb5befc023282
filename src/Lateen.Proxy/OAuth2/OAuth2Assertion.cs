using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Lateen.Proxy.OAuth2;

/// <summary>A signed assertion in place of a client's secret (RFC 7523).</summary>
/// <param name="Algorithm">RS256 to RS512, ES256 to ES512.</param>
/// <param name="LifetimeSeconds">How long it is good for.</param>
/// <param name="Audience">Who it is for.</param>
internal sealed record OAuth2Assertion(string Algorithm, long LifetimeSeconds, string Audience)
{
    /// <summary>Null when the key cannot be read or does not fit the algorithm.</summary>
    public string? TryCreate(string client, string privateKeyPem, long unixSeconds)
    {
        var header = $"{{\"alg\":\"{Algorithm}\",\"typ\":\"JWT\"}}";
        var id = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
        var name = Escape(client);
        var payload = string.Create(
            CultureInfo.InvariantCulture,
            $"{{\"iss\":\"{name}\",\"sub\":\"{name}\",\"aud\":\"{Escape(Audience)}\","
            + $"\"exp\":{unixSeconds + LifetimeSeconds},"
            + $"\"iat\":{unixSeconds},\"nbf\":{unixSeconds},\"jti\":\"{id}\"}}");
        var signed = $"{Encode(header)}.{Encode(payload)}";
        try
        {
            return $"{signed}.{Base64Url.EncodeToString(Sign(privateKeyPem, Encoding.ASCII.GetBytes(signed)))}";
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            // The key is a secret that was delivered: what is wrong with it is told by the failure.
            return null;
        }
    }

    private static string Encode(string text) => Base64Url.EncodeToString(Encoding.Latin1.GetBytes(text));

    private static string Escape(string text) => text.Replace("\\", "\\\\").Replace("\"", "\\\"");

    private byte[] Sign(string pem, byte[] bytes)
    {
        var hash = Algorithm[2..] switch
        {
            "384" => HashAlgorithmName.SHA384,
            "512" => HashAlgorithmName.SHA512,
            _ => HashAlgorithmName.SHA256,
        };
        if (Algorithm[0] == 'E')
        {
            using var ec = ECDsa.Create();
            ec.ImportFromPem(pem);
            return ec.SignData(bytes, hash, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
        }
        using var rsa = RSA.Create();
        rsa.ImportFromPem(pem);
        return rsa.SignData(bytes, hash, RSASignaturePadding.Pkcs1);
    }
}
