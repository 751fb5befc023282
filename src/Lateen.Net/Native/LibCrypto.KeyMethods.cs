using System.Runtime.InteropServices;

namespace Lateen.Net.Native;

/// <content>
/// Elliptic-curve keys of certificates straight from their bytes. libcrypto 3 reads the key of each certificate through
/// a chain of decoders that it looks up anew every time, a third of a mutually authenticated handshake's time. It asks
/// engines first, though: one that names the library's own methods for these keys makes it take the short way
/// (x509_pubkey_decode in crypto/x509/x_pubkey.c). Decision 0410.
/// </content>
internal static unsafe partial class LibCrypto
{
    private const int KeyEllipticCurve = 408;

    private static int* _keyTypes;
    private static nint _curveMethod;

    /// <summary>Called once for the process, before its first TLS context. Where the library has no engines, or may
    /// only use certified code (FIPS), nothing changes.</summary>
    internal static void UseDirectKeys()
    {
        if (!NativeLibrary.TryLoad(Library, out var library)
            || Find(library, "EVP_default_properties_is_fips_enabled") is not { } isFips
            || ((delegate* unmanaged<nint, int>)isFips)(0) != 0
            || Find(library, "EVP_PKEY_meth_find") is not { } find
            || Find(library, "ENGINE_new") is not { } create
            || Find(library, "ENGINE_set_id") is not { } setId
            || Find(library, "ENGINE_set_pkey_meths") is not { } setMethods
            || Find(library, "ENGINE_register_pkey_meths") is not { } register)
        {
            return;
        }

        _curveMethod = ((delegate* unmanaged<int, nint>)find)(KeyEllipticCurve);
        var engine = _curveMethod == 0 ? 0 : ((delegate* unmanaged<nint>)create)();
        if (engine == 0)
        {
            return;
        }

        _keyTypes = (int*)NativeMemory.Alloc(sizeof(int));
        *_keyTypes = KeyEllipticCurve;
        fixed (byte* id = "lateen\0"u8)
        {
            ((delegate* unmanaged<nint, byte*, int>)setId)(engine, id);
        }

        delegate* unmanaged<nint, nint*, int**, int, int> methods = &OnKeyMethods;
        ((delegate* unmanaged<nint, nint, int>)setMethods)(engine, (nint)methods);
        // The table of methods takes no reference of its own: the engine lives as long as the process.
        ((delegate* unmanaged<nint, int>)register)(engine);
    }

    private static nint? Find(nint library, string name) =>
        NativeLibrary.TryGetExport(library, name, out var address) ? address : null;

    /// <summary>ENGINE_PKEY_METHS_PTR: the list of types without a target, else the methods of one type.</summary>
    [UnmanagedCallersOnly]
    private static int OnKeyMethods(nint engine, nint* method, int** types, int type)
    {
        if (method is null)
        {
            *types = _keyTypes;
            return 1;
        }

        *method = type == KeyEllipticCurve ? _curveMethod : 0;
        return *method == 0 ? 0 : 1;
    }
}
