using System.Globalization;
using System.Net.Sockets;
using System.Text;
using Lateen.Core.Yaml;

namespace Lateen.Agent.Status;

/// <summary>Puts the metrics of agent, proxy and application together for one scrape.</summary>
public sealed class MetricsMerger
{
    private const string OpenMetrics = "application/openmetrics-text";
    private const string TextType = "text/plain; version=0.0.4; charset=utf-8";
    private const string OpenMetricsType = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    private const string TimeoutHeader = "x-prometheus-scrape-timeout-seconds";
    private const string EndMark = "# EOF";
    private const string Application = "application";

    // The proxy's own ports, and the agent's: scraping them would go round in a circle.
    private static readonly int[] _reservedPorts = [15000, 15001, 15004, 15006, 15008, 15020, 15021, 15053, 15090];

    private readonly string _programHost;
    private readonly string _host;
    private readonly int _proxyPort;
    private readonly (int Port, string Path)? _application;
    private readonly AgentMetrics _metrics;

    /// <summary>Reads where the application's metrics are.</summary>
    /// <param name="annotations">ISTIO_PROMETHEUS_ANNOTATIONS: scrape, port, path as JSON; empty for none.</param>
    /// <param name="programHost">Loopback address of the application.</param>
    /// <param name="host">Address of the proxy's own ports.</param>
    /// <param name="proxyPort">The proxy's own metrics; 0 where they are not merged
    /// (PILOT_AGENT_MERGE_ENVOY_STATS).</param>
    /// <param name="metrics">The agent's own.</param>
    public MetricsMerger(string annotations, string programHost, string host, int proxyPort, AgentMetrics metrics)
    {
        _programHost = programHost;
        _host = host;
        _proxyPort = proxyPort;
        _metrics = metrics;
        _application = ReadApplication(annotations);
    }

    /// <summary>Scrapes all of them; one that fails is left out and counted.</summary>
    public async Task<HttpReply> ScrapeAsync(HttpRequest request, CancellationToken cancel)
    {
        _metrics.CountScrape();
        List<(string, string)> timeout = request.Headers.TryGetValue(TimeoutHeader, out var seconds)
            ? [("X-Prometheus-Scrape-Timeout-Seconds", seconds)]
            : [];
        var wantsOpenMetrics = request.Headers.GetValueOrDefault("accept", "")
            .Contains(OpenMetrics, StringComparison.Ordinal);
        var text = new StringBuilder();
        _metrics.Write(text);
        if (_proxyPort > 0)
        {
            var proxy = await GetAsync(
                "envoy", _proxyPort, "/stats/prometheus", [("Accept", "text/plain; q=0.1; version=0.0.4"), .. timeout],
                    cancel);
            AppendLines(text, proxy?.BodyText);
        }
        var isOpenMetrics = false;
        if (_application is { } application)
        {
            var accept = wantsOpenMetrics
                ? "application/openmetrics-text; q=0.2; version=1.0.0,text/plain; q=0.1; version=0.0.4"
                : "text/plain; q=0.1; version=0.0.4";
            var reply = await GetAsync(
                Application, application.Port, application.Path, [("Accept", accept), .. timeout], cancel);
            isOpenMetrics = reply?.ContentType.StartsWith(OpenMetrics, StringComparison.Ordinal) ?? false;
            AppendLines(text, isOpenMetrics ? reply!.BodyText.Replace(EndMark, "", StringComparison.Ordinal)
                : reply?.BodyText);
        }
        if (isOpenMetrics)
        {
            text.Append(EndMark).Append('\n');
        }
        return new HttpReply(200, isOpenMetrics ? OpenMetricsType : TextType, Encoding.UTF8.GetBytes(text.ToString()));
    }

    private async Task<HttpReply?> GetAsync(
        string what, int port, string path, IReadOnlyList<(string, string)> headers, CancellationToken cancel)
    {
        try
        {
            var host = string.Create(CultureInfo.InvariantCulture, $"localhost:{port}");
            var reply = await HttpCall.SendAsync(
                "GET", what == Application ? _programHost : _host, port, path, [("Host", host), .. headers], cancel);
            if (reply.Status == 200)
            {
                return reply;
            }
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            // Counted below: it may not have started yet.
        }
        _metrics.CountScrapeFailure(what);
        return null;
    }

    private static void AppendLines(StringBuilder text, string? lines)
    {
        if (string.IsNullOrWhiteSpace(lines))
        {
            return;
        }
        text.Append(lines.TrimEnd('\n', '\r', ' ')).Append('\n');
    }

    private static (int, string)? ReadApplication(string annotations)
    {
        if (annotations.Length == 0
            || YamlReader.Read(annotations, "ISTIO_PROMETHEUS_ANNOTATIONS")
                is not { Errors: [], Documents: [YamlMapping map] }
            || map["scrape"]?.Text != "true")
        {
            return null;
        }
        var port = int.TryParse(map["port"]?.Text, NumberStyles.None, CultureInfo.InvariantCulture, out var value)
            ? value : 80;
        var path = map["path"]?.Text is { Length: > 0 } own ? own : "/metrics";
        return _reservedPorts.Contains(port) ? null : (port, path.StartsWith('/') ? path : "/" + path);
    }
}
