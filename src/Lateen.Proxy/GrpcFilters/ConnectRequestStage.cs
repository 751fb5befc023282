using System.Buffers.Binary;
using Lateen.Net;
using Lateen.Proxy.Runtime;
using Lateen.Proxy.Streams;

namespace Lateen.Proxy.GrpcFilters;

/// <summary>A request of one message, which gets its frame when it is whole.</summary>
/// <param name="buffers">Where it is held.</param>
/// <param name="flags">First byte of the frame.</param>
/// <param name="prefix">What the query says of the message: it stands before the body.</param>
internal sealed class ConnectRequestStage(BufferPool buffers, byte flags, byte[] prefix) : BodyStage
{
    private static readonly byte[] TooLarge = "connect_bridge_unary_request_too_large"u8.ToArray();

    private readonly BufferChain _held = new(buffers);
    private bool _isOver;

    /// <summary>Answers a request that is longer than may be held.</summary>
    public static void Refuse(HttpStream stream) => stream.SendLocalReply(
        413, "Request rejected because the filter's internal buffer size exceeds the configured limit."u8,
        ResponseFlags.None, TooLarge);

    /// <summary>A message in its frame.</summary>
    public static byte[] Frame(byte flags, ReadOnlySpan<byte> message)
    {
        var frame = new byte[GrpcFrameStripper.FrameHeaderBytes + message.Length];
        WriteHeader(frame, flags, message.Length);
        message.CopyTo(frame.AsSpan(GrpcFrameStripper.FrameHeaderBytes));
        return frame;
    }

    internal override void OnData(BufferChain data, int length, bool end)
    {
        if (_isOver)
        {
            data.Consume(length);
            return;
        }
        data.MoveTo(_held, length);
        if (prefix.Length + _held.Length > HttpStream.HeldResponseBytesMax)
        {
            _isOver = true;
            Refuse(Stream);
            return;
        }
        if (end)
        {
            Finish(true);
        }
    }

    internal override void OnTrailers()
    {
        if (!_isOver)
        {
            Finish(false);
            ForwardTrailers();
        }
    }

    protected override void OnDetached()
    {
        _isOver = true;
        _held.Clear();
    }

    private static void WriteHeader(Span<byte> header, byte flags, int length)
    {
        header[0] = flags;
        BinaryPrimitives.WriteInt32BigEndian(header[1..], length);
    }

    private void Finish(bool end)
    {
        _isOver = true;
        Span<byte> header = stackalloc byte[GrpcFrameStripper.FrameHeaderBytes];
        WriteHeader(header, flags, prefix.Length + _held.Length);
        var output = TakeScratch();
        output.Append(header);
        output.Append(prefix);
        _held.MoveTo(output, _held.Length);
        Forward(output, output.Length, end);
    }
}
