using System.Runtime.InteropServices;

namespace Lateen.Net.Compression;

/// <summary>Reads gzip (RFC 1952).</summary>
public sealed unsafe class GzipDecompressor : ByteCodec
{
    private const int GzipFraming = 16;

    private readonly ZStream* _stream = (ZStream*)NativeMemory.AllocZeroed((nuint)sizeof(ZStream));
    private bool _isDisposed;

    /// <summary>Starts a stream.</summary>
    /// <param name="windowBits">9 to 15: logarithm of the window's bytes.</param>
    public GzipDecompressor(int windowBits)
    {
        if (ZLibNative.InflateInit(_stream, Math.Max(windowBits, 9) + GzipFraming) != ZLibNative.Ok)
        {
            NativeMemory.Free(_stream);
            _isDisposed = true;
            throw new ArgumentException("zlib refuses these settings");
        }
    }

    /// <summary>Gives the native memory back.</summary>
    ~GzipDecompressor() => Dispose(false);

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
            var result = ZLibNative.Inflate(_stream, ZLibNative.SyncFlush);
            consumed = input.Length - (int)_stream->AvailableIn;
            written = output.Length - (int)_stream->AvailableOut;
            return result switch
            {
                ZLibNative.StreamEnd => CodecResult.End,
                ZLibNative.Ok or ZLibNative.BufferError =>
                    _stream->AvailableOut == 0 ? CodecResult.MoreOutput : CodecResult.Done,
                _ => CodecResult.Invalid,
            };
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (!_isDisposed)
        {
            _isDisposed = true;
            _ = ZLibNative.InflateEnd(_stream);
            NativeMemory.Free(_stream);
        }
    }
}
