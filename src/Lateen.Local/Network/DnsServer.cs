using System.Buffers.Binary;
using System.Collections.Frozen;
using System.Net;
using System.Net.Sockets;

namespace Lateen.Local.Network;

/// <summary>
/// Name server of the mesh's pods: services (and pods of headless ones) under the cluster's domain. It knows nothing of
/// the world outside, which the mesh's network does not reach.
/// </summary>
internal sealed class DnsServer(string address) : IDisposable
{
    private const int QueryBytesMax = 512;
    private const int AnswerCountMax = 24;
    private readonly Socket _udp = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
    private readonly Socket _tcp = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private FrozenDictionary<string, IPAddress[]> _names = FrozenDictionary<string, IPAddress[]>.Empty;

    /// <summary>Replaces all names; each is given in full, without the final dot.</summary>
    public void SetNames(IEnumerable<KeyValuePair<string, IPAddress[]>> names) =>
        Volatile.Write(ref _names, names.ToFrozenDictionary(n => n.Key, n => n.Value));

    public void Start(CancellationToken stop)
    {
        var endpoint = new IPEndPoint(IPAddress.Parse(address), 53);
        _udp.Bind(endpoint);
        _tcp.Bind(endpoint);
        _tcp.Listen(64);
        _ = ServeUdpAsync(stop);
        _ = ServeTcpAsync(stop);
    }

    public void Dispose()
    {
        _udp.Dispose();
        _tcp.Dispose();
    }

    /// <summary>The answer to one query, or null when it is none.</summary>
    internal byte[]? Answer(ReadOnlySpan<byte> query)
    {
        if (!DnsMessage.TryReadQuestion(query, out var name, out var type, out var end))
        {
            return null;
        }

        var known = Volatile.Read(ref _names).TryGetValue(name, out var addresses);
        return DnsMessage.BuildAnswer(query, end,
            !known ? null : type == DnsMessage.TypeA ? [.. addresses!.Take(AnswerCountMax)] : []);
    }

    private async Task ServeUdpAsync(CancellationToken stop)
    {
        var buffer = new byte[QueryBytesMax];
        while (!stop.IsCancellationRequested)
        {
            try
            {
                var got = await _udp.ReceiveFromAsync(buffer, new IPEndPoint(IPAddress.Any, 0), stop)
                    .ConfigureAwait(false);
                if (Answer(buffer.AsSpan(0, got.ReceivedBytes)) is { } answer)
                {
                    await _udp.SendToAsync(answer, got.RemoteEndPoint, stop).ConfigureAwait(false);
                }
            }
            catch (Exception e) when (e is SocketException or OperationCanceledException or ObjectDisposedException)
            {
                // An unreachable asker, or the end.
            }
        }
    }

    private async Task ServeTcpAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                _ = ServeConnectionAsync(await _tcp.AcceptAsync(stop).ConfigureAwait(false), stop);
            }
            catch (Exception e) when (e is SocketException or OperationCanceledException or ObjectDisposedException)
            {
                // The end.
            }
        }
    }

    private async Task ServeConnectionAsync(Socket socket, CancellationToken stop)
    {
        using var owned = socket;
        var buffer = new byte[QueryBytesMax + 2];
        try
        {
            while (await FillAsync(socket, buffer.AsMemory(0, 2), stop).ConfigureAwait(false))
            {
                var length = BinaryPrimitives.ReadUInt16BigEndian(buffer);
                if (length > QueryBytesMax || !await FillAsync(socket, buffer.AsMemory(2, length), stop)
                    .ConfigureAwait(false)
                    || Answer(buffer.AsSpan(2, length)) is not { } answer)
                {
                    return;
                }

                byte[] prefix = [(byte)(answer.Length >> 8), (byte)answer.Length];
                await socket.SendAsync((byte[])[.. prefix, .. answer], stop).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException)
        {
            // The asker went away.
        }
    }

    private static async Task<bool> FillAsync(Socket socket, Memory<byte> into, CancellationToken stop)
    {
        while (into.Length > 0)
        {
            var count = await socket.ReceiveAsync(into, stop).ConfigureAwait(false);
            if (count == 0)
            {
                return false;
            }

            into = into[count..];
        }

        return true;
    }
}
