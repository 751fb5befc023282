using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Lateen.Net.Native;

namespace Lateen.Net;

/// <summary>Puts a certificate chain and its key into a context, refusing what Envoy refuses.</summary>
internal static unsafe class TlsCertificateLoader
{
    private const int RsaBitsMin = 2048;

    /// <exception cref="TlsConfigurationException">The pair is of no use.</exception>
    internal static TlsLoadedCertificate Load(nint context, TlsKeyPair pair, bool isServer)
    {
        var leaf = pair.Pkcs12 is { } store ? LoadStore(context, store, pair) : LoadChain(context, pair);
        try
        {
            var info = TlsCertificateInfo.FromNative(leaf);
            var isEcdsa = CheckKey(LibCrypto.GetKey(leaf), pair);
            if (isServer)
            {
                CheckNames(info);
            }

            if (pair.Pkcs12 is null)
            {
                LoadKey(context, pair);
            }

            return new TlsLoadedCertificate(context, info, isEcdsa, LoadStaple(leaf, pair, isServer));
        }
        finally
        {
            LibCrypto.CertificateFree(leaf);
            LibCrypto.ClearErrors();
        }
    }

    private static nint LoadChain(nint context, TlsKeyPair pair)
    {
        fixed (byte* p = pair.CertificateChainPem)
        {
            var bio = LibCrypto.BioNewMemory(p, pair.CertificateChainPem.Length);
            var leaf = LibCrypto.ReadCertificate(bio, 0, 0, 0);
            if (leaf == 0 || LibSsl.ContextUseCertificate(context, leaf) != 1)
            {
                LibCrypto.BioFree(bio);
                LibCrypto.CertificateFree(leaf);
                LibCrypto.ClearErrors();
                throw new TlsConfigurationException($"Failed to load certificate chain from {pair.Origin}");
            }

            for (var c = LibCrypto.ReadCertificate(bio, 0, 0, 0); c != 0; c = LibCrypto.ReadCertificate(bio, 0, 0, 0))
            {
                // The context takes the certificate over.
                LibSsl.ContextControl(context, LibSsl.CtrlExtraChainCert, 0, c);
            }

            LibCrypto.BioFree(bio);
            LibCrypto.ClearErrors();
            return leaf;
        }
    }

    private static nint LoadStore(nint context, byte[] bytes, TlsKeyPair pair)
    {
        nint key = 0;
        nint leaf = 0;
        nint chain = 0;
        fixed (byte* p = bytes)
        {
            fixed (byte* password = Text(pair.Password ?? []))
            {
                var cursor = p;
                var store = LibCrypto.ReadPkcs12(0, &cursor, bytes.Length);
                var ok = store != 0 && LibCrypto.ParsePkcs12(store, password, &key, &leaf, &chain) == 1
                    && leaf != 0 && key != 0
                    && LibSsl.ContextUseCertificate(context, leaf) == 1
                    && LibSsl.ContextUseKey(context, key) == 1;
                LibCrypto.FreePkcs12(store);
                LibCrypto.KeyFree(key);
                for (var i = 0; chain != 0 && i < LibCrypto.StackCount(chain); i++)
                {
                    LibSsl.ContextControl(context, LibSsl.CtrlExtraChainCert, 0, LibCrypto.StackValue(chain, i));
                }

                LibCrypto.StackFree(chain);
                LibCrypto.ClearErrors();
                if (ok)
                {
                    return leaf;
                }

                LibCrypto.CertificateFree(leaf);
                throw new TlsConfigurationException($"Failed to load pkcs12 from {pair.Origin}");
            }
        }
    }

    private static void LoadKey(nint context, TlsKeyPair pair)
    {
        fixed (byte* p = pair.PrivateKeyPem)
        {
            fixed (byte* password = Text(pair.Password ?? []))
            {
                var bio = LibCrypto.BioNewMemory(p, pair.PrivateKeyPem.Length);
                var key = LibCrypto.ReadKey(bio, 0, 0, password);
                LibCrypto.BioFree(bio);
                var ok = key != 0 && LibSsl.ContextUseKey(context, key) == 1 && LibSsl.ContextCheckKey(context) == 1;
                LibCrypto.KeyFree(key);
                if (!ok)
                {
                    throw new TlsConfigurationException(
                        $"Failed to load private key from {pair.KeyOrigin}, Cause: {Cause()}");
                }
            }
        }
    }

    /// <summary>Whether the key is of a curve.</summary>
    private static bool CheckKey(nint key, TlsKeyPair pair)
    {
        switch (LibCrypto.KeyKind(key))
        {
            case LibCrypto.KeyRsa when LibCrypto.KeyBits(key) < RsaBitsMin:
                throw new TlsConfigurationException($"Failed to load certificate chain from {pair.Origin}, only RSA "
                    + "certificates with 2048-bit or larger keys are supported");
            case LibCrypto.KeyRsa:
                return false;
            case LibCrypto.KeyEc when GroupOf(key) is "prime256v1" or "secp384r1" or "secp521r1":
                return true;
            case LibCrypto.KeyEc:
                throw new TlsConfigurationException($"Failed to load certificate chain from {pair.Origin}, only P-256, "
                    + "P-384 or P-521 ECDSA certificates are supported");
            default:
                throw new TlsConfigurationException($"Failed to load certificate chain from {pair.Origin}, only RSA "
                    + "and ECDSA certificates are supported");
        }
    }

    private static string GroupOf(nint key)
    {
        var name = stackalloc byte[64];
        nuint length;
        return LibCrypto.KeyGroup(key, name, 64, &length) == 1
            ? Encoding.ASCII.GetString(new ReadOnlySpan<byte>(name, (int)length))
            : "";
    }

    private static void CheckNames(TlsCertificateInfo info)
    {
        if (info.SubjectAltNames.Count > 0)
        {
            return;
        }

        if (TlsContext.CommonName(info.Subject) is not { } common)
        {
            throw new TlsConfigurationException("Invalid TLS context has neither subject CN nor SAN names");
        }

        if (common.Length == 0)
        {
            throw new TlsConfigurationException("Invalid TLS context has an empty subject CN");
        }
    }

    private static TlsOcspStaple? LoadStaple(nint leaf, TlsKeyPair pair, bool isServer) =>
        !isServer || pair.OcspStaple.Length == 0 ? null : TlsOcspStaple.Read(pair.OcspStaple, leaf);

    /// <summary>The library's first error, in the form of the library that Envoy uses.</summary>
    private static string Cause()
    {
        var error = LibCrypto.GetError();
        LibCrypto.ClearErrors();
        if (error == 0)
        {
            return "unknown";
        }

        var library = Marshal.PtrToStringUTF8((nint)LibCrypto.LibraryText(error)) ?? "lib";
        var reason = Marshal.PtrToStringUTF8((nint)LibCrypto.ReasonText(error)) ?? "unknown";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"error:{(ulong)error:x8}:{library}:OPENSSL_internal:{reason.ToUpperInvariant().Replace(' ', '_')}");
    }

    private static byte[] Text(byte[] text) => [.. text, 0];
}
