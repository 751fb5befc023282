using System.Buffers;
using System.Buffers.Text;
using Lateen.Net;
using Lateen.Proxy.Runtime;

namespace Lateen.Proxy.GrpcFilters;

/// <summary>Reads the base64 of a grpc-web-text request.</summary>
internal sealed class GrpcWebTextDecoder(Action<HttpStream, bool> failed) : BodyStage
{
    private const int PieceBytesMax = 4096;

    private readonly byte[] _rest = new byte[4];
    private int _restLength;
    private bool _hasFailed;

    internal override void OnData(BufferChain data, int length, bool end)
    {
        if (_hasFailed)
        {
            data.Consume(length);
            return;
        }
        var output = TakeScratch();
        if (!TryDecode(data, length, output))
        {
            output.Clear();
            Fail(false);
            return;
        }
        if (end && _restLength > 0)
        {
            output.Clear();
            Fail(true);
            return;
        }
        Forward(output, output.Length, end);
    }

    private void Fail(bool isBadSize)
    {
        _hasFailed = true;
        failed(Stream, isBadSize);
    }

    private bool TryDecode(BufferChain data, int length, BufferChain output)
    {
        Span<byte> text = stackalloc byte[PieceBytesMax];
        var isGood = true;
        while (length > 0)
        {
            _rest.AsSpan(0, _restLength).CopyTo(text);
            var taken = Math.Min(length, PieceBytesMax - _restLength);
            var filled = _restLength;
            while (taken > 0)
            {
                var piece = data.First;
                piece = piece[..Math.Min(piece.Length, taken)];
                piece.CopyTo(text[filled..]);
                filled += piece.Length;
                taken -= piece.Length;
                length -= piece.Length;
                data.Consume(piece.Length);
            }
            var whole = filled & ~3;
            text[whole..filled].CopyTo(_rest);
            _restLength = filled - whole;
            isGood = isGood && TryDecode(text[..whole], output);
        }
        return isGood;
    }

    /// <summary>Padding may stand inside, where one frame ends and another begins.</summary>
    private static bool TryDecode(ReadOnlySpan<byte> text, BufferChain output)
    {
        Span<byte> decoded = stackalloc byte[3];
        while (!text.IsEmpty)
        {
            if (Base64.DecodeFromUtf8(text[..4], decoded, out var used, out var written) != OperationStatus.Done
                || used != 4)
            {
                return false;
            }
            output.Append(decoded[..written]);
            text = text[4..];
        }
        return true;
    }
}
