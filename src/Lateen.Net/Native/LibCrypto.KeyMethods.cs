using System.Runtime.InteropServices;

namespace Lateen.Net.Native;

/// <content>
/// Elliptic-curve keys of certificates straight from their bytes. libcrypto 3 reads the key of each certificate through
/// a chain of decoders that it looks up anew every time, a third of a mutually authenticated handshake's time. It asks
/// engines first, though: one that names the library's own methods for these keys makes it take the short way
/// (x509_pubkey_decode in crypto/x509/x_pubkey.c). Decision 0410. What is left, making the curve for each key, is saved
/// where the same certificates come again and again (decision 0480).
/// </content>
internal static unsafe partial class LibCrypto
{
    private const int KeyEllipticCurve = 408;
    private const int CurveP256 = 415;
    private const int TypeObject = 6;

    /// <summary>SEC 1, section 2.3.3: a byte 4, then both coordinates.</summary>
    private const int PointLength = 65;

    /// <summary>Where a method's function pub_decode stands, behind two numbers, flags and two texts.</summary>
    private const int DecodeAt = 32;

    private static int* _keyTypes;
    private static nint _curveMethod;
    private static nint _curveReader;
    private static delegate* unmanaged<nint, nint, int> _readCurve;

    /// <summary>Called once for the process, before its first TLS context, where <see cref="UsesOwnProvider"/>. Where
    /// the library has no engines, nothing changes.</summary>
    internal static void UseDirectKeys()
    {
        if (!NativeLibrary.TryLoad(Library, out var library)
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
        KeepReadKeys(library, engine);
    }

    /// <summary>Puts <see cref="OnReadCurve"/> before the library's reader of these keys.</summary>
    private static void KeepReadKeys(nint library, nint engine)
    {
        if (Find(library, "EVP_PKEY_asn1_find") is not { } find
            || Find(library, "EVP_PKEY_asn1_get0_info") is not { } describe
            || Find(library, "EVP_PKEY_asn1_new") is not { } create
            || Find(library, "EVP_PKEY_asn1_copy") is not { } copy
            || Find(library, "ENGINE_set_pkey_asn1_meths") is not { } setMethods
            || Find(library, "ENGINE_register_pkey_asn1_meths") is not { } register)
        {
            return;
        }

        var own = ((delegate* unmanaged<nint, int, nint>)find)(0, KeyEllipticCurve);
        int type, alias, flags;
        nint info, name;
        if (own == 0 || ((delegate* unmanaged<int*, int*, int*, nint*, nint*, nint, int>)describe)(
            &type, &alias, &flags, &info, &name, own) != 1)
        {
            return;
        }

        // The library tells what stands before the function, but not the function: another layout is left alone.
        var isKnown = *(int*)own == type && *(int*)(own + 4) == alias && *(long*)(own + 8) == flags
            && *(nint*)(own + 16) == name && *(nint*)(own + 24) == info && *(nint*)(own + DecodeAt) != 0;
        var reader = isKnown ? ((delegate* unmanaged<int, int, nint, nint, nint>)create)(type, flags, name, info) : 0;
        if (reader == 0)
        {
            return;
        }

        ((delegate* unmanaged<nint, nint, void>)copy)(reader, own);
        _readCurve = (delegate* unmanaged<nint, nint, int>)(*(nint*)(own + DecodeAt));
        delegate* unmanaged<nint, nint, int> read = &OnReadCurve;
        *(nint*)(reader + DecodeAt) = (nint)read;
        _curveReader = reader;
        delegate* unmanaged<nint, nint*, int**, int, int> methods = &OnKeyReaders;
        ((delegate* unmanaged<nint, nint, int>)setMethods)(engine, (nint)methods);
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

    /// <summary>ENGINE_PKEY_ASN1_METHS_PTR, as <see cref="OnKeyMethods"/>.</summary>
    [UnmanagedCallersOnly]
    private static int OnKeyReaders(nint engine, nint* method, int** types, int type)
    {
        if (method is null)
        {
            *types = _keyTypes;
            return 1;
        }

        *method = type == KeyEllipticCurve ? _curveReader : 0;
        return *method == 0 ? 0 : 1;
    }

    /// <summary>Gives a key of P-256 that this thread's handshakes have read before, else lets the library read it.
    /// </summary>
    /// <param name="key">EVP_PKEY to fill.</param>
    /// <param name="encoded">X509_PUBKEY (RFC 5480 section 2).</param>
    [UnmanagedCallersOnly]
    private static int OnReadCurve(nint key, nint encoded)
    {
        byte* point;
        int length, type;
        nint algorithm, parameters;
        if (CurveKeys.Current is not { } keys
            || PublicKeyParts(0, &point, &length, &algorithm, encoded) != 1
            || length != PointLength || point[0] != 4)
        {
            return _readCurve(key, encoded);
        }

        AlgorithmParts(0, &type, &parameters, algorithm);
        if (type != TypeObject || ObjectNumber(parameters) != CurveP256)
        {
            return _readCurve(key, encoded);
        }

        var name = new ReadOnlySpan<byte>(point + 1, PointLength - 1);
        if (keys.Find(name) is var known and not 0)
        {
            CurveKeyUpRef(known);
            var isTaken = KeyAssign(key, KeyEllipticCurve, known);
            if (isTaken != 1)
            {
                CurveKeyFree(known);
            }

            return isTaken;
        }

        if (_readCurve(key, encoded) != 1)
        {
            return 0;
        }

        if (KeyContent(key) is var made and not 0)
        {
            CurveKeyUpRef(made);
            keys.Add(name, made);
        }

        return 1;
    }

    [LibraryImport(Library, EntryPoint = "X509_PUBKEY_get0_param")]
    private static partial int PublicKeyParts(nint type, byte** key, int* length, nint* algorithm, nint encoded);

    [LibraryImport(Library, EntryPoint = "X509_ALGOR_get0")]
    private static partial void AlgorithmParts(nint type, int* parameterType, nint* parameters, nint algorithm);

    [LibraryImport(Library, EntryPoint = "OBJ_obj2nid")]
    private static partial int ObjectNumber(nint identifier);

    [LibraryImport(Library, EntryPoint = "EVP_PKEY_assign")]
    private static partial int KeyAssign(nint key, int type, nint content);

    [LibraryImport(Library, EntryPoint = "EVP_PKEY_get0")]
    private static partial nint KeyContent(nint key);

    [LibraryImport(Library, EntryPoint = "EC_KEY_up_ref")]
    private static partial int CurveKeyUpRef(nint key);

    [LibraryImport(Library, EntryPoint = "EC_KEY_free")]
    internal static partial void CurveKeyFree(nint key);
}
