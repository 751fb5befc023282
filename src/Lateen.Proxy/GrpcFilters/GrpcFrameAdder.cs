using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using Lateen.Http;
using Lateen.Net;
using Lateen.Proxy.Runtime;

namespace Lateen.Proxy.GrpcFilters;

/// <summary>Makes a plain response one of gRPC: perhaps with a frame around it, and with a status after it.</summary>
/// <param name="status">The status in the trailers.</param>
/// <param name="addsFrame">The response lacks its frame.</param>
/// <param name="size">Its size, told in advance; null: it is held until its end.</param>
internal sealed class GrpcFrameAdder(int status, bool addsFrame, int? size) : BodyStage
{
    private static readonly byte[] WrongLength = "grpc_bridge_content_length_wrong"u8.ToArray();

    private readonly ArrayBufferWriter<byte> _held = new();
    private bool _isFramed;
    private long _bytes;

    internal override void OnData(BufferChain data, int length, bool end)
    {
        _bytes += length;
        if (addsFrame && size is null)
        {
            Hold(data, length);
        }
        else
        {
            if (addsFrame && !_isFramed)
            {
                Put(size!.Value, default);
            }
            if (length > 0)
            {
                Forward(data, length, false);
            }
        }
        if (end)
        {
            OnTrailers();
        }
    }

    internal override void OnTrailers()
    {
        if (!IsAttached)
        {
            return;
        }
        if (addsFrame && !_isFramed)
        {
            Put(size ?? _held.WrittenCount, _held.WrittenSpan);
        }
        if (size is { } told && told != _bytes)
        {
            Stream.Info.ResponseCodeDetails = WrongLength;
            Stream.Reset();
            return;
        }
        Stream.ResponseTrailers.Set(HeaderId.GrpcStatus, Encoding.ASCII.GetBytes($"{status}"));
        ForwardTrailers();
    }

    private void Hold(BufferChain data, int length)
    {
        if (_held.WrittenCount + length > HttpStream.HeldResponseBytesMax)
        {
            data.Consume(length);
            Stream.Reset();
            return;
        }
        while (length > 0)
        {
            var piece = data.First;
            piece = piece[..Math.Min(piece.Length, length)];
            _held.Write(piece);
            data.Consume(piece.Length);
            length -= piece.Length;
        }
    }

    /// <summary>Hands on the frame's header and what has been held.</summary>
    private void Put(int length, ReadOnlySpan<byte> message)
    {
        _isFramed = true;
        Span<byte> header = stackalloc byte[GrpcFrameStripper.FrameHeaderBytes];
        header[0] = 0;
        BinaryPrimitives.WriteInt32BigEndian(header[1..], length);
        var output = TakeScratch();
        output.Append(header);
        output.Append(message);
        Forward(output, output.Length, false);
    }
}
