using System.Security.Cryptography.X509Certificates;

namespace Lateen.Security.Certificates;

/// <summary>Verifies a certificate through its chain to given roots (RFC 5280 section 6); the system's roots count for
/// nothing.</summary>
public static class CertificateChain
{
    /// <summary>A chain longer than this is refused.</summary>
    public const int LengthMax = 16;

    /// <summary>Null when the certificate verifies as of <paramref name="time"/>, else the reason why not.</summary>
    public static string? Verify(
        X509Certificate2 leaf,
        IReadOnlyList<X509Certificate2> intermediates,
        IReadOnlyList<X509Certificate2> roots,
        DateTimeOffset time)
    {
        if (intermediates.Count > LengthMax)
        {
            return $"the chain has more than {LengthMax} certificates";
        }
        if (roots.Count == 0)
        {
            return "there is no root to verify with";
        }
        if (IsNamedAsItsIssuer(leaf) && FindIssuer(leaf, intermediates, roots) is { } issuer)
        {
            return IsValidAt(leaf, time)
                ? Build(issuer, intermediates, roots, time)
                : Describe(X509ChainStatusFlags.NotTimeValid);
        }
        return Build(leaf, intermediates, roots, time);
    }

    private static string? Build(
        X509Certificate2 leaf,
        IReadOnlyList<X509Certificate2> intermediates,
        IReadOnlyList<X509Certificate2> roots,
        DateTimeOffset time)
    {
        using var chain = new X509Chain();
        var policy = chain.ChainPolicy;
        policy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        policy.RevocationMode = X509RevocationMode.NoCheck;
        policy.DisableCertificateDownloads = true;
        policy.VerificationTime = time.UtcDateTime;
        foreach (var root in roots)
        {
            policy.CustomTrustStore.Add(root);
        }
        foreach (var certificate in intermediates)
        {
            policy.ExtraStore.Add(certificate);
        }
        if (chain.Build(leaf))
        {
            return null;
        }
        var reasons = new List<string>();
        foreach (var status in chain.ChainStatus)
        {
            reasons.Add(Describe(status.Status));
        }
        return string.Join(", ", reasons);
    }

    // OpenSSL takes a certificate whose subject equals its issuer for a root, though another key may have signed it:
    // authorities of one organisation are often named alike. The step to its issuer is then made here.
    private static bool IsNamedAsItsIssuer(X509Certificate2 certificate) =>
        certificate.SubjectName.RawData.AsSpan().SequenceEqual(certificate.IssuerName.RawData);

    private static X509Certificate2? FindIssuer(
        X509Certificate2 certificate,
        IReadOnlyList<X509Certificate2> intermediates,
        IReadOnlyList<X509Certificate2> roots)
    {
        var signed = SignedObject.Parse(certificate.RawData, "certificate");
        if (signed.IsSignedBy(certificate))
        {
            return null;
        }
        foreach (var candidate in intermediates.Concat(roots))
        {
            if (candidate.SubjectName.RawData.AsSpan().SequenceEqual(certificate.IssuerName.RawData)
                && MaySign(candidate) && signed.IsSignedBy(candidate))
            {
                return candidate;
            }
        }
        return null;
    }

    private static bool MaySign(X509Certificate2 certificate)
    {
        var authority = false;
        var usage = true;
        foreach (var extension in certificate.Extensions)
        {
            authority |= extension is X509BasicConstraintsExtension { CertificateAuthority: true };
            usage &= extension is not X509KeyUsageExtension keyUsage
                || keyUsage.KeyUsages.HasFlag(X509KeyUsageFlags.KeyCertSign);
        }
        return authority && usage;
    }

    private static bool IsValidAt(X509Certificate2 certificate, DateTimeOffset time) =>
        certificate.NotBefore.ToUniversalTime() <= time.UtcDateTime
        && time.UtcDateTime <= certificate.NotAfter.ToUniversalTime();

    private static string Describe(X509ChainStatusFlags status) => status switch
    {
        X509ChainStatusFlags.NotTimeValid => "a certificate has expired or is not valid yet",
        X509ChainStatusFlags.UntrustedRoot => "certificate signed by unknown authority (its root is not trusted)",
        X509ChainStatusFlags.PartialChain => "certificate signed by unknown authority (no chain to a trusted root)",
        X509ChainStatusFlags.NotSignatureValid => "a signature does not verify",
        _ => status.ToString(),
    };
}
