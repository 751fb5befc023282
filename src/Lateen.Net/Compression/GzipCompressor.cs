using System.Runtime.InteropServices;

namespace Lateen.Net.Compression;

/// <summary>Makes gzip (RFC 1952).</summary>
public sealed unsafe class GzipCompressor : ByteCodec
{
    private const int GzipFraming = 16;

    private readonly ZStream* _stream = (ZStream*)NativeMemory.AllocZeroed((nuint)sizeof(ZStream));
    private bool _isDisposed;

    /// <summary>Starts a stream.</summary>
    /// <param name="level">1 to 9; -1 is zlib's own choice.</param>
    /// <param name="windowBits">9 to 15: logarithm of the window's bytes.</param>
    /// <param name="memoryLevel">1 to 9.</param>
    /// <param name="strategy">zlib's number of a strategy.</param>
    public GzipCompressor(int level, int windowBits, int memoryLevel, int strategy)
    {
        // A window of 256 bytes is not possible; zlib itself takes 512 then.
        var bits = Math.Max(windowBits, 9) + GzipFraming;
        if (ZLibNative.DeflateInit(_stream, level, ZLibNative.Deflated, bits, memoryLevel, strategy) != ZLibNative.Ok)
        {
            NativeMemory.Free(_stream);
            _isDisposed = true;
            throw new ArgumentException("zlib refuses these settings");
        }
    }

    /// <summary>Gives the native memory back.</summary>
    ~GzipCompressor() => Dispose(false);

    /// <inheritdoc/>
    public override CodecResult Run(
        ReadOnlySpan<byte> input, Span<byte> output, CodecFlush flush, out int consumed, out int written)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        fixed (byte* from = input)
        fixed (byte* to = output)
        {
            _stream->NextIn = from;
            _stream->AvailableIn = (uint)input.Length;
            _stream->NextOut = to;
            _stream->AvailableOut = (uint)output.Length;
            var how = flush switch
            {
                CodecFlush.Flush => ZLibNative.SyncFlush,
                CodecFlush.Finish => ZLibNative.Finish,
                _ => 0,
            };
            var result = ZLibNative.Deflate(_stream, how);
            consumed = input.Length - (int)_stream->AvailableIn;
            written = output.Length - (int)_stream->AvailableOut;
            if (result == ZLibNative.StreamEnd)
            {
                return CodecResult.End;
            }
            return _stream->AvailableOut == 0 || (flush == CodecFlush.Finish && result == ZLibNative.Ok)
                ? CodecResult.MoreOutput
                : CodecResult.Done;
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (!_isDisposed)
        {
            _isDisposed = true;
            _ = ZLibNative.DeflateEnd(_stream);
            NativeMemory.Free(_stream);
        }
    }
}
