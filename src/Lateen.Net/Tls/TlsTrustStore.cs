using Lateen.Net.Native;

namespace Lateen.Net;

/// <summary>A set of trust anchors as the library holds it.</summary>
internal sealed unsafe class TlsTrustStore : IDisposable
{
    private nint _store;

    private TlsTrustStore(nint store, List<nint> anchors)
    {
        _store = store;
        Anchors = anchors;
    }

    /// <summary>The certificates in it; valid as long as this object.</summary>
    internal List<nint> Anchors { get; }

    internal nint Handle => _store;

    internal static TlsTrustStore FromPem(byte[] pem, TlsContextOptions options)
    {
        var crlPem = options.CrlPem;
        var store = LibCrypto.StoreNew();
        var anchors = new List<nint>();
        var crls = 0;
        fixed (byte* p = pem)
        {
            var bio = LibCrypto.BioNewMemory(p, pem.Length);
            for (var c = LibCrypto.ReadCertificate(bio, 0, 0, 0); c != 0; c = LibCrypto.ReadCertificate(bio, 0, 0, 0))
            {
                LibCrypto.StoreAdd(store, c);
                anchors.Add(c);
            }

            LibCrypto.BioFree(bio);
        }

        crls += AddCrls(store, pem);
        if (crlPem is not null)
        {
            // Lists are asked for even where the text has none, as Envoy does: then no certificate is good.
            crls += 1 + AddCrls(store, crlPem);
        }

        LibCrypto.ClearErrors();
        var flags = LibCrypto.StorePartialChain | (options.AllowExpired ? LibCrypto.StoreNoCheckTime : 0);
        if (crls > 0)
        {
            flags |= LibCrypto.StoreCrlCheck | (options.CrlLeafOnly ? 0 : LibCrypto.StoreCrlCheckAll);
        }

        LibCrypto.StoreSetFlags(store, flags);
        if (options.VerifyDepthMax >= 0)
        {
            // BoringSSL counts the last certificate below the root, the library here those between.
            LibCrypto.StoreSetDepth(store, Math.Max(0, options.VerifyDepthMax - 1));
        }

        if (anchors.Count == 0)
        {
            LibCrypto.StoreFree(store);
            throw new TlsConfigurationException("Failed to load trusted CA certificates from <inline>");
        }

        return new TlsTrustStore(store, anchors);
    }

    public void Dispose()
    {
        if (_store == 0)
        {
            return;
        }

        LibCrypto.StoreFree(_store);
        _store = 0;
        foreach (var anchor in Anchors)
        {
            LibCrypto.CertificateFree(anchor);
        }
    }

    private static int AddCrls(nint store, byte[] pem)
    {
        var count = 0;
        fixed (byte* p = pem)
        {
            var bio = LibCrypto.BioNewMemory(p, pem.Length);
            for (var c = LibCrypto.ReadCrl(bio, 0, 0, 0); c != 0; c = LibCrypto.ReadCrl(bio, 0, 0, 0))
            {
                LibCrypto.StoreAddCrl(store, c);
                LibCrypto.CrlFree(c);
                count++;
            }

            LibCrypto.BioFree(bio);
        }

        return count;
    }
}
