using Lateen.Net;
using Lateen.Proxy.Runtime;

namespace Lateen.Proxy.GrpcFilters;

/// <summary>Counts the messages of a body without changing it.</summary>
internal sealed class GrpcMessageCounter(Action<HttpStream, int> counted) : BodyStage
{
    private const int FrameHeaderBytes = 5;

    private int _headerLeft = FrameHeaderBytes;
    private uint _length;
    private uint _left;

    internal override void OnData(BufferChain data, int length, bool end)
    {
        var output = TakeScratch();
        var count = 0;
        while (length > 0)
        {
            var piece = data.First;
            piece = piece[..Math.Min(piece.Length, length)];
            count += Scan(piece);
            length -= piece.Length;
            data.MoveTo(output, piece.Length);
        }
        if (count > 0)
        {
            counted(Stream, count);
        }
        Forward(output, output.Length, end);
    }

    /// <summary>Messages that begin in the bytes.</summary>
    private int Scan(ReadOnlySpan<byte> bytes)
    {
        var count = 0;
        while (!bytes.IsEmpty)
        {
            if (_left > 0)
            {
                var skipped = (int)Math.Min(_left, (uint)bytes.Length);
                _left -= (uint)skipped;
                bytes = bytes[skipped..];
                continue;
            }
            if (_headerLeft == FrameHeaderBytes)
            {
                count++;
            }
            else
            {
                _length = (_length << 8) | bytes[0];
            }
            bytes = bytes[1..];
            if (--_headerLeft == 0)
            {
                _left = _length;
                _length = 0;
                _headerLeft = FrameHeaderBytes;
            }
        }
        return count;
    }
}
