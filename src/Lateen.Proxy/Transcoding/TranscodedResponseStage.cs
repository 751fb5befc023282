using Lateen.Net;
using Lateen.Proxy.Runtime;

namespace Lateen.Proxy.Transcoding;

/// <summary>A stream of messages, each of which becomes JSON, or bytes, when it is whole.</summary>
internal sealed class TranscodedResponseStage(TranscodedCall call, bool givesBytes) : BodyStage
{
    private readonly ByteBuffer _rest = new();
    private bool _hasSent;

    internal override void OnData(BufferChain data, int length, bool end)
    {
        while (length > 0)
        {
            var piece = data.First;
            piece = piece[..Math.Min(piece.Length, length)];
            _rest.Write(piece);
            length -= piece.Length;
            data.Consume(piece.Length);
        }
        Emit(end);
    }

    internal override void OnTrailers()
    {
        var stream = Stream;
        if (!_hasSent && call.TryEnd(givesBytes) is { } status)
        {
            EndWith(stream, status);
            return;
        }
        if (!givesBytes)
        {
            var output = TakeScratch();
            output.Append(call.End(!_hasSent));
            if (!output.IsEmpty)
            {
                Forward(output, output.Length, false);
            }
        }
        ForwardTrailers();
        if (givesBytes)
        {
            call.NoteMessages(_hasSent);
            stream.ContinueResponse();
        }
    }

    /// <summary>No message has come: the status stands for the body.</summary>
    private void EndWith(HttpStream stream, byte[] status)
    {
        var output = TakeScratch();
        output.Append(status);
        Forward(output, output.Length, true);
        stream.ContinueResponse();
    }

    private void Emit(bool end)
    {
        var stream = Stream;
        var messages = new List<byte[]>();
        ReadOnlySpan<byte> bytes = _rest.Written.ToArray();
        if (!GrpcFrames.TryTake(ref bytes, messages))
        {
            Stream.Reset();
            return;
        }
        _rest.Clear();
        _rest.Write(bytes);
        var output = TakeScratch();
        foreach (var message in messages)
        {
            if (call.Convert(message, out _) is not { } converted)
            {
                Stream.Reset();
                return;
            }
            if (!givesBytes)
            {
                var (prefix, suffix) = (call.Prefix(!_hasSent), call.Suffix());
                call.NoteBytes(prefix.Length + suffix.Length);
                converted = [.. prefix, .. converted, .. suffix];
            }
            output.Append(converted);
            _hasSent = true;
        }
        if (end && !givesBytes)
        {
            output.Append(call.End(!_hasSent));
        }
        if (end || !output.IsEmpty)
        {
            Forward(output, output.Length, end);
        }
        if (givesBytes && (_hasSent || end))
        {
            call.NoteMessages(_hasSent);
            stream.ContinueResponse();
        }
    }
}
