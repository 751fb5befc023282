using System.Buffers.Binary;
using System.Net;
using System.Text;

namespace Lateen.Proxy.Dns;

/// <summary>Questions for addresses and the reading of their answers. RFC 1035 §4.</summary>
internal static class DnsQuery
{
    public const ushort A = 1;
    public const ushort Aaaa = 28;
    private const int HeaderBytes = 12;

    /// <summary>Writes a question; null when the name cannot be one.</summary>
    public static byte[]? Write(ushort id, string name, ushort type)
    {
        var message = new List<byte>(name.Length + HeaderBytes + 6);
        Span<byte> header = stackalloc byte[HeaderBytes];
        header.Clear();
        BinaryPrimitives.WriteUInt16BigEndian(header, id);
        header[2] = 1; // recursion desired
        header[5] = 1; // one question
        message.AddRange(header);
        foreach (var label in name.TrimEnd('.').Split('.'))
        {
            var bytes = Encoding.UTF8.GetBytes(label);
            if (bytes.Length is 0 or > 63)
            {
                return null;
            }
            message.Add((byte)bytes.Length);
            message.AddRange(bytes);
        }
        message.Add(0);
        message.AddRange([(byte)(type >> 8), (byte)type, 0, 1]);
        return [.. message];
    }

    /// <summary>Reads an answer to a question; false when it is none. <paramref name="isTruncated"/>: ask again over
    /// TCP.</summary>
    public static bool TryRead(
        ReadOnlySpan<byte> message, ushort id, ushort type, out DnsAnswer answer, out bool isTruncated)
    {
        answer = DnsAnswer.Failed("");
        isTruncated = false;
        if (message.Length < HeaderBytes || BinaryPrimitives.ReadUInt16BigEndian(message) != id || message[2] < 0x80)
        {
            return false;
        }
        isTruncated = (message[2] & 2) != 0;
        switch (message[3] & 15)
        {
            case 0:
                break;
            case 3:
                answer = new DnsAnswer(false, [], 0, "cares_norecords:Domain name not found");
                return true;
            case 2:
                answer = DnsAnswer.Failed("cares_failure:DNS server returned general failure");
                return true;
            case 5:
                answer = DnsAnswer.Failed("cares_failure:DNS server refused query");
                return true;
            default:
                answer = DnsAnswer.Failed("cares_failure:DNS server returned an error");
                return true;
        }
        return TryReadRecords(message, type, out answer);
    }

    private static bool TryReadRecords(ReadOnlySpan<byte> message, ushort type, out DnsAnswer answer)
    {
        answer = DnsAnswer.Failed("");
        int questions = BinaryPrimitives.ReadUInt16BigEndian(message[4..]);
        int records = BinaryPrimitives.ReadUInt16BigEndian(message[6..]);
        var at = HeaderBytes;
        for (; questions > 0; questions--)
        {
            if (!TrySkipName(message, ref at) || (at += 4) > message.Length)
            {
                return false;
            }
        }
        var addresses = new List<IPAddress>();
        var ttl = int.MaxValue;
        for (; records > 0; records--)
        {
            if (!TrySkipName(message, ref at) || at + 10 > message.Length)
            {
                return false;
            }
            var found = BinaryPrimitives.ReadUInt16BigEndian(message[at..]);
            var seconds = BinaryPrimitives.ReadInt32BigEndian(message[(at + 4)..]);
            int length = BinaryPrimitives.ReadUInt16BigEndian(message[(at + 8)..]);
            at += 10;
            if (at + length > message.Length)
            {
                return false;
            }
            if (found == type && length == (type == A ? 4 : 16))
            {
                addresses.Add(new IPAddress(message.Slice(at, length)));
                ttl = Math.Min(ttl, Math.Max(0, seconds));
            }
            at += length;
        }
        answer = addresses.Count == 0
            ? new DnsAnswer(false, [], 0, "cares_norecords:DNS server returned answer with no data")
            : new DnsAnswer(false, [.. addresses], ttl, "cares_success");
        return true;
    }

    private static bool TrySkipName(ReadOnlySpan<byte> message, ref int at)
    {
        while (at < message.Length)
        {
            var length = message[at];
            if (length >= 0xC0)
            {
                at += 2;
                return at <= message.Length;
            }
            at += length + 1;
            if (length == 0)
            {
                return at <= message.Length;
            }
        }
        return false;
    }
}
