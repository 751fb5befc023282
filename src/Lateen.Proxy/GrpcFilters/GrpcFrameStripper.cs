using Lateen.Net;
using Lateen.Proxy.Runtime;
using Lateen.Proxy.Streams;

namespace Lateen.Proxy.GrpcFilters;

/// <summary>Takes the framing off a request's one message.</summary>
internal sealed class GrpcFrameStripper : BodyStage
{
    /// <summary>Compression flag and length, in bytes.</summary>
    public const int FrameHeaderBytes = 5;

    private static readonly byte[] TooSmall = "grpc_bridge_data_too_small"u8.ToArray();

    private bool _isStripped;

    internal override void OnData(BufferChain data, int length, bool end)
    {
        if (!_isStripped)
        {
            if (length < FrameHeaderBytes)
            {
                data.Consume(length);
                Stream.SendLocalReply(200, "invalid request body"u8, ResponseFlags.None, TooSmall, 2);
                return;
            }
            _isStripped = true;
            data.Consume(FrameHeaderBytes);
            length -= FrameHeaderBytes;
        }
        Forward(data, length, end);
    }
}
