using System.Buffers.Binary;
using System.Buffers.Text;
using Lateen.Net;
using Lateen.Proxy.Runtime;

namespace Lateen.Proxy.GrpcFilters;

/// <summary>
/// Makes a grpc-web body: messages as they are, then one frame with the trailers. As text, each frame is base64 of its
/// own.
/// </summary>
internal sealed class GrpcWebResponse(bool isText) : BodyStage
{
    private const int FrameHeaderBytes = 5;
    private const byte TrailerFlag = 0x80;

    private readonly ByteBuffer _frame = new();

    internal override void OnData(BufferChain data, int length, bool end)
    {
        if (!isText)
        {
            Forward(data, length, end);
            return;
        }
        var output = TakeScratch();
        while (length > 0)
        {
            var piece = data.First;
            piece = piece[..Math.Min(piece.Length, length)];
            Collect(piece, output);
            length -= piece.Length;
            data.Consume(piece.Length);
        }
        if (end || !output.IsEmpty)
        {
            Forward(output, output.Length, end);
        }
    }

    internal override void OnTrailers()
    {
        var trailers = Stream.ResponseTrailers;
        var lines = new ByteBuffer();
        for (var i = 0; i < trailers.Count; i++)
        {
            lines.Write(trailers.GetName(i));
            lines.Write((byte)':');
            lines.Write(trailers.GetValue(i));
            lines.Write("\r\n"u8);
        }
        var frame = new byte[lines.Length + FrameHeaderBytes];
        frame[0] = TrailerFlag;
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(1), lines.Length);
        lines.Written.CopyTo(frame.AsSpan(FrameHeaderBytes));
        trailers.Clear();
        var output = TakeScratch();
        Write(frame, output);
        Forward(output, output.Length, true);
    }

    /// <summary>Whole frames go out as they become complete.</summary>
    private void Collect(ReadOnlySpan<byte> bytes, BufferChain output)
    {
        while (!bytes.IsEmpty)
        {
            var wanted = FrameHeaderBytes;
            if (_frame.Length >= FrameHeaderBytes)
            {
                wanted += (int)Math.Min(BinaryPrimitives.ReadUInt32BigEndian(_frame.Written[1..]), int.MaxValue / 2);
            }
            var taken = Math.Min(wanted - _frame.Length, bytes.Length);
            _frame.Write(bytes[..taken]);
            bytes = bytes[taken..];
            if (_frame.Length >= FrameHeaderBytes && _frame.Length == FrameHeaderBytes
                + (int)Math.Min(BinaryPrimitives.ReadUInt32BigEndian(_frame.Written[1..]), int.MaxValue / 2))
            {
                Write(_frame.Written, output);
                _frame.Clear();
            }
        }
    }

    private void Write(ReadOnlySpan<byte> frame, BufferChain output)
    {
        if (!isText)
        {
            output.Append(frame);
            return;
        }
        var text = new byte[Base64.GetMaxEncodedToUtf8Length(frame.Length)];
        Base64.EncodeToUtf8(frame, text, out _, out var written);
        output.Append(text.AsSpan(0, written));
    }
}
