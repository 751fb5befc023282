using System.Security.Cryptography.X509Certificates;

namespace Lateen.Security.Certificates;

/// <summary>What a mesh wants to know of a certificate, with the names that RFC 5280 gives to usages.</summary>
/// <param name="KeyUsage">In the order of the bits (RFC 5280 section 4.2.1.3).</param>
/// <param name="ExtendedKeyUsage">In the order of the certificate; unknown ones as dotted numbers.</param>
/// <param name="IsCertificateAuthority">The flag of basicConstraints.</param>
/// <param name="Organization">First organization of the subject; empty when it has none.</param>
/// <param name="Names">Subject alternative names.</param>
public sealed record CertificateFields(
    IReadOnlyList<string> KeyUsage,
    IReadOnlyList<string> ExtendedKeyUsage,
    bool IsCertificateAuthority,
    string Organization,
    IReadOnlyList<SubjectAlternativeName> Names)
{
    private const string OrganizationOid = "2.5.4.10";

    private static readonly (X509KeyUsageFlags Flag, string Name)[] _keyUsageNames =
    [
        (X509KeyUsageFlags.DigitalSignature, "digitalSignature"),
        (X509KeyUsageFlags.NonRepudiation, "contentCommitment"),
        (X509KeyUsageFlags.KeyEncipherment, "keyEncipherment"),
        (X509KeyUsageFlags.DataEncipherment, "dataEncipherment"),
        (X509KeyUsageFlags.KeyAgreement, "keyAgreement"),
        (X509KeyUsageFlags.KeyCertSign, "keyCertSign"),
        (X509KeyUsageFlags.CrlSign, "cRLSign"),
        (X509KeyUsageFlags.EncipherOnly, "encipherOnly"),
        (X509KeyUsageFlags.DecipherOnly, "decipherOnly"),
    ];

    /// <summary>Reads the certificate.</summary>
    /// <exception cref="PkiException">An extension does not parse.</exception>
    public static CertificateFields Read(X509Certificate2 certificate)
    {
        var keyUsage = new List<string>();
        var extended = new List<string>();
        var authority = false;
        foreach (var extension in certificate.Extensions)
        {
            switch (extension)
            {
                case X509KeyUsageExtension usage:
                    AddKeyUsage(usage.KeyUsages, keyUsage);
                    break;
                case X509EnhancedKeyUsageExtension usage:
                    AddExtended(usage, extended);
                    break;
                case X509BasicConstraintsExtension constraints:
                    authority = constraints.CertificateAuthority;
                    break;
            }
        }
        var names = SubjectAlternativeNames.Read(certificate);
        return new CertificateFields(keyUsage, extended, authority, ReadOrganization(certificate.SubjectName), names);
    }

    private static void AddKeyUsage(X509KeyUsageFlags flags, List<string> into)
    {
        foreach (var (flag, name) in _keyUsageNames)
        {
            if (flags.HasFlag(flag))
            {
                into.Add(name);
            }
        }
    }

    private static void AddExtended(X509EnhancedKeyUsageExtension usage, List<string> into)
    {
        foreach (var oid in usage.EnhancedKeyUsages)
        {
            into.Add(oid.Value switch
            {
                ExtendedKeyUsageOid.ServerAuth => "serverAuth",
                ExtendedKeyUsageOid.ClientAuth => "clientAuth",
                "2.5.29.37.0" => "anyExtendedKeyUsage",
                _ => oid.Value ?? "",
            });
        }
    }

    private static string ReadOrganization(X500DistinguishedName subject)
    {
        foreach (var part in subject.EnumerateRelativeDistinguishedNames(reversed: false))
        {
            if (!part.HasMultipleElements && part.GetSingleElementType().Value == OrganizationOid)
            {
                return part.GetSingleElementValue() ?? "";
            }
        }
        return "";
    }
}
