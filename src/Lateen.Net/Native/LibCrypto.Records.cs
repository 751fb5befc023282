using System.Runtime.InteropServices;

namespace Lateen.Net.Native;

/// <content>The ciphers that protect records. Calls that take less than a microsecond do not tell the garbage
/// collector.</content>
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
}
