using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using Lateen.Net.Native;

namespace Lateen.Net;

/// <content>Which of the server's certificates a client gets: by name, by the key types that it knows, and by OCSP
/// answers where they are demanded.</content>
public sealed unsafe partial class TlsContext
{
    private const uint ExtensionStatus = 5;
    private const uint ExtensionGroups = 10;
    private const uint ExtensionSignatures = 13;
    private const uint ExtensionVersions = 43;
    private const ushort GroupP256 = 23;
    private const ushort SignatureEcdsaP256 = 0x0403;

    /// <summary>Suites of TLS 1.2 that need an ECDSA certificate and that servers here may have.</summary>
    private static readonly ushort[] EcdsaSuites = [0xC02B, 0xC02C, 0xCCA9, 0xC009, 0xC00A, 0xC023, 0xC024];

    /// <summary>The only moment at which all of the client's hello can be read.</summary>
    [UnmanagedCallersOnly]
    private static int OnClientHello(nint ssl, int* alert, nint argument)
    {
        if (FromArgument(argument) is { Current: { } session } context)
        {
            session.IsEcdsaCapable = IsEcdsaCapable(ssl);
            session.LacksCurve = !HasExtension(ssl, ExtensionGroups, out var groups) && groups.IsEmpty
                && context._certificates.TrueForAll(certificate => certificate.IsEcdsa);
            session.WantsOcsp = HasExtension(ssl, ExtensionStatus, out _);
            context.OrderCiphers(ssl);
            if (context.WillUseTls13(ssl))
            {
                LibSsl.ClearOptions(ssl, LibSsl.OptionServerPreference);
            }
        }

        return 1;
    }

    [UnmanagedCallersOnly]
    private static int OnServerName(nint ssl, int* alert, nint argument)
    {
        if (FromArgument(argument) is not { Current: { } session } context)
        {
            return LibSsl.ExtensionNoAck;
        }

        var name = Marshal.PtrToStringUTF8((nint)LibSsl.GetServerName(ssl, LibSsl.ServerNameHost));
        var chosen = context.Select(name, session.IsEcdsaCapable, session.WantsOcsp);
        if (chosen is null)
        {
            session.SetOcspFailed();
            *alert = HandshakeFailureAlert;
            return LibSsl.ExtensionFatal;
        }

        session.LocalCertificate = chosen.Info;
        session.Staple = context.StapleFor(chosen);
        if (chosen.Context != context.Handle)
        {
            LibSsl.SetContext(ssl, chosen.Context);
        }

        return name is null ? LibSsl.ExtensionNoAck : LibSsl.ExtensionOk;
    }

    /// <summary>Null: no certificate may be used.</summary>
    private TlsLoadedCertificate? Select(string? name, bool isEcdsaCapable, bool wantsOcsp)
    {
        TlsLoadedCertificate? candidate = null;
        if (name is not null && FindName(name) is { } named)
        {
            if (Try(named.Ecdsa) is { } ecdsa)
            {
                return ecdsa;
            }

            if (Try(named.Rsa) is { } rsa)
            {
                return rsa;
            }
        }

        if (candidate is null && (name is null || _options.FullScanOnNameMismatch))
        {
            foreach (var certificate in _certificates)
            {
                if (Try(certificate) is { } fits)
                {
                    return fits;
                }
            }
        }

        candidate ??= _certificates[0];
        return IsUsable(candidate, wantsOcsp) ? candidate : null;

        TlsLoadedCertificate? Try(TlsLoadedCertificate? certificate)
        {
            if (certificate is null || !IsUsable(certificate, wantsOcsp))
            {
                return null;
            }

            if (certificate.IsEcdsa == isEcdsaCapable)
            {
                return certificate;
            }

            if (isEcdsaCapable)
            {
                // An RSA certificate is taken when no other can be.
                candidate ??= certificate;
            }

            return null;
        }
    }

    private NamedCertificates? FindName(string name)
    {
        if (_byName.TryGetValue(name, out var exact))
        {
            return exact;
        }

        var dot = name.IndexOf('.', StringComparison.Ordinal);
        return dot >= 0 && _byName.TryGetValue(string.Concat("*", name.AsSpan(dot)), out var wildcard)
            ? wildcard
            : null;
    }

    private bool IsUsable(TlsLoadedCertificate certificate, bool wantsOcsp)
    {
        if (!wantsOcsp)
        {
            return true;
        }

        var isGood = IsGood(certificate.Staple);
        return _options.OcspPolicy switch
        {
            TlsOcspPolicy.Strict => certificate.Staple is null ? !certificate.Info.MustStaple : isGood,
            TlsOcspPolicy.Must => isGood,
            _ => isGood || !certificate.Info.MustStaple,
        };
    }

    private bool IsGood(TlsOcspStaple? staple) =>
        staple is not null && staple.NextUpdate > _options.Clock.GetUtcNow().ToUnixTimeSeconds();

    private byte[]? StapleFor(TlsLoadedCertificate certificate) =>
        IsGood(certificate.Staple) ? certificate.Staple!.Der : null;

    private void IndexNames(TlsLoadedCertificate certificate)
    {
        var info = certificate.Info;
        foreach (var name in info.NamesOf(TlsNameKind.Dns))
        {
            Index(Encoding.ASCII.GetString(name), certificate);
        }

        if (info.SubjectAltNames.Count == 0 && CommonName(info.Subject) is { } common)
        {
            Index(common, certificate);
        }
    }

    private void Index(string name, TlsLoadedCertificate certificate)
    {
        if (!_byName.TryGetValue(name, out var named))
        {
            _byName.Add(name, named = new NamedCertificates());
        }

        if (certificate.IsEcdsa)
        {
            named.Ecdsa ??= certificate;
        }
        else
        {
            named.Rsa ??= certificate;
        }
    }

    private static bool IsEcdsaCapable(nint ssl)
    {
        if (HasExtension(ssl, ExtensionVersions, out _))
        {
            return HasExtension(ssl, ExtensionSignatures, out var signatures)
                && Contains(signatures, SignatureEcdsaP256);
        }

        if (!HasExtension(ssl, ExtensionGroups, out var groups) || !Contains(groups, GroupP256))
        {
            return false;
        }

        byte* suites;
        var length = (int)LibSsl.HelloCiphers(ssl, &suites);
        var list = new ReadOnlySpan<byte>(suites, length);
        for (var i = 0; i + 1 < list.Length; i += 2)
        {
            if (EcdsaSuites.AsSpan().Contains(BinaryPrimitives.ReadUInt16BigEndian(list[i..])))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Suites of TLS 1.3 are taken in the client's order whatever the server's is, as by Envoy's library.
    /// </summary>
    private bool WillUseTls13(nint ssl)
    {
        if (_options.MaximumVersion < 0x0304 || !HasExtension(ssl, ExtensionVersions, out var versions))
        {
            return false;
        }

        for (var i = 1; i + 1 < versions.Length; i += 2)
        {
            if (BinaryPrimitives.ReadUInt16BigEndian(versions[i..]) == 0x0304)
            {
                return true;
            }
        }

        return false;
    }

    private static bool HasExtension(nint ssl, uint type, out ReadOnlySpan<byte> body)
    {
        byte* data;
        nuint length;
        var found = LibSsl.HelloExtension(ssl, type, &data, &length) == 1;
        body = found ? new ReadOnlySpan<byte>(data, (int)length) : default;
        return found;
    }

    /// <summary>Whether a list of numbers, behind its length, has one.</summary>
    private static bool Contains(ReadOnlySpan<byte> list, ushort wanted)
    {
        for (var i = 2; i + 1 < list.Length; i += 2)
        {
            if (BinaryPrimitives.ReadUInt16BigEndian(list[i..]) == wanted)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The first certificate of each key type that has a name.</summary>
    private sealed class NamedCertificates
    {
        internal TlsLoadedCertificate? Ecdsa { get; set; }

        internal TlsLoadedCertificate? Rsa { get; set; }
    }
}
