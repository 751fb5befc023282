using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Lateen.Security.Certificates;

/// <summary>Certificates as PEM text.</summary>
public static class CertificatePem
{
    /// <summary>Every certificate of the text, in its order; at least one.</summary>
    /// <exception cref="PkiException">There is none, a block is something else, or one does not parse.</exception>
    public static List<X509Certificate2> ParseChain(string pem)
    {
        var blocks = PemText.Read(pem);
        if (blocks.Count == 0)
        {
            throw new PkiException("invalid PEM encoded certificate: there is no PEM block");
        }
        var certificates = new List<X509Certificate2>(blocks.Count);
        foreach (var block in blocks)
        {
            certificates.Add(Load(block));
        }
        return certificates;
    }

    /// <summary>The first certificate of the text.</summary>
    /// <exception cref="PkiException">There is none, or it does not parse.</exception>
    public static X509Certificate2 Parse(string pem)
    {
        var blocks = PemText.Read(pem);
        return blocks.Count > 0
            ? Load(blocks[0])
            : throw new PkiException("invalid PEM encoded certificate: there is no PEM block");
    }

    /// <summary>The certificate, ending in a line feed.</summary>
    public static string Write(X509Certificate2 certificate) =>
        PemText.Write(PemText.CertificateLabel, certificate.RawDataMemory.Span);

    private static X509Certificate2 Load(PemBlock block)
    {
        if (block.Label != PemText.CertificateLabel)
        {
            throw new PkiException($"failed to parse X.509 certificate: the PEM block is a {block.Label}");
        }
        try
        {
            return X509CertificateLoader.LoadCertificate(block.Bytes);
        }
        catch (CryptographicException e)
        {
            throw new PkiException($"failed to parse X.509 certificate: {e.Message}", e);
        }
    }
}
