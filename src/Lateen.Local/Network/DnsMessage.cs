using System.Buffers.Binary;
using System.Net;
using System.Text;

namespace Lateen.Local.Network;

/// <summary>As much of RFC 1035 as a cluster's name server needs: one question in, addresses out.</summary>
internal static class DnsMessage
{
    public const int TypeA = 1;
    public const int TypeAaaa = 28;

    private const int HeaderBytes = 12;
    private const int NameBytesMax = 255;
    private const uint TtlSeconds = 5;
    private const int NameError = 3;

    /// <summary>The question's name (lower case, without the final dot) and type; false when it is no
    /// question.</summary>
    public static bool TryReadQuestion(ReadOnlySpan<byte> message, out string name, out int type, out int end)
    {
        name = "";
        type = 0;
        end = HeaderBytes;
        if (message.Length < HeaderBytes || (message[2] & 0x80) != 0
            || BinaryPrimitives.ReadUInt16BigEndian(message[4..]) != 1)
        {
            return false;
        }

        var text = new StringBuilder();
        while (end < message.Length && message[end] != 0)
        {
            var length = message[end];
            if (length > 63 || end + 1 + length >= message.Length || text.Length + length > NameBytesMax)
            {
                return false;
            }

            text.Append(text.Length == 0 ? "" : ".").Append(Encoding.ASCII.GetString(message.Slice(end + 1, length)));
            end += 1 + length;
        }

        end += 5;
        if (end > message.Length)
        {
            return false;
        }

        name = text.ToString().ToLowerInvariant();
        type = BinaryPrimitives.ReadUInt16BigEndian(message[(end - 4)..]);
        return true;
    }

    /// <summary>The answer: addresses, or no such name when <paramref name="addresses"/> is null.</summary>
    public static byte[] BuildAnswer(ReadOnlySpan<byte> query, int questionEnd, IReadOnlyList<IPAddress>? addresses)
    {
        using var stream = new MemoryStream();
        stream.Write(query[..questionEnd]);
        Span<byte> record = stackalloc byte[16];
        foreach (var address in addresses ?? [])
        {
            // The name is that of the question (a pointer to its place), type A, class IN.
            BinaryPrimitives.WriteUInt16BigEndian(record, 0xC000 | HeaderBytes);
            BinaryPrimitives.WriteUInt16BigEndian(record[2..], TypeA);
            BinaryPrimitives.WriteUInt16BigEndian(record[4..], 1);
            BinaryPrimitives.WriteUInt32BigEndian(record[6..], TtlSeconds);
            BinaryPrimitives.WriteUInt16BigEndian(record[10..], 4);
            address.TryWriteBytes(record[12..], out _);
            stream.Write(record);
        }

        var answer = stream.ToArray();
        // QR, AA, RD as asked, RA; and the code.
        answer[2] = (byte)(0x84 | (query[2] & 0x01));
        answer[3] = (byte)(0x80 | (addresses is null ? NameError : 0));
        BinaryPrimitives.WriteUInt16BigEndian(answer.AsSpan(6), (ushort)(addresses?.Count ?? 0));
        answer.AsSpan(8, 4).Clear();
        return answer;
    }
}
