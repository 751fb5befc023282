using System.Net;

namespace Lateen.Cli.ProxyConfig;

/// <summary>
/// Proxies by address: a pod's name is taken for a host or an IP address, with the admin port beside it unless the name
/// has one. That reaches proxies on this machine and through port forwards.
/// </summary>
internal sealed class AddressAdmin : IProxyAdmin
{
    private static readonly TimeSpan _timeout = TimeSpan.FromSeconds(10);

    public async Task<string> AskAsync(string pod, string method, string path, int adminPort)
    {
        var name = pod.Contains('/', StringComparison.Ordinal) ? pod[(pod.IndexOf('/', StringComparison.Ordinal) + 1)..]
            : pod;
        if (name != "localhost" && !IPEndPoint.TryParse(name, out _))
        {
            throw new DumpException(
                $"pod {pod} is not known here; give the address of its admin endpoint (127.0.0.1:{adminPort}) "
                    + "or a dump (-f FILE)");
        }

        var authority = IPEndPoint.TryParse(name, out var end) && end.Port != 0 ? name : $"{name}:{adminPort}";
        using var http = new HttpClient { Timeout = _timeout };
        try
        {
            using var request = new HttpRequestMessage(new HttpMethod(method), new Uri($"http://{authority}{path}"));
            using var response = await http.SendAsync(request);
            var body = await response.Content.ReadAsStringAsync();
            return response.IsSuccessStatusCode
                ? body
                : throw new DumpException($"{authority}{path} answered {(int)response.StatusCode}: {body.Trim()}");
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
        {
            throw new DumpException($"{authority} does not answer: {e.Message}");
        }
    }
}
