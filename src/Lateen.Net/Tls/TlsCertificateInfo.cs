using System.Text;
using Lateen.Net.Native;

namespace Lateen.Net;

/// <summary>What is read from an X.509 certificate once: names, serial number, digests, validity. Immutable.</summary>
public sealed unsafe class TlsCertificateInfo
{
    private const int NidTlsFeature = 1020;

    private byte[][]? _uriNames;
    private byte[][]? _dnsNames;
    private byte[]? _sha256Hex;

    private TlsCertificateInfo(nint certificate)
    {
        Der = ReadDer(certificate);
        Sha256 = Digest(Der);
        SpkiSha256 = Digest(ReadPublicKey(certificate));
        Subject = ReadName(LibCrypto.GetSubject(certificate));
        Issuer = ReadName(LibCrypto.GetIssuer(certificate));
        SerialHex = ReadSerial(certificate);
        NotBefore = ReadTime(LibCrypto.GetNotBefore(certificate));
        NotAfter = ReadTime(LibCrypto.GetNotAfter(certificate));
        IsCaLike = LibCrypto.CheckCa(certificate) > 0 || HasSigningUsage(certificate);
        SubjectAltNames = ReadNames(certificate);
        MustStaple = LibCrypto.FindExtension(certificate, NidTlsFeature, -1) >= 0;
    }

    /// <summary>Values of URI names. Made once, as the digest's text and the names below: certificates are shared by
    /// the connections that show them.</summary>
    public byte[][] UriNames => _uriNames ??= NamesOf(TlsNameKind.Uri);

    /// <summary>Values of DNS names.</summary>
    public byte[][] DnsNames => _dnsNames ??= NamesOf(TlsNameKind.Dns);

    /// <summary><see cref="Sha256"/> in lower-case hexadecimal.</summary>
    public byte[] Sha256Hex => _sha256Hex ??= Encoding.ASCII.GetBytes(Convert.ToHexStringLower(Sha256));

    /// <summary>What came with it, itself first; null until somebody asked.</summary>
    internal IReadOnlyList<TlsCertificateInfo>? Chain { get; set; }

    /// <summary>The certificate demands an OCSP answer beside it (RFC 7633).</summary>
    public bool MustStaple { get; }

    /// <summary>The certificate's bytes.</summary>
    public byte[] Der { get; }

    /// <summary>SHA-256 of <see cref="Der"/>.</summary>
    public byte[] Sha256 { get; }

    /// <summary>SHA-256 of the public key info.</summary>
    public byte[] SpkiSha256 { get; }

    /// <summary>RFC 2253 text.</summary>
    public byte[] Subject { get; }

    /// <summary>RFC 2253 text.</summary>
    public byte[] Issuer { get; }

    /// <summary>Serial number in lower-case hexadecimal.</summary>
    public byte[] SerialHex { get; }

    /// <summary>Start of validity, seconds since the Unix epoch.</summary>
    public long NotBefore { get; }

    /// <summary>End of validity, seconds since the Unix epoch.</summary>
    public long NotAfter { get; }

    /// <summary>It is a CA or may sign certificates or revocation lists; no leaf of SPIFFE is.</summary>
    public bool IsCaLike { get; }

    /// <summary>Subject alternative names in order.</summary>
    public IReadOnlyList<TlsSubjectAltName> SubjectAltNames { get; }

    /// <summary>The values of the names of one kind.</summary>
    public byte[][] NamesOf(TlsNameKind kind)
    {
        var values = new List<byte[]>();
        foreach (var name in SubjectAltNames)
        {
            if (name.Kind == kind)
            {
                values.Add(name.Value);
            }
        }

        return [.. values];
    }

    /// <summary>Reads the first certificate of a PEM text; null when there is none.</summary>
    public static TlsCertificateInfo? FromPem(ReadOnlySpan<byte> pem)
    {
        fixed (byte* p = pem)
        {
            var bio = LibCrypto.BioNewMemory(p, pem.Length);
            var certificate = LibCrypto.ReadCertificate(bio, 0, 0, 0);
            LibCrypto.BioFree(bio);
            if (certificate == 0)
            {
                LibCrypto.ClearErrors();
                return null;
            }

            var info = new TlsCertificateInfo(certificate);
            LibCrypto.CertificateFree(certificate);
            return info;
        }
    }

    internal static TlsCertificateInfo FromNative(nint certificate) => new(certificate);

    internal static byte[] Digest(ReadOnlySpan<byte> data)
    {
        var digest = new byte[32];
        fixed (byte* p = data)
        {
            fixed (byte* d = digest)
            {
                LibCrypto.Sha256(p, (nuint)data.Length, d);
            }
        }

        return digest;
    }

    internal static byte[] ReadDer(nint certificate)
    {
        var der = new byte[LibCrypto.CertificateToDer(certificate, null)];
        fixed (byte* p = der)
        {
            var cursor = p;
            LibCrypto.CertificateToDer(certificate, &cursor);
        }

        return der;
    }

    private static byte[] ReadPublicKey(nint certificate)
    {
        var key = LibCrypto.GetPublicKey(certificate);
        var der = new byte[LibCrypto.PublicKeyToDer(key, null)];
        fixed (byte* p = der)
        {
            var cursor = p;
            LibCrypto.PublicKeyToDer(key, &cursor);
        }

        return der;
    }

    private static byte[] ReadName(nint name)
    {
        var bio = LibCrypto.BioNew(LibCrypto.BioMemory());
        LibCrypto.PrintName(bio, name, 0, LibCrypto.NameRfc2253);
        var text = new byte[(int)LibCrypto.BioPending(bio)];
        fixed (byte* p = text)
        {
            LibCrypto.BioRead(bio, p, text.Length);
        }

        LibCrypto.BioFree(bio);
        return text;
    }

    private static byte[] ReadSerial(nint certificate)
    {
        var serial = LibCrypto.GetSerial(certificate);
        var bytes = new ReadOnlySpan<byte>(LibCrypto.StringData(serial), LibCrypto.StringLength(serial));
        return Encoding.ASCII.GetBytes(Convert.ToHexStringLower(bytes));
    }

    internal static long ReadTime(nint time)
    {
        var epoch = LibCrypto.TimeSet(0, 0);
        int days;
        int seconds;
        LibCrypto.TimeDifference(&days, &seconds, epoch, time);
        LibCrypto.StringFree(epoch);
        return (days * 86400L) + seconds;
    }

    private static bool HasSigningUsage(nint certificate)
    {
        const uint CertSign = 0x04;
        const uint CrlSign = 0x02;
        var usage = LibCrypto.GetKeyUsage(certificate);
        return usage != uint.MaxValue && (usage & (CertSign | CrlSign)) != 0;
    }

    private static List<TlsSubjectAltName> ReadNames(nint certificate)
    {
        var result = new List<TlsSubjectAltName>();
        var names = LibCrypto.GetExtension(certificate, LibCrypto.NidSubjectAltName, 0, 0);
        if (names == 0)
        {
            return result;
        }

        for (var i = 0; i < LibCrypto.StackCount(names); i++)
        {
            int type;
            var value = LibCrypto.GeneralNameValue(LibCrypto.StackValue(names, i), &type);
            if (type == LibCrypto.GeneralNameOther)
            {
                if (TlsOtherName.TryRead(LibCrypto.StackValue(names, i), out var other))
                {
                    result.Add(other);
                }

                continue;
            }

            TlsNameKind? kind = type switch
            {
                LibCrypto.GeneralNameEmail => TlsNameKind.Email,
                LibCrypto.GeneralNameDns => TlsNameKind.Dns,
                LibCrypto.GeneralNameUri => TlsNameKind.Uri,
                LibCrypto.GeneralNameIp => TlsNameKind.Ip,
                _ => null,
            };
            if (kind is { } known)
            {
                var bytes = new ReadOnlySpan<byte>(LibCrypto.StringData(value), LibCrypto.StringLength(value))
                    .ToArray();
                result.Add(new TlsSubjectAltName(known, known == TlsNameKind.Ip ? IpText(bytes) : bytes));
            }
        }

        LibCrypto.GeneralNamesFree(names);
        return result;
    }

    private static byte[] IpText(byte[] bytes) => bytes.Length is 4 or 16
        ? Encoding.ASCII.GetBytes(new System.Net.IPAddress(bytes).ToString())
        : bytes;
}
