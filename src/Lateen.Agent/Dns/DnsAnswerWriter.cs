using System.Text;

namespace Lateen.Agent.Dns;

/// <summary>Writes the answers that the proxy gives itself (RFC 1035 section 4.1), with names compressed.</summary>
internal static class DnsAnswerWriter
{
    private const int TtlSeconds = 30;
    private const int OptLength = 11;
    private const ushort ClassIn = 1;

    /// <summary>
    /// An answer. Records that do not fit into <paramref name="sizeMax"/> are left out and the TC bit says so.
    /// </summary>
    public static byte[] Write(DnsQuery query, DnsResponseCode code, IReadOnlyList<DnsRecord> records,
        bool authoritative, int sizeMax)
    {
        var message = new List<byte>(512);
        var names = new Dictionary<string, int>(StringComparer.Ordinal);
        AddHeader(message, query, code, authoritative);
        AddName(message, names, query.Name);
        AddUInt16(message, query.Type);
        AddUInt16(message, query.Class);
        var room = sizeMax - (query.HasEdns ? OptLength : 0);
        var written = 0;
        foreach (var record in records)
        {
            var before = message.Count;
            AddRecord(message, names, record);
            if (message.Count > room)
            {
                message.RemoveRange(before, message.Count - before);
                message[2] |= 0x02;
                break;
            }
            written++;
        }
        SetUInt16(message, 6, written);
        if (query.HasEdns)
        {
            AddOpt(message);
            SetUInt16(message, 10, 1);
        }
        return [.. message];
    }

    /// <summary>An answer to something of which only the id can be read.</summary>
    public static byte[] WriteFormatError(ReadOnlySpan<byte> query)
    {
        var message = new byte[DnsQuery.HeaderLength];
        query[..2].CopyTo(message);
        message[2] = 0x80;
        message[3] = (byte)DnsResponseCode.FormatError;
        return message;
    }

    private static void AddHeader(List<byte> message, DnsQuery query, DnsResponseCode code, bool authoritative)
    {
        AddUInt16(message, query.Id);
        var flags = 0x8000 | (authoritative ? 0x0400 : 0) | (query.RecursionDesired ? 0x0100 : 0) | (int)code;
        AddUInt16(message, flags);
        AddUInt16(message, 1);
        AddUInt16(message, 0);
        AddUInt16(message, 0);
        AddUInt16(message, 0);
    }

    private static void AddRecord(List<byte> message, Dictionary<string, int> names, DnsRecord record)
    {
        AddName(message, names, record.Name);
        AddUInt16(message, record.Type);
        AddUInt16(message, ClassIn);
        AddUInt16(message, 0);
        AddUInt16(message, TtlSeconds);
        var lengthAt = message.Count;
        AddUInt16(message, 0);
        if (record.Address is { } address)
        {
            message.AddRange(address.GetAddressBytes());
        }
        else
        {
            AddName(message, names, record.Target);
        }
        SetUInt16(message, lengthAt, message.Count - lengthAt - 2);
    }

    // EDNS version 0, no options; we take whatever fits into a datagram.
    private static void AddOpt(List<byte> message)
    {
        message.Add(0);
        AddUInt16(message, DnsType.Opt);
        AddUInt16(message, DnsForwarder.UdpBytesMax);
        message.AddRange(new byte[6]);
    }

    private static void AddName(List<byte> message, Dictionary<string, int> names, string name)
    {
        while (name.Length > 0 && name != ".")
        {
            if (names.TryGetValue(name, out var seenAt))
            {
                AddUInt16(message, 0xC000 | seenAt);
                return;
            }
            // A pointer has 14 bits.
            if (message.Count < 0x4000)
            {
                names[name] = message.Count;
            }
            var dot = name.IndexOf('.', StringComparison.Ordinal);
            var label = Encoding.Latin1.GetBytes(name[..dot]);
            message.Add((byte)label.Length);
            foreach (var b in label)
            {
                message.Add(b == 0 ? (byte)'.' : b);
            }
            name = name[(dot + 1)..];
        }
        message.Add(0);
    }

    private static void AddUInt16(List<byte> message, int value)
    {
        message.Add((byte)(value >> 8));
        message.Add((byte)value);
    }

    private static void SetUInt16(List<byte> message, int at, int value)
    {
        message[at] = (byte)(value >> 8);
        message[at + 1] = (byte)value;
    }
}
