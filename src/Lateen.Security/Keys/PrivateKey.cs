using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Lateen.Security.Certificates;

namespace Lateen.Security.Keys;

/// <summary>A private key of a workload or an authority. It is never logged; <see cref="ToPem"/> is its only way
/// out.</summary>
public sealed class PrivateKey : IDisposable
{
    private const string RsaOid = "1.2.840.113549.1.1.1";
    private const string EcOid = "1.2.840.10045.2.1";

    private readonly AsymmetricAlgorithm _key;
    private readonly bool _pkcs8;

    private PrivateKey(AsymmetricAlgorithm key, bool pkcs8)
    {
        _key = key;
        _pkcs8 = pkcs8;
    }

    /// <summary>Which kind it is.</summary>
    public KeyAlgorithm Algorithm => _key is RSA ? KeyAlgorithm.Rsa : KeyAlgorithm.Ecdsa;

    /// <summary>Size in bits: of the modulus, or of the curve.</summary>
    public int Bits => _key.KeySize;

    /// <summary>The public half.</summary>
    public PublicKey PublicKey => new(_key);

    /// <summary>Makes a new key.</summary>
    /// <exception cref="PkiException">The RSA size is out of bounds.</exception>
    public static PrivateKey Generate(KeyOptions options)
    {
        if (options.Algorithm == KeyAlgorithm.Rsa)
        {
            if (options.RsaBits is < KeyOptions.RsaBitsMin or > KeyOptions.RsaBitsMax)
            {
                throw new PkiException(
                    $"an RSA key has {KeyOptions.RsaBitsMin} to {KeyOptions.RsaBitsMax} bits, not {options.RsaBits}");
            }
            return new PrivateKey(RSA.Create(options.RsaBits), options.Pkcs8);
        }
        var curve = options.Curve == KeyOptions.P384 ? ECCurve.NamedCurves.nistP384 : ECCurve.NamedCurves.nistP256;
        return new PrivateKey(ECDsa.Create(curve), options.Pkcs8);
    }

    /// <summary>Reads PKCS #1, SEC 1 or PKCS #8.</summary>
    /// <exception cref="PkiException">It is none of these, or encrypted, or of another algorithm.</exception>
    public static PrivateKey Parse(string pem)
    {
        foreach (var block in PemText.Read(pem))
        {
            switch (block.Label)
            {
                case "EC PARAMETERS":
                    continue;
                case "RSA PRIVATE KEY":
                    return new PrivateKey(ImportRsa(rsa => rsa.ImportRSAPrivateKey(block.Bytes, out _)), pkcs8: false);
                case "EC PRIVATE KEY":
                    return new PrivateKey(ImportEc(ec => ec.ImportECPrivateKey(block.Bytes, out _)), pkcs8: false);
                case "PRIVATE KEY":
                    return ParsePkcs8(block.Bytes);
                default:
                    throw new PkiException($"invalid PEM-encoded key: the PEM block is a {block.Label}");
            }
        }
        throw new PkiException("invalid PEM-encoded key: there is no PEM block");
    }

    /// <summary>
    /// Options for the key that an authority with this key makes for itself: its own algorithm; P-384 stays, other
    /// curves become P-256.
    /// </summary>
    public KeyOptions SiblingOptions()
    {
        if (Algorithm == KeyAlgorithm.Rsa)
        {
            return new KeyOptions(KeyAlgorithm.Rsa, Math.Clamp(Bits, KeyOptions.RsaBitsMin, KeyOptions.RsaBitsMax));
        }
        return new KeyOptions(Curve: Bits == 384 ? KeyOptions.P384 : KeyOptions.P256);
    }

    /// <summary>Whether the certificate holds the public half of this key.</summary>
    public bool Matches(X509Certificate2 certificate) =>
        certificate.PublicKey.ExportSubjectPublicKeyInfo().AsSpan()
            .SequenceEqual(PublicKey.ExportSubjectPublicKeyInfo());

    /// <summary>The key as text, ending in a line feed: PKCS #8 when it was made or read so, else PKCS #1 or SEC
    /// 1.</summary>
    public string ToPem()
    {
        if (_pkcs8)
        {
            return PemText.EndLine(_key.ExportPkcs8PrivateKeyPem());
        }
        return PemText.EndLine(_key is RSA rsa ? rsa.ExportRSAPrivateKeyPem() : ((ECDsa)_key).ExportECPrivateKeyPem());
    }

    /// <summary>SHA-384 for P-384, else SHA-256.</summary>
    public HashAlgorithmName SignatureHash =>
        Algorithm == KeyAlgorithm.Ecdsa && Bits == 384 ? HashAlgorithmName.SHA384 : HashAlgorithmName.SHA256;

    /// <inheritdoc/>
    public void Dispose() => _key.Dispose();

    /// <summary>The certificate together with this key, as TLS wants it; the caller disposes it.</summary>
    public X509Certificate2 Attach(X509Certificate2 certificate) => _key is RSA rsa
        ? certificate.CopyWithPrivateKey(rsa)
        : certificate.CopyWithPrivateKey((ECDsa)_key);

    /// <summary>Signs certificates and requests; RSA with PKCS #1 padding.</summary>
    public X509SignatureGenerator CreateSignatureGenerator() => _key is RSA rsa
        ? X509SignatureGenerator.CreateForRSA(rsa, RSASignaturePadding.Pkcs1)
        : X509SignatureGenerator.CreateForECDsa((ECDsa)_key);

    /// <summary>The signature of JSON web signatures (RFC 7518): ES256 form for ECDSA, RS256 for RSA.</summary>
    public byte[] SignData(ReadOnlySpan<byte> data) => _key is RSA rsa
        ? rsa.SignData(data, SignatureHash, RSASignaturePadding.Pkcs1)
        : ((ECDsa)_key).SignData(data, SignatureHash, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);

    /// <summary>Whether <see cref="SignData"/> of this key made the signature.</summary>
    public bool VerifyData(ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature) => _key is RSA rsa
        ? rsa.VerifyData(data, signature, SignatureHash, RSASignaturePadding.Pkcs1)
        : ((ECDsa)_key).VerifyData(data, signature, SignatureHash, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);

    internal CertificateRequest NewRequest(X500DistinguishedName subject) => _key is RSA rsa
        ? new CertificateRequest(subject, rsa, SignatureHash, RSASignaturePadding.Pkcs1)
        : new CertificateRequest(subject, (ECDsa)_key, SignatureHash);

    private static PrivateKey ParsePkcs8(byte[] bytes)
    {
        string oid;
        try
        {
            // PrivateKeyInfo ::= SEQUENCE { version, AlgorithmIdentifier SEQUENCE { OID, … }, … } (RFC 5208 section 5).
            var sequence = new AsnReader(bytes, AsnEncodingRules.BER).ReadSequence();
            sequence.ReadInteger();
            oid = sequence.ReadSequence().ReadObjectIdentifier();
        }
        catch (AsnContentException e)
        {
            throw new PkiException("failed to parse the private key: it is no PKCS #8", e);
        }
        return oid switch
        {
            RsaOid => new PrivateKey(ImportRsa(rsa => rsa.ImportPkcs8PrivateKey(bytes, out _)), pkcs8: true),
            EcOid => new PrivateKey(ImportEc(ec => ec.ImportPkcs8PrivateKey(bytes, out _)), pkcs8: true),
            _ => throw new PkiException($"private keys of the algorithm {oid} are not supported; use ECDSA or RSA"),
        };
    }

    private static RSA ImportRsa(Action<RSA> import)
    {
        var rsa = RSA.Create();
        try
        {
            import(rsa);
            return rsa;
        }
        catch (CryptographicException e)
        {
            rsa.Dispose();
            throw new PkiException($"failed to parse the RSA private key: {e.Message}", e);
        }
    }

    private static ECDsa ImportEc(Action<ECDsa> import)
    {
        var ec = ECDsa.Create();
        try
        {
            import(ec);
            return ec;
        }
        catch (CryptographicException e)
        {
            ec.Dispose();
            throw new PkiException($"failed to parse the ECDSA private key: {e.Message}", e);
        }
    }
}
