namespace Lateen.Net.Compression;

/// <summary>A compressor or decompressor of one stream. Used by one thread; owns native memory until
/// disposed.</summary>
public abstract class ByteCodec : IDisposable
{
    /// <summary>Takes bytes from <paramref name="input"/> and writes what they become to <paramref name="output"/>.
    /// </summary>
    /// <param name="input">Bytes to take.</param>
    /// <param name="output">Free space.</param>
    /// <param name="flush">What becomes of bytes kept inside.</param>
    /// <param name="consumed">Bytes of the input that were taken.</param>
    /// <param name="written">Bytes of the output that were filled.</param>
    /// <returns>Whether the step is complete.</returns>
    public abstract CodecResult Run(
        ReadOnlySpan<byte> input, Span<byte> output, CodecFlush flush, out int consumed, out int written);

    /// <summary>Gives the native memory back.</summary>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Gives the native memory back.</summary>
    /// <param name="disposing">False in a finalizer.</param>
    protected abstract void Dispose(bool disposing);
}
