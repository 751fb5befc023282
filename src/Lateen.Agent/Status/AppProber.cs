using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Lateen.Core.Yaml;

namespace Lateen.Agent.Status;

/// <summary>
/// Does the probes of the application's containers that the injector took over (ISTIO_KUBE_APP_PROBERS), so that the
/// kubelet need not get through the proxy.
/// </summary>
public sealed class AppProber
{
    private const int RedirectsMax = 10;

    private static readonly TimeSpan _timeoutDefault = TimeSpan.FromSeconds(1);

    // Headers of one connection do not belong to the next one.
    private static readonly string[] _notForwarded =
        ["host", "connection", "keep-alive", "content-length", "transfer-encoding", "accept-encoding", "upgrade"];

    private readonly YamlMapping? _probers;
    private readonly string _host;
    // The address that capture leaves alone, so that a probe reaches the application past the proxy.
    private readonly IPAddress? _source;
    private readonly TimeProvider _clock;

    /// <summary>Reads the probers.</summary>
    /// <param name="json">The variable; empty where no probe was taken over.</param>
    /// <param name="host">Where the application listens.</param>
    /// <param name="clock">Of the deadlines.</param>
    public AppProber(string json, string host, TimeProvider clock)
    {
        _host = host;
        _source = IPAddress.TryParse(host, out var address) && !IPAddress.IsLoopback(address)
            ? IPAddress.Parse(address.AddressFamily == AddressFamily.InterNetwork ? "127.0.0.6" : "::6")
            : null;
        _clock = clock;
        _probers = json.Length > 0 && YamlReader.Read(json, "ISTIO_KUBE_APP_PROBERS")
            is { Errors: [], Documents: [YamlMapping map] }
            ? map
            : null;
    }

    /// <summary>Probes what stands for the path.</summary>
    public async Task<HttpReply> ProbeAsync(HttpRequest request, CancellationToken cancel)
    {
        if (_probers is null || !_probers.TryGet(request.Path, out var prober))
        {
            return HttpReply.Text(400, $"app prober config does not exists for {request.Path}");
        }
        var seconds = Number(prober["timeoutSeconds"], 0);
        using var deadline = new CancellationTokenSource(
            seconds > 0 ? TimeSpan.FromSeconds(seconds) : _timeoutDefault, _clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancel);
        try
        {
            if (prober["httpGet"] is { } http)
            {
                return await GetAsync(http, request, either.Token);
            }
            if (prober["tcpSocket"] is { } tcp)
            {
                using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
                if (_source is not null)
                {
                    socket.Bind(new IPEndPoint(_source.MapToIPv6(), 0));
                }
                await socket.ConnectAsync(_host, Number(tcp["port"], 0), either.Token);
                return HttpReply.Empty(200);
            }
            return HttpReply.Empty(500);
        }
        catch (Exception e) when (e is IOException or SocketException or OperationCanceledException)
        {
            return HttpReply.Empty(500);
        }
    }

    private async Task<HttpReply> GetAsync(YamlNode http, HttpRequest request, CancellationToken cancel)
    {
        var port = Number(http["port"], 80);
        var tls = http["scheme"]?.Text == "HTTPS";
        var headers = HeadersFor(request, port);
        var path = http["path"]?.Text ?? "/";
        path = path.StartsWith('/') ? path : "/" + path;
        for (var i = 0; i <= RedirectsMax; i++)
        {
            var reply = await HttpCall.SendAsync("GET", _host, port, path, headers, cancel, tls, _source);
            if (reply.Status is < 300 or >= 400 || NextPath(reply.Location, port) is not { } next)
            {
                return reply.Status is >= 200 and < 300 ? reply : HttpReply.Empty(reply.Status);
            }
            headers = [.. headers.Where(h => h.Name != "Referer"),
                ("Referer", $"http{(tls ? "s" : "")}://{_host}:{port}{path}")];
            path = next;
        }
        return HttpReply.Empty(500);
    }

    // The kubelet sends the probe's own headers along already: what came is passed on.
    private List<(string Name, string Value)> HeadersFor(HttpRequest request, int port)
    {
        var headers = request.Headers
            .Where(header => !_notForwarded.Contains(header.Key))
            .Select(header => (header.Key, header.Value))
            .ToList();
        headers.Add(("Accept-Encoding", "gzip"));
        var host =
            string.Create(CultureInfo.InvariantCulture, $"{(_host.Contains(':') ? $"[{_host}]" : _host)}:{port}");
        headers.Add(("Host", host));
        return headers;
    }

    // Redirects to another host are not followed: the probe answers as it is.
    private string? NextPath(string? location, int port)
    {
        if (location is null || location.StartsWith('/'))
        {
            return location;
        }
        return Uri.TryCreate(location, UriKind.Absolute, out var uri) && uri.Port == port
            && (uri.Host == _host || uri.IsLoopback) ? uri.PathAndQuery : null;
    }

    private static int Number(YamlNode? node, int fallback) =>
        int.TryParse(node?.Text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : fallback;
}
