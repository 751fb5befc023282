namespace Lateen.Net.Compression;

/// <summary>Makes or reads Zstandard (RFC 8878) by the system's library.</summary>
public sealed unsafe class ZstdCodec : ByteCodec
{
    private const int LevelParameter = 100;
    private const int StrategyParameter = 107;
    private const int ChecksumParameter = 201;

    private readonly bool _isEncoder;
    private nint _context;

    private ZstdCodec(nint context, bool isEncoder)
    {
        _context = context;
        _isEncoder = isEncoder;
    }

    /// <summary>Gives the native memory back.</summary>
    ~ZstdCodec() => Dispose(false);

    /// <summary>Whether the system has the library.</summary>
    public static bool IsAvailable => ZstdNative.IsAvailable;

    /// <summary>Starts a stream to be made.</summary>
    /// <param name="level">1 to 22; 0 is the library's choice.</param>
    /// <param name="strategy">The library's number of a strategy; 0 is its choice.</param>
    /// <param name="checksum">A checksum ends each frame.</param>
    /// <returns>The codec.</returns>
    public static ZstdCodec NewCompressor(int level, int strategy, bool checksum)
    {
        var context = ZstdNative.CreateEncoder();
        ZstdNative.SetParameter(context, LevelParameter, level);
        ZstdNative.SetParameter(context, ChecksumParameter, checksum ? 1 : 0);
        if (strategy > 0)
        {
            ZstdNative.SetParameter(context, StrategyParameter, strategy);
        }
        return new ZstdCodec(context, true);
    }

    /// <summary>Starts a stream to be read.</summary>
    /// <returns>The codec.</returns>
    public static ZstdCodec NewDecompressor() => new(ZstdNative.CreateDecoder(), false);

    /// <inheritdoc/>
    public override CodecResult Run(
        ReadOnlySpan<byte> input, Span<byte> output, CodecFlush flush, out int consumed, out int written)
    {
        ObjectDisposedException.ThrowIf(_context == 0, this);
        fixed (byte* from = input)
        fixed (byte* to = output)
        {
            var source = new ZstdNative.Buffer { Bytes = from, Size = (nuint)input.Length };
            var target = new ZstdNative.Buffer { Bytes = to, Size = (nuint)output.Length };
            var left = _isEncoder
                ? ZstdNative.Compress(_context, &target, &source, (int)flush)
                : ZstdNative.Decompress(_context, &target, &source);
            consumed = (int)source.Position;
            written = (int)target.Position;
            if (ZstdNative.IsError(left) != 0)
            {
                return CodecResult.Invalid;
            }
            if (_isEncoder)
            {
                return left > 0 && flush != CodecFlush.None ? CodecResult.MoreOutput
                    : flush == CodecFlush.Finish ? CodecResult.End : CodecResult.Done;
            }
            return target.Position == target.Size ? CodecResult.MoreOutput
                : left == 0 ? CodecResult.End : CodecResult.Done;
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (_context != 0)
        {
            _ = _isEncoder ? ZstdNative.FreeEncoder(_context) : ZstdNative.FreeDecoder(_context);
            _context = 0;
        }
    }
}
