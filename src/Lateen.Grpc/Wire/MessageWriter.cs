using System.Buffers;
using System.Buffers.Binary;
using System.IO.Pipelines;

namespace Lateen.Grpc.Wire;

/// <summary>
/// Writes length-prefixed messages to a body. Flushing waits for the peer's flow control, so a slow reader slows the
/// writer; large payloads are flushed in steps, so that at most one step waits in memory.
/// </summary>
internal static class MessageWriter
{
    private const int FlushBytes = 64 * 1024;

    internal static async ValueTask WriteAsync<T>(
        PipeWriter body, GrpcCodec<T> codec, T message, CancellationToken cancellation)
    {
        if (codec.AsPayload(message) is { } payload)
        {
            WriteHeader(body, payload.Length);
            await WritePiecesAsync(body, payload, cancellation);
        }
        else
        {
            WriteHeader(body, codec.GetSize(message));
            codec.Write(message, body);
        }

        await FlushAsync(body, cancellation);
    }

    private static async ValueTask WritePiecesAsync(PipeWriter body, GrpcPayload payload,
        CancellationToken cancellation)
    {
        var unflushed = 0;
        for (var i = 0; i < payload.Pieces.Length; i++)
        {
            var piece = payload.Pieces[i];
            while (piece.Length > 0)
            {
                var count = Math.Min(piece.Length, FlushBytes - unflushed);
                body.Write(piece.Span[..count]);
                piece = piece[count..];
                unflushed += count;
                if (unflushed == FlushBytes)
                {
                    await FlushAsync(body, cancellation);
                    unflushed = 0;
                }
            }
        }
    }

    private static void WriteHeader(PipeWriter body, int length)
    {
        var header = body.GetSpan(5);
        header[0] = 0;
        BinaryPrimitives.WriteInt32BigEndian(header[1..], length);
        body.Advance(5);
    }

    private static async ValueTask FlushAsync(PipeWriter body, CancellationToken cancellation)
    {
        var result = await body.FlushAsync(cancellation);
        if (result.IsCompleted || result.IsCanceled)
        {
            throw new OperationCanceledException("the peer has closed the stream");
        }
    }
}
