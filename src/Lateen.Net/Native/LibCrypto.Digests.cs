using System.Runtime.InteropServices;

namespace Lateen.Net.Native;

/// <content>SHA-2 without <c>EVP</c>, whose contexts cost more than the digest of a few blocks. Every call takes less
/// than a microsecond.</content>
internal static unsafe partial class LibCrypto
{
    /// <summary>Room for <c>SHA256_CTX</c> (112 bytes) or <c>SHA512_CTX</c> (216), in units of eight bytes.</summary>
    internal const int DigestStateWords = 27;

    /// <summary>A build of the library may leave these out.</summary>
    internal static bool HasDigests => NativeLibrary.TryLoad(Library, out var library)
        && Find(library, "SHA256_Init") is not null && Find(library, "SHA384_Init") is not null;

    [SuppressGCTransition]
    [LibraryImport(Library, EntryPoint = "SHA256_Init")]
    internal static partial int Sha256Begin(ulong* state);

    [SuppressGCTransition]
    [LibraryImport(Library, EntryPoint = "SHA256_Update")]
    internal static partial int Sha256Add(ulong* state, byte* data, nuint length);

    [SuppressGCTransition]
    [LibraryImport(Library, EntryPoint = "SHA256_Final")]
    internal static partial int Sha256End(byte* digest, ulong* state);

    [SuppressGCTransition]
    [LibraryImport(Library, EntryPoint = "SHA384_Init")]
    internal static partial int Sha384Begin(ulong* state);

    [SuppressGCTransition]
    [LibraryImport(Library, EntryPoint = "SHA384_Update")]
    internal static partial int Sha384Add(ulong* state, byte* data, nuint length);

    [SuppressGCTransition]
    [LibraryImport(Library, EntryPoint = "SHA384_Final")]
    internal static partial int Sha384End(byte* digest, ulong* state);
}
