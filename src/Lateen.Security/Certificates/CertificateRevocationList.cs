using System.Security.Cryptography.X509Certificates;

namespace Lateen.Security.Certificates;

/// <summary>A certificate revocation list (RFC 5280 section 5), as far as needed to tell who signed it.</summary>
public sealed class CertificateRevocationList
{
    private readonly SignedObject _list;

    private CertificateRevocationList(SignedObject list) => _list = list;

    /// <summary>Every list of the PEM text; blocks of another kind are an error.</summary>
    /// <exception cref="PkiException">A block is no list or does not parse.</exception>
    public static List<CertificateRevocationList> ParseAll(string pem)
    {
        var lists = new List<CertificateRevocationList>();
        foreach (var block in PemText.Read(pem))
        {
            if (block.Label != "X509 CRL")
            {
                throw new PkiException($"failed to parse the CRL: the PEM block is a {block.Label}");
            }
            lists.Add(new CertificateRevocationList(SignedObject.Parse(block.Bytes, "CRL")));
        }
        return lists;
    }

    /// <summary>Whether the key of the certificate made the signature.</summary>
    public bool IsSignedBy(X509Certificate2 certificate) => _list.IsSignedBy(certificate);
}
