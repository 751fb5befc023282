using System.Runtime.InteropServices;

namespace Lateen.Net.Native;

/// <content>Keys' kinds, PKCS #12, OCSP answers and the ciphers of session tickets.</content>
internal static unsafe partial class LibCrypto
{
    internal const int KeyRsa = 6;
    internal const int KeyEc = 408;
    internal const int GeneralNameOther = 0;

    /// <summary>The name of the key schedule among the library's algorithms.</summary>
    internal static ReadOnlySpan<byte> KeySchedule => "TLS13-KDF\0"u8;

    /// <summary>Who asks for no provider gets the library's own: not where only certified code may be used, also not
    /// where the configuration just leaves the library's own out.</summary>
    internal static bool UsesOwnProvider
    {
        get
        {
            nint derivation;
            fixed (byte* name = KeySchedule)
            {
                derivation = FipsIsDefault(0) != 0 ? 0 : KdfFetch(0, name, null);
            }

            if (derivation == 0)
            {
                ClearErrors();
                return false;
            }

            var provider = ProviderName(KdfProvider(derivation));
            KdfFree(derivation);
            return MemoryMarshal.CreateReadOnlySpanFromNullTerminated(provider).SequenceEqual("default"u8);
        }
    }

    [LibraryImport(Library, EntryPoint = "EVP_default_properties_is_fips_enabled")]
    private static partial int FipsIsDefault(nint library);

    [LibraryImport(Library, EntryPoint = "OSSL_PROVIDER_add_builtin")]
    internal static partial int ProviderAdd(
        nint library, byte* name, delegate* unmanaged<nint, nint, KeyScheduleProvider.Dispatch**, nint*, int> begin);

    [LibraryImport(Library, EntryPoint = "OSSL_PROVIDER_try_load")]
    internal static partial nint ProviderLoad(nint library, byte* name, int keepsOthers);

    [LibraryImport(Library, EntryPoint = "EVP_KDF_fetch")]
    private static partial nint KdfFetch(nint library, byte* name, byte* properties);

    [LibraryImport(Library, EntryPoint = "EVP_KDF_free")]
    private static partial void KdfFree(nint derivation);

    [LibraryImport(Library, EntryPoint = "EVP_KDF_get0_provider")]
    private static partial nint KdfProvider(nint derivation);

    [LibraryImport(Library, EntryPoint = "OSSL_PROVIDER_get0_name")]
    private static partial byte* ProviderName(nint provider);

    [LibraryImport(Library, EntryPoint = "X509_get0_pubkey")]
    internal static partial nint GetKey(nint certificate);

    [LibraryImport(Library, EntryPoint = "EVP_PKEY_get_base_id")]
    internal static partial int KeyKind(nint key);

    [LibraryImport(Library, EntryPoint = "EVP_PKEY_get_bits")]
    internal static partial int KeyBits(nint key);

    [LibraryImport(Library, EntryPoint = "EVP_PKEY_get_group_name")]
    internal static partial int KeyGroup(nint key, byte* name, nuint size, nuint* length);

    [LibraryImport(Library, EntryPoint = "d2i_PKCS12")]
    internal static partial nint ReadPkcs12(nint target, byte** data, nint length);

    [LibraryImport(Library, EntryPoint = "PKCS12_parse")]
    internal static partial int ParsePkcs12(nint store, byte* password, nint* key, nint* certificate, nint* chain);

    [LibraryImport(Library, EntryPoint = "PKCS12_free")]
    internal static partial void FreePkcs12(nint store);

    [LibraryImport(Library, EntryPoint = "OPENSSL_sk_free")]
    internal static partial void StackFree(nint stack);

    [LibraryImport(Library, EntryPoint = "X509_STORE_set_depth")]
    internal static partial int StoreSetDepth(nint store, int depth);

    [LibraryImport(Library, EntryPoint = "X509_get_ext_by_NID")]
    internal static partial int FindExtension(nint certificate, int nid, int after);

    [LibraryImport(Library, EntryPoint = "CRYPTO_malloc")]
    internal static partial nint Allocate(nuint size, byte* file, int line);

    [LibraryImport(Library, EntryPoint = "d2i_OCSP_RESPONSE")]
    internal static partial nint ReadOcspResponse(nint target, byte** data, nint length);

    [LibraryImport(Library, EntryPoint = "OCSP_RESPONSE_free")]
    internal static partial void FreeOcspResponse(nint response);

    [LibraryImport(Library, EntryPoint = "OCSP_response_status")]
    internal static partial int OcspStatus(nint response);

    [LibraryImport(Library, EntryPoint = "OCSP_response_get1_basic")]
    internal static partial nint OcspBasic(nint response);

    [LibraryImport(Library, EntryPoint = "OCSP_BASICRESP_free")]
    internal static partial void FreeOcspBasic(nint basic);

    [LibraryImport(Library, EntryPoint = "OCSP_resp_count")]
    internal static partial int OcspCount(nint basic);

    [LibraryImport(Library, EntryPoint = "OCSP_resp_get0")]
    internal static partial nint OcspSingle(nint basic, int index);

    [LibraryImport(Library, EntryPoint = "OCSP_SINGLERESP_get0_id")]
    internal static partial nint OcspId(nint single);

    [LibraryImport(Library, EntryPoint = "OCSP_id_get0_info")]
    internal static partial int OcspIdInfo(nint* name, nint* digest, nint* key, nint* serial, nint id);

    [LibraryImport(Library, EntryPoint = "OCSP_single_get0_status")]
    internal static partial int OcspTimes(nint single, int* reason, nint* revoked, nint* thisUpdate, nint* nextUpdate);

    [LibraryImport(Library, EntryPoint = "ASN1_TIME_to_generalizedtime")]
    internal static partial nint ToGeneralizedTime(nint time, nint target);

    [LibraryImport(Library, EntryPoint = "ASN1_INTEGER_cmp")]
    internal static partial int CompareIntegers(nint left, nint right);

    [LibraryImport(Library, EntryPoint = "EVP_aes_256_cbc")]
    internal static partial nint Aes256Cbc();

    [LibraryImport(Library, EntryPoint = "EVP_EncryptInit_ex")]
    internal static partial int EncryptInit(nint context, nint cipher, nint engine, byte* key, byte* iv);

    [LibraryImport(Library, EntryPoint = "EVP_DecryptInit_ex")]
    internal static partial int DecryptInit(nint context, nint cipher, nint engine, byte* key, byte* iv);

    [LibraryImport(Library, EntryPoint = "EVP_MAC_init")]
    internal static partial int MacInit(nint context, byte* key, nuint length, OsslParameter* parameters);

    [LibraryImport(Library, EntryPoint = "RAND_bytes")]
    internal static partial int Random(byte* target, int length);

    [LibraryImport(Library, EntryPoint = "GENERAL_NAME_get0_otherName")]
    internal static partial int GeneralNameOtherValue(nint name, nint* identifier, nint* value);

    [LibraryImport(Library, EntryPoint = "OBJ_obj2txt")]
    internal static partial int ObjectText(byte* text, int size, nint identifier, int dotted);

    /// <summary>One <c>OSSL_PARAM</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct OsslParameter
    {
        internal byte* Key;
        internal uint DataType;
        internal byte* Data;
        internal nuint Size;
        internal nuint ReturnSize;
    }
}
