using System.Buffers.Binary;
using System.Text;

namespace Lateen.Agent.Dns;

/// <summary>A query with one question (RFC 1035 section 4.1).</summary>
/// <param name="Id">Chosen by the client.</param>
/// <param name="RecursionDesired">The RD bit.</param>
/// <param name="Name">Absolute, ending in a dot, in the case asked.</param>
/// <param name="Type">Of the records wanted.</param>
/// <param name="Class">1 is IN.</param>
/// <param name="UdpSize">The most that the client takes over UDP: 512 without EDNS, at least 512 with it.</param>
/// <param name="HasEdns">Whether an OPT record came.</param>
public sealed record DnsQuery(
    ushort Id, bool RecursionDesired, string Name, ushort Type, ushort Class, int UdpSize, bool HasEdns)
{
    /// <summary>Length of a header.</summary>
    public const int HeaderLength = 12;

    private const int UdpSizeMin = 512;
    private const int NameLengthMax = 255;

    /// <summary>Reads a query; false when it is none, or has not exactly one question.</summary>
    public static bool TryParse(ReadOnlySpan<byte> message, out DnsQuery query)
    {
        query = new DnsQuery(0, false, ".", 0, 0, UdpSizeMin, false);
        if (message.Length < HeaderLength)
        {
            return false;
        }
        var flags = BinaryPrimitives.ReadUInt16BigEndian(message[2..]);
        // A response, or another operation than QUERY.
        if ((flags & 0xF800) != 0 || BinaryPrimitives.ReadUInt16BigEndian(message[4..]) != 1)
        {
            return false;
        }
        var at = HeaderLength;
        if (!TryReadName(message, ref at, out var name) || message.Length < at + 4)
        {
            return false;
        }
        var (size, hasEdns) = ReadEdns(message, at + 4);
        query = new DnsQuery(
            BinaryPrimitives.ReadUInt16BigEndian(message),
            (flags & 0x0100) != 0,
            name,
            BinaryPrimitives.ReadUInt16BigEndian(message[at..]),
            BinaryPrimitives.ReadUInt16BigEndian(message[(at + 2)..]),
            size,
            hasEdns);
        return true;
    }

    // A name within a question is never compressed.
    private static bool TryReadName(ReadOnlySpan<byte> message, ref int at, out string name)
    {
        name = "";
        var text = new StringBuilder();
        var start = at;
        while (at < message.Length && at - start <= NameLengthMax)
        {
            int length = message[at++];
            if (length == 0)
            {
                name = text.Length == 0 ? "." : text.ToString();
                return true;
            }
            if (length > 63 || at + length > message.Length)
            {
                return false;
            }
            foreach (var b in message.Slice(at, length))
            {
                // A dot within a label cannot be told from one between labels; no name of ours has one.
                text.Append(b == '.' ? '\0' : (char)b);
            }
            text.Append('.');
            at += length;
        }
        return false;
    }

    // The OPT record has the root's name; its class is the size (RFC 6891 section 6.1.2).
    private static (int Size, bool Present) ReadEdns(ReadOnlySpan<byte> message, int at)
    {
        var additional = BinaryPrimitives.ReadUInt16BigEndian(message[10..]);
        var others = BinaryPrimitives.ReadUInt16BigEndian(message[6..])
            + BinaryPrimitives.ReadUInt16BigEndian(message[8..]);
        if (others != 0 || additional == 0 || message.Length < at + 11 || message[at] != 0
            || BinaryPrimitives.ReadUInt16BigEndian(message[(at + 1)..]) != DnsType.Opt)
        {
            return (UdpSizeMin, false);
        }
        return (Math.Max(UdpSizeMin, (int)BinaryPrimitives.ReadUInt16BigEndian(message[(at + 3)..])), true);
    }
}
