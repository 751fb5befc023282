using Envoy.Config.Core.V3;
using Lateen.Net.Compression;
using Lateen.Proxy.Compression;
using BrotliProto = Envoy.Extensions.Compression.Brotli.Compressor.V3.Brotli;
using GunzipProto = Envoy.Extensions.Compression.Gzip.Decompressor.V3.Gzip;
using GzipProto = Envoy.Extensions.Compression.Gzip.Compressor.V3.Gzip;
using ZstdProto = Envoy.Extensions.Compression.Zstd.Compressor.V3.Zstd;

namespace Lateen.Proxy.Config.Decode.Filters;

/// <summary>Codings by the type of their configuration.</summary>
internal static class CompressionLibraries
{
    private const string Root = "envoy.extensions.compression.";
    private static readonly byte[] Gzip = "gzip"u8.ToArray();
    private static readonly byte[] Brotli = "br"u8.ToArray();
    private static readonly byte[] Zstd = "zstd"u8.ToArray();

    public static CompressionLibrary? Compressor(TypedExtensionConfig? library, string path, FilterSource source)
    {
        var name = library?.Name ?? "";
        switch (TypedConfigs.Open(library?.TypedConfig, out var bytes, out var fields))
        {
            case Root + "gzip.compressor.v3.Gzip":
                var gzip = TypedConfigs.Read(GzipProto.Parser, bytes, fields);
                var (level, window, memory, strategy) = (
                    gzip.CompressionLevel == 0 ? -1 : (int)gzip.CompressionLevel, (int)(gzip.WindowBits ?? 12),
                    (int)(gzip.MemoryLevel ?? 5), (int)gzip.CompressionStrategy);
                if (window is < 9 or > 15 || memory is < 1 or > 9)
                {
                    source.Context.Error(path, "HTTP_FILTERS", "window_bits or memory_level is out of range");
                    return null;
                }
                return new CompressionLibrary(
                    name, Gzip, "gzip.", () => new GzipCompressor(level, window, memory, strategy));
            case Root + "brotli.compressor.v3.Brotli":
                var brotli = TypedConfigs.Read(BrotliProto.Parser, bytes, fields);
                var (quality, bits) = ((int)(brotli.Quality ?? 3), (int)(brotli.WindowBits ?? 18));
                if (quality > 11 || bits is < 10 or > 24)
                {
                    source.Context.Error(path, "HTTP_FILTERS", "quality or window_bits is out of range");
                    return null;
                }
                return new CompressionLibrary(name, Brotli, "brotli.", () => new BrotliCompressor(quality, bits));
            case Root + "zstd.compressor.v3.Zstd" when IsZstdThere(path, source):
                var zstd = TypedConfigs.Read(ZstdProto.Parser, bytes, fields);
                if (zstd.Dictionary is not null)
                {
                    source.Context.Error($"{path}.dictionary", "HTTP_FILTERS", "dictionaries are not supported");
                    return null;
                }
                return new CompressionLibrary(name, Zstd, "zstd.", () => ZstdCodec.NewCompressor(
                    (int)(zstd.CompressionLevel ?? 3), (int)zstd.Strategy, zstd.EnableChecksum));
            case Root + "zstd.compressor.v3.Zstd":
                return null;
            default:
                TypedConfigs.ReportUnknown(name, library?.TypedConfig, path, source.Context);
                return null;
        }
    }

    public static CompressionLibrary? Decompressor(TypedExtensionConfig? library, string path, FilterSource source)
    {
        var name = library?.Name ?? "";
        switch (TypedConfigs.Open(library?.TypedConfig, out var bytes, out var fields))
        {
            case Root + "gzip.decompressor.v3.Gzip":
                var gzip = TypedConfigs.Read(GunzipProto.Parser, bytes, fields);
                var window = (int)(gzip.WindowBits ?? 15);
                return new CompressionLibrary(
                    name, Gzip, "gzip.", () => new GzipDecompressor(window), (int)(gzip.MaxInflateRatio ?? 100));
            case Root + "brotli.decompressor.v3.Brotli":
                return new CompressionLibrary(name, Brotli, "brotli.", static () => new BrotliDecompressor(), 100);
            case Root + "zstd.decompressor.v3.Zstd" when IsZstdThere(path, source):
                return new CompressionLibrary(name, Zstd, "zstd.", static () => ZstdCodec.NewDecompressor(), 100);
            case Root + "zstd.decompressor.v3.Zstd":
                return null;
            default:
                TypedConfigs.ReportUnknown(name, library?.TypedConfig, path, source.Context);
                return null;
        }
    }

    private static bool IsZstdThere(string path, FilterSource source)
    {
        if (!ZstdCodec.IsAvailable)
        {
            source.Context.Error(path, "HTTP_FILTERS", "zstd needs libzstd.so.1, which this machine lacks");
        }
        return ZstdCodec.IsAvailable;
    }
}
