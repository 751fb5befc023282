using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using Lateen.Agent.Dns;

namespace Lateen.Agent.Tests;

/// <summary>A DNS server over UDP and TCP on one port of loopback; a function makes the answer, null gives
/// none.</summary>
internal sealed class FakeDnsServer : IDisposable
{
    private readonly Socket _tcp = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly Socket _udp = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
    private readonly Func<byte[], DnsQuery, bool, byte[]?> _answer;
    private readonly List<string> _asked = [];

    public FakeDnsServer(Func<byte[], DnsQuery, bool, byte[]?> answer)
    {
        _answer = answer;
        _tcp.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _tcp.Listen();
        EndPoint = (IPEndPoint)_tcp.LocalEndPoint!;
        _udp.Bind(EndPoint);
        _ = ServeUdpAsync();
        _ = ServeTcpAsync();
    }

    public IPEndPoint EndPoint { get; }

    public IReadOnlyList<string> TakeAsked()
    {
        lock (_asked)
        {
            string[] all = [.. _asked];
            _asked.Clear();
            return all;
        }
    }

    /// <summary>An answer with the question repeated, records given raw, RA set.</summary>
    public static byte[] Answer(byte[] query, int code, params byte[][] records)
    {
        var end = 12;
        while (query[end] != 0)
        {
            end += query[end] + 1;
        }
        end += 5;
        List<byte> message = [.. query[..end], .. records.SelectMany(r => r)];
        message[2] = (byte)(0x80 | (query[2] & 1));
        message[3] = (byte)(0x80 | code);
        var array = message.ToArray();
        BinaryPrimitives.WriteUInt16BigEndian(array.AsSpan(6), (ushort)records.Length);
        BinaryPrimitives.WriteUInt16BigEndian(array.AsSpan(8), 0);
        BinaryPrimitives.WriteUInt16BigEndian(array.AsSpan(10), 0);
        return array;
    }

    /// <summary>A record; without a name it points to the question's.</summary>
    public static byte[] Record(string? name, ushort type, uint ttl, byte[] data)
    {
        List<byte> record = [];
        if (name is null)
        {
            record.AddRange([0xC0, 12]);
        }
        else
        {
            foreach (var label in name.Split('.', StringSplitOptions.RemoveEmptyEntries))
            {
                record.Add((byte)label.Length);
                record.AddRange(System.Text.Encoding.ASCII.GetBytes(label));
            }
            record.Add(0);
        }
        var rest = new byte[10];
        BinaryPrimitives.WriteUInt16BigEndian(rest, type);
        BinaryPrimitives.WriteUInt16BigEndian(rest.AsSpan(2), 1);
        BinaryPrimitives.WriteUInt32BigEndian(rest.AsSpan(4), ttl);
        BinaryPrimitives.WriteUInt16BigEndian(rest.AsSpan(8), (ushort)data.Length);
        return [.. record, .. rest, .. data];
    }

    public void Dispose()
    {
        _tcp.Dispose();
        _udp.Dispose();
    }

    private byte[]? Reply(byte[] message, bool tcp)
    {
        if (!DnsQuery.TryParse(message, out var query))
        {
            return null;
        }
        lock (_asked)
        {
            _asked.Add($"{(tcp ? "tcp" : "udp")} {query.Name}");
        }
        return _answer(message, query, tcp);
    }

    private async Task ServeUdpAsync()
    {
        var buffer = new byte[65_535];
        try
        {
            while (true)
            {
                var received = await _udp.ReceiveFromAsync(buffer, SocketFlags.None, new IPEndPoint(IPAddress.Any, 0));
                if (Reply(buffer[..received.ReceivedBytes], tcp: false) is { } answer)
                {
                    await _udp.SendToAsync(answer, SocketFlags.None, received.RemoteEndPoint);
                }
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private async Task ServeTcpAsync()
    {
        try
        {
            while (true)
            {
                using var socket = await _tcp.AcceptAsync();
                await using var stream = new NetworkStream(socket);
                if (await DnsTcp.ReadAsync(stream, CancellationToken.None) is { } message
                    && Reply(message, tcp: true) is { } answer)
                {
                    await DnsTcp.WriteAsync(stream, answer, CancellationToken.None);
                }
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or IOException)
        {
            // The test is over.
        }
    }
}
