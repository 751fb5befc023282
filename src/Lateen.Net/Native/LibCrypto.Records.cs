using System.Runtime.InteropServices;

namespace Lateen.Net.Native;

/// <content>What protects records: authenticated ciphers and keyed digests. Calls that take less than a microsecond do
/// not tell the garbage collector.</content>
internal static unsafe partial class LibCrypto
{
    internal const int CipherGetTag = 0x10;
    internal const int CipherSetTag = 0x11;

    [LibraryImport(Library, EntryPoint = "EVP_CIPHER_fetch")]
    internal static partial nint CipherFetch(nint library, byte* name, byte* properties);

    [LibraryImport(Library, EntryPoint = "EVP_CIPHER_CTX_new")]
    internal static partial nint CipherNew();

    [LibraryImport(Library, EntryPoint = "EVP_CIPHER_CTX_free")]
    internal static partial void CipherFree(nint context);

    [LibraryImport(Library, EntryPoint = "EVP_CipherInit_ex")]
    internal static partial int CipherInit(
        nint context, nint cipher, nint engine, byte* key, byte* nonce, int encrypts);

    [SuppressGCTransition]
    [LibraryImport(Library, EntryPoint = "EVP_CipherInit_ex")]
    internal static partial int CipherBegin(
        nint context, nint cipher, nint engine, byte* key, byte* nonce, int encrypts);

    [LibraryImport(Library, EntryPoint = "EVP_CipherUpdate")]
    internal static partial int CipherUpdate(nint context, byte* target, int* written, byte* source, int length);

    [SuppressGCTransition]
    [LibraryImport(Library, EntryPoint = "EVP_CipherUpdate")]
    internal static partial int CipherAdd(nint context, byte* target, int* written, byte* source, int length);

    [SuppressGCTransition]
    [LibraryImport(Library, EntryPoint = "EVP_CipherFinal_ex")]
    internal static partial int CipherEnd(nint context, byte* target, int* written);

    [SuppressGCTransition]
    [LibraryImport(Library, EntryPoint = "EVP_CIPHER_CTX_ctrl")]
    internal static partial int CipherControl(nint context, int command, int length, byte* data);

    [LibraryImport(Library, EntryPoint = "EVP_sha256")]
    internal static partial nint DigestSha256();

    [LibraryImport(Library, EntryPoint = "EVP_sha384")]
    internal static partial nint DigestSha384();

    [LibraryImport(Library, EntryPoint = "HMAC")]
    internal static partial byte* Hmac(
        nint digest, byte* key, int keyLength, byte* data, nuint length, byte* target, uint* targetLength);
}
