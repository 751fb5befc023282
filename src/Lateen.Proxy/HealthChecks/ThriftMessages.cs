using System.Buffers.Binary;

namespace Lateen.Proxy.HealthChecks;

/// <summary>The call of a method without arguments, and whether its reply is a result. Pure; see the specifications of
/// Thrift's binary and compact protocols and of THeader.</summary>
internal static class ThriftMessages
{
    private const uint BinaryVersion = 0x8001_0000;
    private const byte CompactId = 0x82;
    private const byte CompactVersion = 1;
    private const ushort HeaderMagic = 0x0FFF;
    private const int HeaderFixedBytes = 14;
    private const int Call = 1;
    private const int Reply = 2;

    /// <summary>The call. As Envoy writes it, its empty struct ends twice.</summary>
    internal static byte[] WriteCall(ThriftCheckConfig config)
    {
        var method = config.Method;
        byte[] message = config.IsCompact
            ? [CompactId, (Call << 5) | CompactVersion, 0, .. Varint(method.Length), .. method, 0, 0]
            : config.IsLax
                ? [.. Number(method.Length), .. method, Call, 0, 0, 0, 0, 0, 0]
                :
                [
                    .. Number(unchecked((int)BinaryVersion) | Call), .. Number(method.Length), .. method,
                    0, 0, 0, 0, 0, 0,
                ];
        return config.Transport switch
        {
            ThriftTransport.Unframed => message,
            ThriftTransport.Framed => [.. Number(message.Length), .. message],
            _ =>
            [
                .. Number(message.Length + HeaderFixedBytes), HeaderMagic >> 8, HeaderMagic & 0xFF, 0, 0, 0, 0, 0, 0,
                0, 1, config.IsCompact ? (byte)2 : (byte)0, 0, 0, 0, .. message,
            ],
        };
    }

    internal static HealthCheckVerdict Judge(ReadOnlySpan<byte> bytes, ThriftCheckConfig config)
    {
        if (config.Transport == ThriftTransport.Unframed)
        {
            return JudgeMessage(bytes, config);
        }
        if (bytes.Length < 4)
        {
            return HealthCheckVerdict.Unknown;
        }
        var length = BinaryPrimitives.ReadInt32BigEndian(bytes);
        if (length <= 0)
        {
            return HealthCheckVerdict.Unhealthy;
        }
        if (bytes.Length - 4 < length)
        {
            return HealthCheckVerdict.Unknown;
        }
        var message = bytes.Slice(4, length);
        if (config.Transport == ThriftTransport.Header)
        {
            var head = length < 10 ? length : 10 + (BinaryPrimitives.ReadUInt16BigEndian(message[8..]) * 4);
            message = head < length ? message[head..] : default;
        }
        // Framed, what is missing does not come.
        return JudgeMessage(message, config) == HealthCheckVerdict.Healthy
            ? HealthCheckVerdict.Healthy : HealthCheckVerdict.Unhealthy;
    }

    private static HealthCheckVerdict JudgeMessage(ReadOnlySpan<byte> message, ThriftCheckConfig config)
    {
        if (message.Length < 4)
        {
            return HealthCheckVerdict.Unknown;
        }
        return config.IsCompact ? JudgeCompact(message) : JudgeBinary(message);
    }

    private static HealthCheckVerdict JudgeBinary(ReadOnlySpan<byte> message)
    {
        var first = BinaryPrimitives.ReadInt32BigEndian(message);
        var isStrict = first < 0;
        var at = isStrict ? 8 : 4;
        if (message.Length < at)
        {
            return HealthCheckVerdict.Unknown;
        }
        var nameBytes = BinaryPrimitives.ReadInt32BigEndian(message[(at - 4)..]);
        if (nameBytes < 0 || (isStrict && ((uint)first & 0xFFFF_0000) != BinaryVersion))
        {
            return HealthCheckVerdict.Unhealthy;
        }
        // Without a version the type follows the name; then the sequence number and the first field.
        var body = at + (long)nameBytes + (isStrict ? 4 : 5);
        if (message.Length <= body)
        {
            return HealthCheckVerdict.Unknown;
        }
        var type = isStrict ? first & 0xFF : message[at + nameBytes];
        var field = message[(int)body..];
        if (type != Reply || field[0] == 0)
        {
            return type == Reply ? HealthCheckVerdict.Healthy : HealthCheckVerdict.Unhealthy;
        }
        return field.Length < 3 ? HealthCheckVerdict.Unknown
            : field[1] == 0 && field[2] == 0 ? HealthCheckVerdict.Healthy : HealthCheckVerdict.Unhealthy;
    }

    private static HealthCheckVerdict JudgeCompact(ReadOnlySpan<byte> message)
    {
        if (message[0] != CompactId || message[1] >> 5 != Reply)
        {
            return HealthCheckVerdict.Unhealthy;
        }
        var rest = message[2..];
        if (!TryVarint(ref rest, out _) || !TryVarint(ref rest, out var nameBytes) || nameBytes >= (ulong)rest.Length)
        {
            return HealthCheckVerdict.Unknown;
        }
        rest = rest[(int)nameBytes..];
        if (rest[0] == 0)
        {
            return HealthCheckVerdict.Healthy;
        }
        // The result is field 0, which only the long form can write.
        var isLong = rest[0] >> 4 == 0;
        rest = rest[1..];
        if (!isLong)
        {
            return HealthCheckVerdict.Unhealthy;
        }
        return !TryVarint(ref rest, out var id) ? HealthCheckVerdict.Unknown
            : id == 0 ? HealthCheckVerdict.Healthy : HealthCheckVerdict.Unhealthy;
    }

    private static bool TryVarint(ref ReadOnlySpan<byte> bytes, out ulong value)
    {
        value = 0;
        for (var i = 0; i < bytes.Length && i < 10; i++)
        {
            value |= (ulong)(bytes[i] & 0x7F) << (7 * i);
            if (bytes[i] < 0x80)
            {
                bytes = bytes[(i + 1)..];
                return true;
            }
        }
        return false;
    }

    private static byte[] Number(int value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(bytes, value);
        return bytes;
    }

    private static List<byte> Varint(int value)
    {
        var bytes = new List<byte>();
        for (; value >= 0x80; value >>= 7)
        {
            bytes.Add((byte)(value | 0x80));
        }
        bytes.Add((byte)value);
        return bytes;
    }
}
