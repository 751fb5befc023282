using System.Buffers.Binary;

namespace Lateen.Proxy.Transcoding;

/// <summary>The frames around gRPC messages.</summary>
internal static class GrpcFrames
{
    public const int HeaderBytes = 5;

    public static byte[] Frame(byte[] message)
    {
        var frame = new byte[HeaderBytes + message.Length];
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(1), message.Length);
        message.CopyTo(frame, HeaderBytes);
        return frame;
    }

    /// <summary>What is wrong with bytes that no frame is made of.</summary>
    public static string Describe(ReadOnlySpan<byte> rest) =>
        rest.Length < HeaderBytes || rest[0] != 0
            ? "Incomplete gRPC frame header received"
            : $"Incomplete gRPC frame expected size: {BinaryPrimitives.ReadUInt32BigEndian(rest[1..])} "
                + $"actual size: {rest.Length - HeaderBytes}";

    /// <summary>Takes the whole messages off the front; the rest stays. False: compressed, or too long for any
    /// limit.</summary>
    public static bool TryTake(ref ReadOnlySpan<byte> bytes, List<byte[]> messages)
    {
        while (bytes.Length >= HeaderBytes)
        {
            var length = BinaryPrimitives.ReadUInt32BigEndian(bytes[1..]);
            if (bytes[0] != 0 || length > int.MaxValue - HeaderBytes)
            {
                return false;
            }
            if (bytes.Length < HeaderBytes + (int)length)
            {
                return true;
            }
            messages.Add(bytes.Slice(HeaderBytes, (int)length).ToArray());
            bytes = bytes[(HeaderBytes + (int)length)..];
        }
        return true;
    }
}
