using System.Runtime.InteropServices;

namespace Lateen.Net.Native;

/// <summary>The part of libcrypto.so.3 that TLS here stands on.</summary>
internal static unsafe partial class LibCrypto
{
    internal const int BioControlPending = 10;
    internal const int NidSubjectAltName = 85;
    internal const ulong StorePartialChain = 0x80000;
    internal const ulong StoreCrlCheck = 0x4;
    internal const ulong StoreCrlCheckAll = 0x8;
    internal const ulong StoreNoCheckTime = 0x200000;
    internal const int VerifyOk = 0;

    /// <summary>An error that libssl has no alert of its own for: the peer gets certificate_unknown.</summary>
    internal const int VerifyErrorOther = 30;
    internal const int VerifyErrorUntrusted = 27;
    internal const int GeneralNameEmail = 1;
    internal const int GeneralNameDns = 2;
    internal const int GeneralNameUri = 6;
    internal const int GeneralNameIp = 7;
    internal const uint NameRfc2253 = 0x1110317;

    internal const int BioControlReset = 1;

    private const string Library = "libcrypto.so.3";

    [LibraryImport(Library, EntryPoint = "BIO_new")]
    internal static partial nint BioNew(nint type);

    [LibraryImport(Library, EntryPoint = "BIO_s_mem")]
    internal static partial nint BioMemory();

    [LibraryImport(Library, EntryPoint = "BIO_up_ref")]
    internal static partial int BioUpRef(nint bio);

    [LibraryImport(Library, EntryPoint = "BIO_ctrl")]
    internal static partial nint BioControl(nint bio, int command, nint number, nint argument);

    [LibraryImport(Library, EntryPoint = "BIO_free")]
    internal static partial int BioFree(nint bio);

    [LibraryImport(Library, EntryPoint = "BIO_new_mem_buf")]
    internal static partial nint BioNewMemory(byte* data, int length);

    [LibraryImport(Library, EntryPoint = "BIO_read")]
    internal static partial int BioRead(nint bio, byte* data, int length);

    [LibraryImport(Library, EntryPoint = "BIO_write")]
    internal static partial int BioWrite(nint bio, byte* data, int length);

    [LibraryImport(Library, EntryPoint = "BIO_ctrl_pending")]
    internal static partial nuint BioPending(nint bio);

    [LibraryImport(Library, EntryPoint = "PEM_read_bio_X509")]
    internal static partial nint ReadCertificate(nint bio, nint target, nint callback, nint argument);

    [LibraryImport(Library, EntryPoint = "PEM_read_bio_X509_CRL")]
    internal static partial nint ReadCrl(nint bio, nint target, nint callback, nint argument);

    [LibraryImport(Library, EntryPoint = "PEM_read_bio_PrivateKey")]
    internal static partial nint ReadKey(nint bio, nint target, nint callback, byte* password);

    [LibraryImport(Library, EntryPoint = "EVP_PKEY_free")]
    internal static partial void KeyFree(nint key);

    [LibraryImport(Library, EntryPoint = "X509_free")]
    internal static partial void CertificateFree(nint certificate);

    [LibraryImport(Library, EntryPoint = "X509_up_ref")]
    internal static partial int CertificateUpRef(nint certificate);

    [LibraryImport(Library, EntryPoint = "X509_CRL_free")]
    internal static partial void CrlFree(nint crl);

    [LibraryImport(Library, EntryPoint = "i2d_X509")]
    internal static partial int CertificateToDer(nint certificate, byte** target);

    [LibraryImport(Library, EntryPoint = "i2d_X509_PUBKEY")]
    internal static partial int PublicKeyToDer(nint publicKey, byte** target);

    [LibraryImport(Library, EntryPoint = "X509_get_X509_PUBKEY")]
    internal static partial nint GetPublicKey(nint certificate);

    [LibraryImport(Library, EntryPoint = "X509_get_ext_d2i")]
    internal static partial nint GetExtension(nint certificate, int nid, nint critical, nint index);

    [LibraryImport(Library, EntryPoint = "GENERAL_NAMES_free")]
    internal static partial void GeneralNamesFree(nint names);

    [LibraryImport(Library, EntryPoint = "GENERAL_NAME_get0_value")]
    internal static partial nint GeneralNameValue(nint name, int* type);

    [LibraryImport(Library, EntryPoint = "OPENSSL_sk_num")]
    internal static partial int StackCount(nint stack);

    [LibraryImport(Library, EntryPoint = "OPENSSL_sk_value")]
    internal static partial nint StackValue(nint stack, int index);

    [LibraryImport(Library, EntryPoint = "ASN1_STRING_get0_data")]
    internal static partial byte* StringData(nint text);

    [LibraryImport(Library, EntryPoint = "ASN1_STRING_length")]
    internal static partial int StringLength(nint text);

    [LibraryImport(Library, EntryPoint = "X509_get_subject_name")]
    internal static partial nint GetSubject(nint certificate);

    [LibraryImport(Library, EntryPoint = "X509_get_issuer_name")]
    internal static partial nint GetIssuer(nint certificate);

    [LibraryImport(Library, EntryPoint = "X509_NAME_print_ex")]
    internal static partial int PrintName(nint bio, nint name, int indent, uint flags);

    [LibraryImport(Library, EntryPoint = "X509_get0_serialNumber")]
    internal static partial nint GetSerial(nint certificate);

    [LibraryImport(Library, EntryPoint = "X509_get0_notAfter")]
    internal static partial nint GetNotAfter(nint certificate);

    [LibraryImport(Library, EntryPoint = "X509_get0_notBefore")]
    internal static partial nint GetNotBefore(nint certificate);

    [LibraryImport(Library, EntryPoint = "ASN1_TIME_diff")]
    internal static partial int TimeDifference(int* days, int* seconds, nint from, nint to);

    [LibraryImport(Library, EntryPoint = "ASN1_TIME_set")]
    internal static partial nint TimeSet(nint target, long unixSeconds);

    [LibraryImport(Library, EntryPoint = "ASN1_STRING_free")]
    internal static partial void StringFree(nint text);

    [LibraryImport(Library, EntryPoint = "X509_check_ca")]
    internal static partial int CheckCa(nint certificate);

    [LibraryImport(Library, EntryPoint = "X509_get_key_usage")]
    internal static partial uint GetKeyUsage(nint certificate);

    [LibraryImport(Library, EntryPoint = "X509_STORE_new")]
    internal static partial nint StoreNew();

    [LibraryImport(Library, EntryPoint = "X509_STORE_free")]
    internal static partial void StoreFree(nint store);

    [LibraryImport(Library, EntryPoint = "X509_STORE_add_cert")]
    internal static partial int StoreAdd(nint store, nint certificate);

    [LibraryImport(Library, EntryPoint = "X509_STORE_add_crl")]
    internal static partial int StoreAddCrl(nint store, nint crl);

    [LibraryImport(Library, EntryPoint = "X509_STORE_set_flags")]
    internal static partial int StoreSetFlags(nint store, ulong flags);

    [LibraryImport(Library, EntryPoint = "X509_STORE_CTX_new")]
    internal static partial nint StoreContextNew();

    [LibraryImport(Library, EntryPoint = "X509_STORE_CTX_free")]
    internal static partial void StoreContextFree(nint context);

    [LibraryImport(Library, EntryPoint = "X509_STORE_CTX_init")]
    internal static partial int StoreContextInit(nint context, nint store, nint certificate, nint chain);

    [LibraryImport(Library, EntryPoint = "X509_STORE_CTX_set_default")]
    internal static partial int StoreContextSetDefault(nint context, byte* name);

    [LibraryImport(Library, EntryPoint = "X509_STORE_CTX_get0_cert")]
    internal static partial nint StoreContextCertificate(nint context);

    [LibraryImport(Library, EntryPoint = "X509_STORE_CTX_get0_untrusted")]
    internal static partial nint StoreContextUntrusted(nint context);

    [LibraryImport(Library, EntryPoint = "X509_STORE_CTX_get_error")]
    internal static partial int StoreContextError(nint context);

    [LibraryImport(Library, EntryPoint = "X509_STORE_CTX_set_error")]
    internal static partial void StoreContextSetError(nint context, int error);

    [LibraryImport(Library, EntryPoint = "X509_STORE_CTX_get_error_depth")]
    internal static partial int StoreContextErrorDepth(nint context);

    [LibraryImport(Library, EntryPoint = "X509_verify_cert_error_string")]
    internal static partial byte* VerifyErrorText(nint error);

    [LibraryImport(Library, EntryPoint = "X509_verify_cert")]
    internal static partial int Verify(nint context);

    [LibraryImport(Library, EntryPoint = "ERR_get_error")]
    internal static partial nuint GetError();

    [LibraryImport(Library, EntryPoint = "ERR_clear_error")]
    internal static partial void ClearErrors();

    [LibraryImport(Library, EntryPoint = "ERR_reason_error_string")]
    internal static partial byte* ReasonText(nuint error);

    [LibraryImport(Library, EntryPoint = "ERR_lib_error_string")]
    internal static partial byte* LibraryText(nuint error);

    [LibraryImport(Library, EntryPoint = "SHA256")]
    internal static partial byte* Sha256(byte* data, nuint length, byte* digest);
}
