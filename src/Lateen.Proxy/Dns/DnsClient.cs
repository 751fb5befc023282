using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace Lateen.Proxy.Dns;

/// <summary>
/// Looks names up: addresses as they are, the hosts file, then the configured name servers over UDP (TCP for long
/// answers) or, without any, the system's resolver. Control side only.
/// </summary>
internal static class DnsClient
{
    private const int AddressCountMax = 1024;
    private const string HostsFile = "/etc/hosts";

    /// <summary>Never throws but for cancellation.</summary>
    public static async Task<DnsAnswer> ResolveAsync(
        string name, DnsConfig config, TimeProvider clock, CancellationToken stop)
    {
        if (IPAddress.TryParse(name, out var literal))
        {
            return new DnsAnswer(false, [literal], 0, "");
        }
        if (config.Servers.Length == 0 && !config.RespectTtl)
        {
            return await AskSystemAsync(name, config.Family, stop);
        }
        var known = FromHostsFile(name);
        if (known.Length > 0)
        {
            return new DnsAnswer(false, Choose(known, config.Family), 0, "");
        }
        var servers = config.Servers.Length > 0 ? config.Servers : SystemServers();
        var answer = DnsAnswer.Failed("cares_failure:Could not contact DNS servers");
        foreach (var candidate in Candidates(name))
        {
            answer = await AskFamiliesAsync(candidate, servers, config, clock, stop);
            if (answer.IsFailure || answer.Addresses.Length > 0)
            {
                break;
            }
        }
        return answer;
    }

    /// <summary>
    /// The names to ask for, as the machine's search list has it: a name with as many dots as <c>ndots</c> says stands
    /// for itself first, another one below each domain of the list first.
    /// </summary>
    private static IEnumerable<string> Candidates(string name)
    {
        if (name.EndsWith('.'))
        {
            return [name];
        }
        var lines = LinesOf("/etc/resolv.conf")
            .Select(line => line.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries)).ToArray();
        var search = (lines.LastOrDefault(words => words is ["search" or "domain", ..]) ?? []).Skip(1)
            .Select(domain => $"{name}.{domain.Trim('.')}");
        var dots = lines.Where(words => words is ["options", ..]).SelectMany(words => words)
            .Where(word => word.StartsWith("ndots:", StringComparison.Ordinal))
            .Select(word => int.TryParse(word[6..], out var count) ? count : 1).LastOrDefault(1);
        return name.Count(c => c == '.') >= dots ? [name, .. search] : [.. search, name];
    }

    private static async Task<DnsAnswer> AskFamiliesAsync(
        string name, IPEndPoint[] servers, DnsConfig config, TimeProvider clock, CancellationToken stop)
    {
        var (first, second) = config.Family is 1 or 3 ? (DnsQuery.A, DnsQuery.Aaaa) : (DnsQuery.Aaaa, DnsQuery.A);
        var answer = await AskAsync(name, first, servers, config, clock, stop);
        if (config.Family is 1 or 2 || (config.Family != 4 && answer.Addresses.Length > 0))
        {
            return answer;
        }
        var other = await AskAsync(name, second, servers, config, clock, stop);
        if (answer.Addresses.Length == 0 || other.Addresses.Length == 0)
        {
            return answer.Addresses.Length > 0 ? answer : other;
        }
        return new DnsAnswer(false, [.. answer.Addresses, .. other.Addresses],
            Math.Min(answer.TtlSeconds, other.TtlSeconds), answer.Details);
    }

    /// <summary>The addresses of the families that are wanted, in order of preference.</summary>
    internal static IPAddress[] Choose(IPAddress[] addresses, int family)
    {
        var v4 = addresses.Where(address => address.AddressFamily == AddressFamily.InterNetwork).ToArray();
        var v6 = addresses.Where(address => address.AddressFamily == AddressFamily.InterNetworkV6).ToArray();
        IPAddress[] chosen = family switch
        {
            1 => v4,
            2 => v6,
            3 => v4.Length > 0 ? v4 : v6,
            4 => [.. v6, .. v4],
            _ => v6.Length > 0 ? v6 : v4,
        };
        return chosen.Length > AddressCountMax ? chosen[..AddressCountMax] : chosen;
    }

    private static async Task<DnsAnswer> AskSystemAsync(string name, int family, CancellationToken stop)
    {
        try
        {
            return new DnsAnswer(false, Choose(await System.Net.Dns.GetHostAddressesAsync(name, stop), family), 0, "");
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.HostNotFound or SocketError.NoData)
        {
            return new DnsAnswer(false, [], 0, "cares_norecords:Domain name not found");
        }
        catch (SocketException e)
        {
            return DnsAnswer.Failed($"cares_failure:{e.Message}");
        }
    }

    private static async Task<DnsAnswer> AskAsync(
        string name, ushort type, IPEndPoint[] servers, DnsConfig config, TimeProvider clock, CancellationToken stop)
    {
        var answer = DnsAnswer.Failed("cares_failure:Timeout while contacting DNS servers");
        for (var i = 0; i < config.Tries && servers.Length > 0; i++)
        {
            var id = (ushort)RandomNumberGenerator.GetInt32(65536);
            if (DnsQuery.Write(id, name, type) is not { } query)
            {
                return new DnsAnswer(false, [], 0, "cares_norecords:Misformatted domain name");
            }
            using var limit = new CancellationTokenSource(TimeSpan.FromTicks(config.QueryTimeoutNanos / 100), clock);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, stop);
            try
            {
                answer = await ExchangeAsync(query, id, type, servers[i % servers.Length], config.UseTcp, either.Token);
                if (!answer.IsFailure || i + 1 >= servers.Length)
                {
                    return answer;
                }
            }
            catch (OperationCanceledException) when (!stop.IsCancellationRequested)
            {
                answer = DnsAnswer.Failed("cares_failure:Timeout while contacting DNS servers");
            }
            catch (SocketException)
            {
                answer = DnsAnswer.Failed("cares_failure:Could not contact DNS servers");
            }
        }
        return answer;
    }

    private static async Task<DnsAnswer> ExchangeAsync(
        byte[] query, ushort id, ushort type, IPEndPoint server, bool useTcp, CancellationToken stop)
    {
        if (useTcp)
        {
            return await ExchangeTcpAsync(query, id, type, server, stop);
        }
        using var socket = new Socket(server.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        await socket.ConnectAsync(server, stop);
        await socket.SendAsync(query, stop);
        var buffer = new byte[4096];
        while (true)
        {
            var length = await socket.ReceiveAsync(buffer, stop);
            if (DnsQuery.TryRead(buffer.AsSpan(0, length), id, type, out var answer, out var isTruncated))
            {
                return isTruncated ? await ExchangeTcpAsync(query, id, type, server, stop) : answer;
            }
        }
    }

    private static async Task<DnsAnswer> ExchangeTcpAsync(
        byte[] query, ushort id, ushort type, IPEndPoint server, CancellationToken stop)
    {
        using var socket = new Socket(server.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(server, stop);
        var framed = new byte[query.Length + 2];
        BinaryPrimitives.WriteUInt16BigEndian(framed, (ushort)query.Length);
        query.CopyTo(framed, 2);
        await socket.SendAsync(framed, stop);
        var buffer = new byte[65537];
        var have = 0;
        while (have < 2 || have < 2 + BinaryPrimitives.ReadUInt16BigEndian(buffer))
        {
            var length = await socket.ReceiveAsync(buffer.AsMemory(have), stop);
            if (length == 0)
            {
                return DnsAnswer.Failed("cares_failure:Could not contact DNS servers");
            }
            have += length;
        }
        return DnsQuery.TryRead(buffer.AsSpan(2, have - 2), id, type, out var answer, out _)
            ? answer
            : DnsAnswer.Failed("cares_failure:Misformatted DNS reply");
    }

    /// <summary>What the hosts file says of a name, and loopback for <c>localhost</c>.</summary>
    private static IPAddress[] FromHostsFile(string name)
    {
        var found = new List<IPAddress>();
        foreach (var line in LinesOf(HostsFile))
        {
            var words = line.Split('#')[0].Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
            if (words.Length > 1 && words.Skip(1).Contains(name, StringComparer.OrdinalIgnoreCase)
                && IPAddress.TryParse(words[0], out var address))
            {
                found.Add(address);
            }
        }
        if (found.Count == 0 && name.Equals("localhost", StringComparison.OrdinalIgnoreCase))
        {
            found.AddRange([IPAddress.Loopback, IPAddress.IPv6Loopback]);
        }
        return [.. found];
    }

    private static IPEndPoint[] SystemServers() =>
    [
        .. LinesOf("/etc/resolv.conf").Select(line => line.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries))
            .Where(words => words is ["nameserver", _, ..] && IPAddress.TryParse(words[1], out _))
            .Select(words => new IPEndPoint(IPAddress.Parse(words[1]), 53)),
    ];

    private static string[] LinesOf(string file)
    {
        try
        {
            return File.ReadAllLines(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A system without such a file.
            return [];
        }
    }
}
