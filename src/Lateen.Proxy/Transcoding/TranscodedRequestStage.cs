using System.Text;
using Lateen.Net;
using Lateen.Proxy.Runtime;
using Lateen.Proxy.Streams;

namespace Lateen.Proxy.Transcoding;

/// <summary>A request's body, which becomes gRPC messages: JSON when it is whole, bytes as they come where the method
/// takes a stream.</summary>
internal sealed class TranscodedRequestStage(TranscoderConfig config, RequestBuilder builder, byte[] contentType)
    : BodyStage
{
    private readonly ByteBuffer _body = new();
    private bool _hasSent;
    private bool _isOver;

    internal override void OnData(BufferChain data, int length, bool end)
    {
        if (_isOver)
        {
            data.Consume(length);
            return;
        }
        while (length > 0)
        {
            var piece = data.First;
            piece = piece[..Math.Min(piece.Length, length)];
            _body.Write(piece);
            length -= piece.Length;
            data.Consume(piece.Length);
        }
        if (_body.Length > config.RequestBytesMax)
        {
            Refuse(
                413, "Request rejected because the transcoder's internal buffer size exceeds the configured limit.",
                "request_buffer_size_limit_reached");
            return;
        }
        if (end)
        {
            Finish();
        }
        else if (builder.Method is { TakesBytes: true, StreamsIn: true } && _body.Length > 0)
        {
            SendBytes(false);
        }
    }

    internal override void OnTrailers()
    {
        if (!_isOver)
        {
            Finish();
        }
    }

    private void Finish()
    {
        if (builder.Method.TakesBytes)
        {
            SendBytes(true);
            return;
        }
        if (builder.Build(Encoding.UTF8.GetString(_body.Written), out var error) is not { } messages)
        {
            Refuse(400, error, "INVALID_ARGUMENT");
            return;
        }
        var output = TakeScratch();
        foreach (var message in messages)
        {
            output.Append(GrpcFrames.Frame(message));
        }
        _isOver = true;
        Forward(output, output.Length, true);
    }

    private void SendBytes(bool end)
    {
        var output = TakeScratch();
        if (_body.Length > 0 || !_hasSent)
        {
            output.Append(GrpcFrames.Frame(builder.Bytes(contentType, _body.Written, !_hasSent)));
        }
        _body.Clear();
        (_hasSent, _isOver) = (true, end);
        Forward(output, output.Length, end);
    }

    private void Refuse(int status, string text, string reason)
    {
        _isOver = true;
        Stream.SendLocalReply(
            status, Encoding.UTF8.GetBytes(text), ResponseFlags.None,
            Encoding.ASCII.GetBytes($"grpc_json_transcode_failure{{{reason}}}"));
    }
}
