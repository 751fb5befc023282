using System.Buffers;
using System.IO.Compression;

namespace Lateen.Net.Compression;

/// <summary>Makes Brotli (RFC 7932).</summary>
/// <param name="quality">0 to 11.</param>
/// <param name="windowBits">10 to 24: logarithm of the window's bytes.</param>
public sealed class BrotliCompressor(int quality, int windowBits) : ByteCodec
{
    private BrotliEncoder _encoder = new(quality, windowBits);

    /// <inheritdoc/>
    public override CodecResult Run(
        ReadOnlySpan<byte> input, Span<byte> output, CodecFlush flush, out int consumed, out int written)
    {
        consumed = 0;
        OperationStatus status;
        if (flush == CodecFlush.Flush && input.IsEmpty)
        {
            status = _encoder.Flush(output, out written);
        }
        else
        {
            status = _encoder.Compress(input, output, out consumed, out written, flush == CodecFlush.Finish);
        }
        if (status == OperationStatus.DestinationTooSmall)
        {
            return CodecResult.MoreOutput;
        }
        if (status == OperationStatus.InvalidData)
        {
            return CodecResult.Invalid;
        }
        if (flush == CodecFlush.Finish)
        {
            return CodecResult.End;
        }
        if (flush == CodecFlush.None || input.IsEmpty)
        {
            return CodecResult.Done;
        }
        status = _encoder.Flush(output[written..], out var flushed);
        written += flushed;
        return status == OperationStatus.DestinationTooSmall ? CodecResult.MoreOutput : CodecResult.Done;
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing) => _encoder.Dispose();
}
