using System.Runtime.InteropServices;

namespace Lateen.Net.Compression;

/// <summary>The system's zstd library, which may be missing.</summary>
internal static unsafe class ZstdNative
{
    private static readonly string[] Names = ["libzstd.so.1", "libzstd.so"];
    private static readonly nint Library = Load();

    public static bool IsAvailable => Library != 0;

    public static readonly delegate* unmanaged<nint> CreateEncoder = (delegate* unmanaged<nint>)Get("ZSTD_createCCtx");

    public static readonly delegate* unmanaged<nint, nuint> FreeEncoder =
        (delegate* unmanaged<nint, nuint>)Get("ZSTD_freeCCtx");

    public static readonly delegate* unmanaged<nint, int, int, nuint> SetParameter =
        (delegate* unmanaged<nint, int, int, nuint>)Get("ZSTD_CCtx_setParameter");

    public static readonly delegate* unmanaged<nint, Buffer*, Buffer*, int, nuint> Compress =
        (delegate* unmanaged<nint, Buffer*, Buffer*, int, nuint>)Get("ZSTD_compressStream2");

    public static readonly delegate* unmanaged<nint> CreateDecoder = (delegate* unmanaged<nint>)Get("ZSTD_createDCtx");

    public static readonly delegate* unmanaged<nint, nuint> FreeDecoder =
        (delegate* unmanaged<nint, nuint>)Get("ZSTD_freeDCtx");

    public static readonly delegate* unmanaged<nint, Buffer*, Buffer*, nuint> Decompress =
        (delegate* unmanaged<nint, Buffer*, Buffer*, nuint>)Get("ZSTD_decompressStream");

    public static readonly delegate* unmanaged<nuint, uint> IsError =
        (delegate* unmanaged<nuint, uint>)Get("ZSTD_isError");

    private static nint Load()
    {
        foreach (var name in Names)
        {
            if (NativeLibrary.TryLoad(name, out var library))
            {
                return library;
            }
        }
        return 0;
    }

    private static nint Get(string name) =>
        Library != 0 && NativeLibrary.TryGetExport(Library, name, out var address) ? address : 0;

    /// <summary>Bytes and how far they have been used.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct Buffer
    {
        public byte* Bytes;
        public nuint Size;
        public nuint Position;
    }
}
