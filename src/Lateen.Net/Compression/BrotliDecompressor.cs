using System.Buffers;
using System.IO.Compression;

namespace Lateen.Net.Compression;

/// <summary>Reads Brotli (RFC 7932).</summary>
public sealed class BrotliDecompressor : ByteCodec
{
    private BrotliDecoder _decoder;
    private bool _isOver;

    /// <inheritdoc/>
    public override CodecResult Run(
        ReadOnlySpan<byte> input, Span<byte> output, CodecFlush flush, out int consumed, out int written)
    {
        consumed = 0;
        written = 0;
        if (_isOver)
        {
            return CodecResult.End;
        }
        switch (_decoder.Decompress(input, output, out consumed, out written))
        {
            case OperationStatus.Done:
                _isOver = true;
                return CodecResult.End;
            case OperationStatus.DestinationTooSmall:
                return CodecResult.MoreOutput;
            case OperationStatus.NeedMoreData:
                return CodecResult.Done;
            default:
                return CodecResult.Invalid;
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing) => _decoder.Dispose();
}
