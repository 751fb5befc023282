using Lateen.Net.Compression;

namespace Lateen.Net.Tests.Compression;

public sealed class ByteCodecTests
{
    public static TheoryData<string> Codings => ["gzip", "brotli", "zstd"];

    [Theory]
    [MemberData(nameof(Codings))]
    public void Codec_RoundTripInSmallPieces_GivesTheSameBytes(string coding)
    {
        if (coding == "zstd" && !ZstdCodec.IsAvailable)
        {
            return;
        }
        var random = new Random(7);
        var text = new byte[100_000];
        for (var i = 0; i < text.Length; i++)
        {
            text[i] = (byte)random.Next(32, 40);
        }
        using var compressor = Compressor(coding);
        using var decompressor = Decompressor(coding);

        var packed = Run(compressor, text, 777, CodecFlush.Finish);
        var unpacked = Run(decompressor, packed, 13, CodecFlush.None);

        Assert.True(packed.Length < text.Length / 2);
        Assert.Equal(text, unpacked);
    }

    [Theory]
    [MemberData(nameof(Codings))]
    public void Compressor_Flushed_LetsTheOtherSideReadAll(string coding)
    {
        if (coding == "zstd" && !ZstdCodec.IsAvailable)
        {
            return;
        }
        using var compressor = Compressor(coding);
        using var decompressor = Decompressor(coding);

        var packed = Run(compressor, "hello hello"u8.ToArray(), 4, CodecFlush.Flush);

        Assert.Equal("hello hello"u8.ToArray(), Run(decompressor, packed, 64, CodecFlush.None));
    }

    [Theory]
    [MemberData(nameof(Codings))]
    public void Decompressor_OtherBytes_IsInvalid(string coding)
    {
        if (coding == "zstd" && !ZstdCodec.IsAvailable)
        {
            return;
        }
        using var decompressor = Decompressor(coding);
        var bytes = new byte[64];
        Array.Fill(bytes, (byte)0xFF);

        Assert.Equal(CodecResult.Invalid, decompressor.Run(bytes, new byte[64], CodecFlush.None, out _, out _));
    }

    private static ByteCodec Compressor(string coding) => coding switch
    {
        "gzip" => new GzipCompressor(-1, 12, 5, 0),
        "brotli" => new BrotliCompressor(3, 18),
        _ => ZstdCodec.NewCompressor(3, 0, false),
    };

    private static ByteCodec Decompressor(string coding) => coding switch
    {
        "gzip" => new GzipDecompressor(15),
        "brotli" => new BrotliDecompressor(),
        _ => ZstdCodec.NewDecompressor(),
    };

    private static byte[] Run(ByteCodec codec, byte[] input, int pieceBytes, CodecFlush end)
    {
        var result = new List<byte>();
        var space = new byte[100];
        for (var at = 0; at < input.Length; at += pieceBytes)
        {
            Step(codec, input.AsSpan(at, Math.Min(pieceBytes, input.Length - at)), CodecFlush.None, space, result);
        }
        if (end != CodecFlush.None)
        {
            Step(codec, default, end, space, result);
        }
        return [.. result];
    }

    private static void Step(
        ByteCodec codec, ReadOnlySpan<byte> input, CodecFlush flush, byte[] space, List<byte> result)
    {
        while (true)
        {
            var outcome = codec.Run(input, space, flush, out var consumed, out var written);
            result.AddRange(space.AsSpan(0, written));
            input = input[consumed..];
            if (outcome is CodecResult.End or CodecResult.Invalid || (outcome == CodecResult.Done && input.IsEmpty))
            {
                return;
            }
        }
    }
}
