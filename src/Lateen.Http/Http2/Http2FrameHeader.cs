using System.Buffers.Binary;

namespace Lateen.Http.Http2;

/// <summary>
/// The nine bytes before each frame's payload (RFC 9113 §4.1):
/// <code>
/// +------------------+------+-------+---+-------------------+
/// | Length (24)      | Type | Flags | R | Stream Id (31)    |
/// +------------------+------+-------+---+-------------------+
/// </code>
/// </summary>
/// <param name="Length">Of the payload, in bytes.</param>
/// <param name="Type">What the payload is.</param>
/// <param name="Flags">Of that type.</param>
/// <param name="StreamId">0 for the connection.</param>
public readonly record struct Http2FrameHeader(int Length, Http2FrameType Type, byte Flags, int StreamId)
{
    /// <summary>Length of a frame's header.</summary>
    public const int Bytes = 9;

    /// <summary>END_STREAM of DATA and HEADERS, ACK of SETTINGS and PING.</summary>
    public const byte EndStream = 0x1;

    /// <summary>ACK of SETTINGS and PING.</summary>
    public const byte Ack = 0x1;

    /// <summary>END_HEADERS.</summary>
    public const byte EndHeaders = 0x4;

    /// <summary>PADDED.</summary>
    public const byte Padded = 0x8;

    /// <summary>PRIORITY.</summary>
    public const byte Priority = 0x20;

    /// <summary>Whether a flag is set.</summary>
    public bool Has(byte flag) => (Flags & flag) != 0;

    /// <summary>Reads nine bytes.</summary>
    public static Http2FrameHeader Read(ReadOnlySpan<byte> data)
    {
        var first = BinaryPrimitives.ReadUInt32BigEndian(data);
        var id = (int)(BinaryPrimitives.ReadUInt32BigEndian(data[5..]) & 0x7FFF_FFFF);
        return new Http2FrameHeader((int)(first >> 8), (Http2FrameType)(byte)first, data[4], id);
    }

    /// <summary>Writes nine bytes.</summary>
    public static void Write(Span<byte> target, int length, Http2FrameType type, byte flags, int streamId)
    {
        BinaryPrimitives.WriteUInt32BigEndian(target, ((uint)length << 8) | (byte)type);
        target[4] = flags;
        BinaryPrimitives.WriteInt32BigEndian(target[5..], streamId);
    }
}
