using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Lateen.Agent.Dns;

namespace Lateen.Agent.Tests;

/// <summary>Asks a DNS server and reads what it answers; written apart from the product's own codec.</summary>
internal sealed record DnsReply(int Code, bool Authoritative, bool RecursionAvailable, bool Truncated,
    IReadOnlyList<string> Records)
{
    private static readonly string[] _codes = ["NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED"];

    public string CodeName => _codes[Code];

    public static ushort TypeOf(string name) => name switch
    {
        "A" => 1,
        "CNAME" => 5,
        "PTR" => 12,
        "TXT" => 16,
        "AAAA" => 28,
        "SRV" => 33,
        _ => throw new ArgumentException(name),
    };

    public static byte[] Query(string name, ushort type, int edns = 0)
    {
        List<byte> message = [0x12, 0x34, 0x01, 0x00, 0, 1, 0, 0, 0, 0, 0, (byte)(edns > 0 ? 1 : 0)];
        foreach (var label in name.Split('.', StringSplitOptions.RemoveEmptyEntries))
        {
            message.Add((byte)label.Length);
            message.AddRange(Encoding.ASCII.GetBytes(label));
        }
        message.AddRange([0, (byte)(type >> 8), (byte)type, 0, 1]);
        if (edns > 0)
        {
            message.AddRange([0, 0, 41, (byte)(edns >> 8), (byte)edns, 0, 0, 0, 0, 0, 0]);
        }
        return [.. message];
    }

    public static async Task<DnsReply> AskAsync(IPEndPoint server, byte[] query, bool tcp)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        if (tcp)
        {
            using var client = new TcpClient();
            await client.ConnectAsync(server, deadline.Token);
            var stream = client.GetStream();
            await DnsTcp.WriteAsync(stream, query, deadline.Token);
            return Parse(await DnsTcp.ReadAsync(stream, deadline.Token) ?? throw new IOException("no answer"));
        }
        using var udp = new UdpClient(server.AddressFamily);
        udp.Connect(server);
        await udp.SendAsync(query, deadline.Token);
        return Parse((await udp.ReceiveAsync(deadline.Token)).Buffer);
    }

    public static DnsReply Parse(byte[] message)
    {
        var at = 12;
        ReadName(message, ref at);
        at += 4;
        var records = new List<string>();
        for (var i = 0; i < BinaryPrimitives.ReadUInt16BigEndian(message.AsSpan(6)); i++)
        {
            var name = ReadName(message, ref at);
            var type = BinaryPrimitives.ReadUInt16BigEndian(message.AsSpan(at));
            var ttl = BinaryPrimitives.ReadUInt32BigEndian(message.AsSpan(at + 4));
            var length = BinaryPrimitives.ReadUInt16BigEndian(message.AsSpan(at + 8));
            at += 10;
            var dataAt = at;
            var data = type switch
            {
                1 or 28 => $"{(type == 1 ? "A" : "AAAA")} {new IPAddress(message.AsSpan(at, length))}",
                5 => $"CNAME {ReadName(message, ref dataAt)}",
                _ => $"TYPE{type}",
            };
            at += length;
            records.Add($"{name} {ttl} IN {data}");
        }
        return new DnsReply(
            message[3] & 15, (message[2] & 4) != 0, (message[3] & 0x80) != 0, (message[2] & 2) != 0, records);
    }

    private static string ReadName(byte[] message, ref int at)
    {
        var text = "";
        var position = at;
        var jumped = false;
        while (message[position] != 0)
        {
            if (message[position] >= 0xC0)
            {
                at = jumped ? at : position + 2;
                jumped = true;
                position = ((message[position] & 0x3F) << 8) | message[position + 1];
                continue;
            }
            text += Encoding.ASCII.GetString(message, position + 1, message[position]) + ".";
            position += message[position] + 1;
        }
        at = jumped ? at : position + 1;
        return text.Length == 0 ? "." : text;
    }
}
