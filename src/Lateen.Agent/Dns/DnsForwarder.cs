using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace Lateen.Agent.Dns;

/// <summary>
/// Asks other servers what is not ours. Each query has a socket of its own with a random port, and an answer counts
/// only when it comes from the server asked and repeats id and question.
/// </summary>
internal sealed class DnsForwarder(DnsProxyOptions options, DnsMetrics metrics, Random random, TimeProvider clock)
{
    public const int UdpBytesMax = 4096;
    private const int TcpBytesMax = 65_535;

    private int _forwarding;

    /// <summary>The answer as it came; null when no server gave one in time.</summary>
    public async Task<byte[]?> ForwardAsync(ReadOnlyMemory<byte> message, DnsQuery query, bool tcp,
        CancellationToken cancel)
    {
        if (Interlocked.Increment(ref _forwarding) > options.ForwardsMax)
        {
            Interlocked.Decrement(ref _forwarding);
            metrics.CountLimitHit();
            return null;
        }
        try
        {
            metrics.CountUpstreamRequest();
            var servers = options.Upstream.ToArray();
            lock (random)
            {
                random.Shuffle(servers);
            }
            var answer = options.ForwardInParallel
                ? await AskAllAsync(servers, message, query, tcp, cancel)
                : await AskInTurnAsync(servers, message, query, tcp, cancel);
            if (answer is null)
            {
                metrics.CountUpstreamFailure();
            }
            return answer;
        }
        finally
        {
            Interlocked.Decrement(ref _forwarding);
        }
    }

    private async Task<byte[]?> AskInTurnAsync(
        IPEndPoint[] servers, ReadOnlyMemory<byte> message, DnsQuery query, bool tcp, CancellationToken cancel)
    {
        foreach (var server in servers)
        {
            if (await AskAsync(server, message, query, tcp, cancel) is { } answer)
            {
                return answer;
            }
        }
        return null;
    }

    private async Task<byte[]?> AskAllAsync(
        IPEndPoint[] servers, ReadOnlyMemory<byte> message, DnsQuery query, bool tcp, CancellationToken cancel)
    {
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var waiting = servers.Select(server => AskAsync(server, message, query, tcp, enough.Token)).ToList();
        while (waiting.Count > 0)
        {
            var done = await Task.WhenAny(waiting);
            waiting.Remove(done);
            if (await done is { } answer)
            {
                await enough.CancelAsync();
                return answer;
            }
        }
        return null;
    }

    private async Task<byte[]?> AskAsync(
        IPEndPoint server, ReadOnlyMemory<byte> message, DnsQuery query, bool tcp, CancellationToken cancel)
    {
        using var deadline = new CancellationTokenSource(options.ForwardTimeout, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancel);
        try
        {
            using var socket = tcp
                ? new Socket(server.AddressFamily, SocketType.Stream, ProtocolType.Tcp)
                : new Socket(server.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
            await socket.ConnectAsync(server, either.Token);
            return tcp
                ? await AskTcpAsync(socket, message, either.Token)
                : await AskUdpAsync(socket, message, query, either.Token);
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException or IOException)
        {
            return null;
        }
    }

    private static async Task<byte[]?> AskUdpAsync(
        Socket socket, ReadOnlyMemory<byte> message, DnsQuery query, CancellationToken cancel)
    {
        await socket.SendAsync(message, SocketFlags.None, cancel);
        var buffer = new byte[TcpBytesMax];
        while (true)
        {
            var length = await socket.ReceiveAsync(buffer, SocketFlags.None, cancel);
            // What is not an answer to this question is somebody's try to slip one in.
            if (!IsAnswer(buffer.AsSpan(0, length), message.Span))
            {
                continue;
            }
            // Larger than what the client said it takes: it could not be passed on.
            return length <= query.UdpSize ? buffer[..length] : null;
        }
    }

    private static async Task<byte[]?> AskTcpAsync(Socket socket, ReadOnlyMemory<byte> message,
        CancellationToken cancel)
    {
        await using var stream = new NetworkStream(socket);
        await DnsTcp.WriteAsync(stream, message, cancel);
        var answer = await DnsTcp.ReadAsync(stream, cancel);
        return answer is not null && IsAnswer(answer, message.Span) ? answer : null;
    }

    private static bool IsAnswer(ReadOnlySpan<byte> answer, ReadOnlySpan<byte> question)
    {
        if (answer.Length < DnsQuery.HeaderLength || (answer[2] & 0x80) == 0
            || !answer[..2].SequenceEqual(question[..2]))
        {
            return false;
        }
        // Some servers leave the question out of a refusal.
        if (BinaryPrimitives.ReadUInt16BigEndian(answer[4..]) == 0)
        {
            return (answer[3] & 0x0F) != 0;
        }
        var end = DnsQuery.HeaderLength;
        while (end < question.Length && question[end] != 0)
        {
            end += question[end] + 1;
        }
        end += 5;
        return end <= question.Length && end <= answer.Length
            && answer[DnsQuery.HeaderLength..end].SequenceEqual(question[DnsQuery.HeaderLength..end]);
    }
}
