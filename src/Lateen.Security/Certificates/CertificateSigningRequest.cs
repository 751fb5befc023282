using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Lateen.Security.Keys;

namespace Lateen.Security.Certificates;

/// <summary>A certificate request (PKCS #10, RFC 2986) whose signature was checked.</summary>
/// <param name="PublicKey">The key to certify.</param>
/// <param name="HasCommonName">Whether its subject names a CN; Istio answers such a request with a CN of its
/// own.</param>
/// <param name="Names">The alternative names asked for. An authority never takes them over.</param>
public sealed record CertificateSigningRequest(
    PublicKey PublicKey,
    bool HasCommonName,
    IReadOnlyList<SubjectAlternativeName> Names)
{
    private const string CommonNameOid = "2.5.4.3";

    /// <summary>A request of 64 KiB or more is refused.</summary>
    public const int TextLengthMax = 64 * 1024;

    /// <summary>A request with an empty subject and the names in a critical extension.</summary>
    public static string Create(PrivateKey key, IReadOnlyList<SubjectAlternativeName> names)
    {
        var request = key.NewRequest(new X500DistinguishedName(""));
        request.CertificateExtensions.Add(SubjectAlternativeNames.Build(names, critical: true));
        var der = request.CreateSigningRequest(key.CreateSignatureGenerator());
        return PemText.Write(PemText.RequestLabel, der);
    }

    /// <summary>Reads a request and checks that its signature was made with the key that it holds.</summary>
    /// <exception cref="PkiException">It is no PEM, does not parse, or the signature is bad.</exception>
    public static CertificateSigningRequest Parse(string pem)
    {
        if (pem.Length >= TextLengthMax)
        {
            throw new PkiException("certificate signing request is too long");
        }
        var blocks = PemText.Read(pem);
        if (blocks.Count == 0 || blocks[0].Label is not (PemText.RequestLabel or "NEW CERTIFICATE REQUEST"))
        {
            throw new PkiException("certificate signing request is not properly encoded");
        }
        CertificateRequest request;
        try
        {
            request = CertificateRequest.LoadSigningRequest(
                blocks[0].Bytes,
                HashAlgorithmName.SHA256,
                CertificateRequestLoadOptions.UnsafeLoadCertificateExtensions,
                RSASignaturePadding.Pkcs1);
        }
        catch (CryptographicException e)
        {
            throw new PkiException($"failed to parse X.509 certificate signing request: {e.Message}", e);
        }
        var names = SubjectAlternativeNames.Read(request.CertificateExtensions);
        return new CertificateSigningRequest(request.PublicKey, NamesCommonName(request.SubjectName), names);
    }

    private static bool NamesCommonName(X500DistinguishedName subject)
    {
        foreach (var part in subject.EnumerateRelativeDistinguishedNames(reversed: false))
        {
            if (!part.HasMultipleElements && part.GetSingleElementType().Value == CommonNameOid)
            {
                return !string.IsNullOrEmpty(part.GetSingleElementValue());
            }
        }
        return false;
    }
}
