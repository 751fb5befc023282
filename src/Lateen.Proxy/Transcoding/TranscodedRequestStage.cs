using System.Text;
using Lateen.Net;
using Lateen.Proxy.Runtime;
using Lateen.Proxy.Streams;

namespace Lateen.Proxy.Transcoding;

/// <summary>A request's body, which becomes gRPC messages: as it comes where the method takes a stream, else when it is
/// whole.</summary>
internal sealed class TranscodedRequestStage(TranscoderConfig config, RequestBuilder builder, byte[] contentType)
    : BodyStage
{
    private readonly ByteBuffer _body = new();
    private readonly JsonItems? _items =
        builder.Method is { StreamsIn: true, TakesBytes: false } ? new JsonItems() : null;

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
            Keep(piece);
            length -= piece.Length;
            data.Consume(piece.Length);
        }
        if (Math.Max(_body.Length, _items?.Length ?? 0) > config.RequestBytesMax)
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
        else if (_items is not null)
        {
            SendItems(false);
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
        if (_items is not null)
        {
            SendItems(true);
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

    private void Keep(ReadOnlySpan<byte> piece)
    {
        if (_items is { } items)
        {
            items.Write(piece);
        }
        else
        {
            _body.Write(piece);
        }
    }

    /// <summary>Hands on the messages that are whole.</summary>
    private void SendItems(bool end)
    {
        var output = TakeScratch();
        while (_items!.Take() is { } item)
        {
            if (builder.BuildItem(item, out var error) is not { } message)
            {
                Break(output, error);
                return;
            }
            output.Append(GrpcFrames.Frame(message));
        }
        if (end)
        {
            _items.Finish();
        }
        if (_items.Error is { } fault)
        {
            Break(output, fault);
            return;
        }
        _isOver = end;
        if (end || !output.IsEmpty)
        {
            Forward(output, output.Length, end);
        }
    }

    private void Break(BufferChain output, string error)
    {
        if (!output.IsEmpty)
        {
            Forward(output, output.Length, false);
        }
        Refuse(400, error, "INVALID_ARGUMENT");
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
