using System.Buffers;
using System.Runtime.InteropServices;

namespace Lateen.Grpc;

/// <summary>
/// The encoded bytes of one message in pieces, so that bytes which many messages share are referred to and not copied.
/// The pieces must not change while the message is being sent.
/// </summary>
public sealed class GrpcPayload
{
    private readonly List<ReadOnlyMemory<byte>> _pieces = [];

    /// <summary>A message to be put together.</summary>
    public GrpcPayload()
    {
    }

    /// <summary>A message of one piece.</summary>
    public GrpcPayload(ReadOnlyMemory<byte> bytes) => Add(bytes);

    /// <summary>Size of the message in bytes.</summary>
    public int Length { get; private set; }

    /// <summary>The pieces in order.</summary>
    public ReadOnlySpan<ReadOnlyMemory<byte>> Pieces => CollectionsMarshal.AsSpan(_pieces);

    /// <summary>Appends a piece.</summary>
    public void Add(ReadOnlyMemory<byte> piece)
    {
        if (piece.Length > 0)
        {
            _pieces.Add(piece);
            Length = checked(Length + piece.Length);
        }
    }

    /// <summary>The whole message as one array (a copy, unless it is one whole array already).</summary>
    public byte[] ToArray()
    {
        if (_pieces.Count == 1 && MemoryMarshal.TryGetArray(_pieces[0], out var segment) &&
            segment.Offset == 0 && segment.Count == segment.Array!.Length)
        {
            return segment.Array;
        }

        var writer = new ArrayBufferWriter<byte>(Math.Max(Length, 1));
        CopyTo(writer);
        return writer.WrittenSpan.ToArray();
    }

    internal void CopyTo(IBufferWriter<byte> output)
    {
        foreach (var piece in _pieces)
        {
            output.Write(piece.Span);
        }
    }
}
