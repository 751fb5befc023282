using System.Buffers.Binary;
using System.IO.Compression;

namespace Lateen.Grpc.Wire;

/// <summary>
/// Reads length-prefixed messages off a body, one at a time. The bytes handed out live until the next read: small
/// messages share one buffer, larger ones get their own, which is dropped.
/// </summary>
/// <remarks>
/// <code>
/// +----------------+------------------+-------------------+
/// | compressed (1) | length (4, BE)   | message (length)  |
/// +----------------+------------------+-------------------+
/// </code>
/// </remarks>
internal sealed class MessageReader(Stream body, int messageBytesMax, string? encoding)
{
    private const int HeaderBytes = 5;

    /// <summary>A buffer up to this size is kept for the next message.</summary>
    private const int KeptBufferBytesMax = 64 * 1024;

    private readonly byte[] _header = new byte[HeaderBytes];
    private byte[] _buffer = [];

    /// <summary>
    /// Reads the next message into <see cref="Current"/>; false at the clean end of the body. A body that ends within a
    /// message, an unknown encoding and a message over the limit end the call with the status that gRPC asks for.
    /// </summary>
    internal async ValueTask<bool> ReadAsync(CancellationToken cancellation)
    {
        Current = default;
        var count = await body.ReadAtLeastAsync(_header, HeaderBytes, throwOnEndOfStream: false, cancellation);
        if (count == 0)
        {
            return false;
        }

        if (count < HeaderBytes)
        {
            throw new GrpcException(GrpcStatusCode.Internal, "the body ends within a message's header");
        }

        var length = BinaryPrimitives.ReadUInt32BigEndian(_header.AsSpan(1));
        if (length > messageBytesMax)
        {
            throw TooLarge(length);
        }

        var buffer = RentBuffer((int)length);
        count = await body.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellation);
        if (count < buffer.Length)
        {
            throw new GrpcException(GrpcStatusCode.Internal, "the body ends within a message");
        }

        Current = _header[0] switch
        {
            0 => buffer,
            1 when encoding == "gzip" => Decompress(buffer),
            1 => throw new GrpcException(
                encoding is null or "identity" ? GrpcStatusCode.Internal : GrpcStatusCode.Unimplemented,
                $"a message is compressed with encoding '{encoding ?? "identity"}'; known: gzip"),
            _ => throw new GrpcException(GrpcStatusCode.Internal, "a message's compressed flag is neither 0 nor 1"),
        };
        return true;
    }

    /// <summary>The message read last; valid until the next read.</summary>
    internal ReadOnlyMemory<byte> Current { get; private set; }

    private Memory<byte> RentBuffer(int length)
    {
        if (length > KeptBufferBytesMax)
        {
            return GC.AllocateUninitializedArray<byte>(length);
        }

        if (_buffer.Length < length)
        {
            _buffer = GC.AllocateUninitializedArray<byte>(Math.Min(Math.Max(length * 2, 512), KeptBufferBytesMax));
        }

        return _buffer.AsMemory(0, length);
    }

    private byte[] Decompress(Memory<byte> compressed)
    {
        using var input = new MemoryStream(compressed.ToArray(), writable: false);
        using var gzip = new GZipStream(input, CompressionMode.Decompress);
        using var output = new MemoryStream();
        var chunk = new byte[8192];
        try
        {
            int count;
            while ((count = gzip.Read(chunk)) > 0)
            {
                output.Write(chunk, 0, count);
                if (output.Length > messageBytesMax)
                {
                    throw TooLarge(output.Length);
                }
            }
        }
        catch (InvalidDataException e)
        {
            throw new GrpcException(new GrpcStatus(GrpcStatusCode.Internal, "a message is not valid gzip"), inner: e);
        }

        return output.ToArray();
    }

    private GrpcException TooLarge(long length) => new(
        GrpcStatusCode.ResourceExhausted,
        $"a message of {length} bytes is larger than the limit of {messageBytesMax}");
}
