using Lateen.Net;
using Lateen.Proxy.Tls;

namespace Lateen.Proxy.Runtime;

/// <summary>Names and hashes that a peer's certificate must have, as Envoy's validators check them.
/// Immutable.</summary>
internal sealed class SanVerifier(CertificateValidation validation, byte[]? overrideName, bool isOwnRule = false)
    : ITlsPeerVerifier
{
    private readonly bool _onlyUris = validation.TrustBundles.Length > 0;

    public TlsFailureKind Verify(TlsCertificateInfo certificate, out string? reason)
    {
        reason = null;
        if (overrideName is not null && !_onlyUris)
        {
            if (!HasAnyName(certificate, overrideName))
            {
                reason = isOwnRule
                    ? $"verify cert failed: SAN matcher{NamesOf(certificate)}"
                    : $"verify cert failed: verify SAN list{ExpectedNames(certificate, overrideName)}";
                return TlsFailureKind.SubjectAltName;
            }
        }
        else if (validation.SubjectAltNames.Length > 0 && !MatchesAny(certificate))
        {
            reason = _onlyUris
                ? "verify cert failed: SAN match"
                : $"verify cert failed: SAN matcher{NamesOf(certificate)}";
            return TlsFailureKind.SubjectAltName;
        }

        if (validation.CertificateHashes.Length + validation.SpkiHashes.Length > 0 && !MatchesHash(certificate))
        {
            reason = "verify cert failed: cert hash and spki";
            return TlsFailureKind.CertificateHash;
        }

        return TlsFailureKind.None;
    }

    /// <summary>
    /// Host name rule: equal, or the pattern's first label holds one asterisk that stands for any part of the name's
    /// first label; not for internationalised labels.
    /// </summary>
    internal static bool MatchesHost(ReadOnlySpan<byte> name, ReadOnlySpan<byte> pattern)
    {
        if (System.Text.Ascii.EqualsIgnoreCase(name, pattern))
        {
            return true;
        }

        var nameDot = name.IndexOf((byte)'.');
        var patternDot = pattern.IndexOf((byte)'.');
        if (nameDot <= 0 || patternDot <= 0
            || !System.Text.Ascii.EqualsIgnoreCase(name[nameDot..], pattern[patternDot..]))
        {
            return false;
        }

        var label = pattern[..patternDot];
        var star = label.IndexOf((byte)'*');
        if (star < 0 || pattern[patternDot..].Contains((byte)'*') || label[(star + 1)..].Contains((byte)'*')
            || (label.Length >= 4 && System.Text.Ascii.EqualsIgnoreCase(label[..4], "xn--"u8)))
        {
            return false;
        }

        var first = name[..nameDot];
        return label.Length == 1
            || (label.Length <= first.Length + 1
                && System.Text.Ascii.EqualsIgnoreCase(first[..star], label[..star])
                && System.Text.Ascii.EqualsIgnoreCase(first[^(label.Length - star - 1)..], label[(star + 1)..]));
    }

    private bool MatchesAny(TlsCertificateInfo certificate)
    {
        foreach (var name in certificate.SubjectAltNames)
        {
            var kind = KindOf(name.Kind);
            if (_onlyUris && kind != SanKind.Uri)
            {
                continue;
            }

            foreach (var matcher in validation.SubjectAltNames)
            {
                if ((matcher.Kind ?? kind) == kind && (kind != SanKind.Other || matcher.ObjectId == name.ObjectId)
                    && Matches(matcher, kind, name.Value))
                {
                    return true;
                }
            }
        }

        return false;
    }

    private static bool Matches(SanMatcher matcher, SanKind kind, byte[] value)
    {
        var exact = matcher.Matcher.ExactText;
        return kind == SanKind.Dns && exact.Length > 0 ? MatchesHost(exact, value) : matcher.Matcher.IsMatch(value);
    }

    /// <summary>Several names stand with commas between them; one of them is enough.</summary>
    private static bool HasAnyName(TlsCertificateInfo certificate, ReadOnlySpan<byte> wanted)
    {
        foreach (var part in wanted.Split((byte)','))
        {
            if (HasName(certificate, wanted[part]))
            {
                return true;
            }
        }

        return false;
    }

    private static bool HasName(TlsCertificateInfo certificate, ReadOnlySpan<byte> wanted)
    {
        foreach (var name in certificate.SubjectAltNames)
        {
            if (name.Kind == TlsNameKind.Dns ? MatchesHost(wanted, name.Value) : wanted.SequenceEqual(name.Value))
            {
                return true;
            }
        }

        return false;
    }

    private bool MatchesHash(TlsCertificateInfo certificate)
    {
        foreach (var hash in validation.CertificateHashes)
        {
            if (certificate.Sha256.AsSpan().SequenceEqual(hash))
            {
                return true;
            }
        }

        foreach (var hash in validation.SpkiHashes)
        {
            if (certificate.SpkiSha256.AsSpan().SequenceEqual(hash))
            {
                return true;
            }
        }

        return false;
    }

    private static string ExpectedNames(TlsCertificateInfo certificate, byte[] wanted) =>
        $", expected SANs: [{System.Text.Encoding.UTF8.GetString(wanted).Replace(",", ", ", StringComparison.Ordinal)}]"
        + $", certificate SANs: [{string.Join(", ", certificate.SubjectAltNames.Select(
            name => System.Text.Encoding.UTF8.GetString(name.Value)))}]";

    private static string NamesOf(TlsCertificateInfo certificate) => certificate.SubjectAltNames.Count == 0
        ? ""
        : $", certificate SANs are [{string.Join(", ", certificate.SubjectAltNames.Select(
            name => System.Text.Encoding.UTF8.GetString(name.Value)))}]";

    private static SanKind KindOf(TlsNameKind kind) => kind switch
    {
        TlsNameKind.Email => SanKind.Email,
        TlsNameKind.Dns => SanKind.Dns,
        TlsNameKind.Uri => SanKind.Uri,
        TlsNameKind.Other => SanKind.Other,
        _ => SanKind.Ip,
    };
}
