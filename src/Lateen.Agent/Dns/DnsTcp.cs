using System.Buffers.Binary;
using System.Net.Sockets;

namespace Lateen.Agent.Dns;

/// <summary>Messages over TCP: two bytes of length, then the message (RFC 1035 section 4.2.2).</summary>
internal static class DnsTcp
{
    /// <summary>Null when the peer closed before a whole message.</summary>
    public static async Task<byte[]?> ReadAsync(NetworkStream stream, CancellationToken cancel)
    {
        var prefix = new byte[2];
        if (await stream.ReadAtLeastAsync(prefix, 2, throwOnEndOfStream: false, cancel) < 2)
        {
            return null;
        }
        var message = new byte[BinaryPrimitives.ReadUInt16BigEndian(prefix)];
        var length = await stream.ReadAtLeastAsync(message, message.Length, throwOnEndOfStream: false, cancel);
        return length == message.Length ? message : null;
    }

    public static async Task WriteAsync(NetworkStream stream, ReadOnlyMemory<byte> message, CancellationToken cancel)
    {
        var framed = new byte[message.Length + 2];
        BinaryPrimitives.WriteUInt16BigEndian(framed, (ushort)message.Length);
        message.CopyTo(framed.AsMemory(2));
        await stream.WriteAsync(framed, cancel);
    }
}
