using System.Buffers.Binary;

namespace Lateen.Proxy.Runtime;

/// <summary>
/// Takes a body apart into gRPC messages. A message's memory grows with what has come, not with what was announced.
/// </summary>
/// <remarks>
/// <code>
/// +----------------+------------------+-------------------+
/// | compressed (1) | length (4, BE)   | message (length)  |
/// +----------------+------------------+-------------------+
/// </code>
/// </remarks>
internal sealed class GrpcFrameReader(int messageBytesMax)
{
    internal const int HeaderBytes = 5;
    private const int FirstBytesMax = 64 * 1024;

    private readonly byte[] _header = new byte[HeaderBytes];
    private int _headerLength;
    private byte[] _message = [];
    private int _length;
    private int _taken;

    /// <summary>Why the body cannot be read on; null while it can.</summary>
    internal string? Error { get; private set; }

    /// <summary>The body may not end here.</summary>
    internal bool IsWithinMessage => _headerLength > 0;

    /// <summary>A message with its header in front.</summary>
    internal static byte[] Frame(ReadOnlySpan<byte> message)
    {
        var framed = GC.AllocateUninitializedArray<byte>(HeaderBytes + message.Length);
        framed[0] = 0;
        BinaryPrimitives.WriteInt32BigEndian(framed.AsSpan(1), message.Length);
        message.CopyTo(framed.AsSpan(HeaderBytes));
        return framed;
    }

    /// <summary>Takes bytes from the front of a piece; true with a message as soon as one is complete.</summary>
    internal bool TryTake(ref ReadOnlySpan<byte> piece, out ReadOnlyMemory<byte> message)
    {
        message = default;
        if (_headerLength < HeaderBytes && !TryTakeHeader(ref piece))
        {
            return false;
        }

        var count = Math.Min(piece.Length, _length - _taken);
        if (_taken + count > _message.Length)
        {
            Array.Resize(ref _message, (int)Math.Min(_length, Math.Max(_message.Length * 2L, _taken + count)));
        }

        piece[..count].CopyTo(_message.AsSpan(_taken));
        piece = piece[count..];
        _taken += count;
        if (_taken < _length)
        {
            return false;
        }

        message = _message.AsMemory(0, _length);
        _message = [];
        _headerLength = 0;
        return true;
    }

    private bool TryTakeHeader(ref ReadOnlySpan<byte> piece)
    {
        var count = Math.Min(piece.Length, HeaderBytes - _headerLength);
        piece[..count].CopyTo(_header.AsSpan(_headerLength));
        piece = piece[count..];
        _headerLength += count;
        if (_headerLength < HeaderBytes)
        {
            return false;
        }

        var length = BinaryPrimitives.ReadUInt32BigEndian(_header.AsSpan(1));
        if (_header[0] != 0)
        {
            Error = "a message is compressed, though no encoding was offered";
        }
        else if (length > messageBytesMax)
        {
            Error = $"a message of {length} bytes is larger than the {messageBytesMax} allowed";
        }

        if (Error is not null)
        {
            piece = default;
            return false;
        }

        (_length, _taken) = ((int)length, 0);
        _message = new byte[Math.Min(_length, FirstBytesMax)];
        return true;
    }
}
