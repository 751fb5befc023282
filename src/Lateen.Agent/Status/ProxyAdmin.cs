using System.Globalization;
using System.Net.Sockets;

namespace Lateen.Agent.Status;

/// <summary>Calls to the admin port of the proxy.</summary>
/// <param name="host">Loopback address.</param>
/// <param name="port">Default 15000.</param>
/// <param name="clock">Of the deadlines.</param>
public sealed class ProxyAdmin(string host, int port, TimeProvider clock)
{
    private static readonly TimeSpan _timeout = TimeSpan.FromSeconds(5);

    /// <summary>The answer; null when there is none in time.</summary>
    public async Task<HttpReply?> SendAsync(string method, string pathAndQuery, CancellationToken cancel)
    {
        using var deadline = new CancellationTokenSource(_timeout, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancel);
        try
        {
            return await HttpCall.SendAsync(method, host, port, pathAndQuery, [], either.Token);
        }
        catch (Exception e) when (e is IOException or SocketException or OperationCanceledException)
        {
            return null;
        }
    }

    /// <summary>Values of statistics whose name matches; null when the proxy does not answer 200.</summary>
    public async Task<Dictionary<string, long>?> ReadStatsAsync(string filter, CancellationToken cancel)
    {
        var reply = await SendAsync("GET", $"/stats?usedonly&filter={filter}", cancel);
        if (reply is not { Status: 200 })
        {
            return null;
        }
        var stats = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (var line in reply.BodyText.Split('\n'))
        {
            var colon = line.LastIndexOf(": ", StringComparison.Ordinal);
            if (colon > 0 && long.TryParse(line.AsSpan(colon + 2), NumberStyles.AllowLeadingSign,
                CultureInfo.InvariantCulture, out var value))
            {
                stats[line[..colon]] = value;
            }
        }
        return stats;
    }
}
