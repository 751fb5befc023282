using System.Runtime.InteropServices;

namespace Lateen.Net.Native;

/// <content>Signatures over Edwards curves, which the runtime lacks.</content>
internal static unsafe partial class LibCrypto
{
    internal const int PublicKeyEd25519 = 1087;

    [LibraryImport(Library, EntryPoint = "EVP_PKEY_new_raw_public_key")]
    internal static partial nint NewRawPublicKey(int type, nint engine, byte* key, nuint length);

    [LibraryImport(Library, EntryPoint = "EVP_PKEY_free")]
    internal static partial void FreePublicKey(nint key);

    [LibraryImport(Library, EntryPoint = "EVP_MD_CTX_new")]
    internal static partial nint NewDigestContext();

    [LibraryImport(Library, EntryPoint = "EVP_MD_CTX_free")]
    internal static partial void FreeDigestContext(nint context);

    [LibraryImport(Library, EntryPoint = "EVP_DigestVerifyInit")]
    internal static partial int DigestVerifyStart(nint context, nint* keyContext, nint type, nint engine, nint key);

    [LibraryImport(Library, EntryPoint = "EVP_DigestVerify")]
    internal static partial int DigestVerify(
        nint context, byte* signature, nuint signatureLength, byte* data, nuint dataLength);
}
