using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Lateen.Security.Certificates;

/// <summary>
/// The outer form that certificates and revocation lists share: <c>SEQUENCE { toBeSigned, signatureAlgorithm, BIT
/// STRING }</c>
/// (RFC 5280 sections 4.1 and 5.1).
/// </summary>
internal sealed class SignedObject
{
    private readonly byte[] _signed;
    private readonly byte[] _signature;
    private readonly string _algorithm;

    private SignedObject(byte[] signed, byte[] signature, string algorithm)
    {
        _signed = signed;
        _signature = signature;
        _algorithm = algorithm;
    }

    /// <exception cref="PkiException">It has another form.</exception>
    public static SignedObject Parse(byte[] der, string what)
    {
        try
        {
            var outer = new AsnReader(der, AsnEncodingRules.DER).ReadSequence();
            var signed = outer.ReadEncodedValue().ToArray();
            var algorithm = outer.ReadSequence().ReadObjectIdentifier();
            return new SignedObject(signed, outer.ReadBitString(out _), algorithm);
        }
        catch (AsnContentException e)
        {
            throw new PkiException($"failed to parse the {what}: {e.Message}", e);
        }
    }

    /// <summary>Whether the key of the certificate made the signature; false for algorithms that are not
    /// known.</summary>
    public bool IsSignedBy(X509Certificate2 certificate)
    {
        var hash = HashOf(_algorithm);
        if (hash is null)
        {
            return false;
        }
        try
        {
            using var rsa = certificate.GetRSAPublicKey();
            if (rsa is not null)
            {
                return rsa.VerifyData(_signed, _signature, hash.Value, RSASignaturePadding.Pkcs1);
            }
            using var ec = certificate.GetECDsaPublicKey();
            return ec is not null
                && ec.VerifyData(_signed, _signature, hash.Value, DSASignatureFormat.Rfc3279DerSequence);
        }
        catch (CryptographicException)
        {
            return false;
        }
    }

    // sha256WithRSAEncryption and its like (RFC 4055), ecdsa-with-SHA256 and its like (RFC 5758).
    private static HashAlgorithmName? HashOf(string algorithm) => algorithm switch
    {
        "1.2.840.113549.1.1.11" or "1.2.840.10045.4.3.2" => HashAlgorithmName.SHA256,
        "1.2.840.113549.1.1.12" or "1.2.840.10045.4.3.3" => HashAlgorithmName.SHA384,
        "1.2.840.113549.1.1.13" or "1.2.840.10045.4.3.4" => HashAlgorithmName.SHA512,
        _ => null,
    };
}
