using System.Globalization;
using Istio.Mesh.V1Alpha1;
using Istio.Networking.V1Alpha3;
using Lateen.Core.Yaml;

namespace Lateen.Agent.Bootstrap;

/// <summary>The static clusters of the bootstrap: the agent's own servers and the collectors that ProxyConfig
/// names.</summary>
internal sealed class BootstrapClusters(BootstrapOptions options, ProxyConfig config)
{
    public const string Discovery = "xds-grpc";
    public const string Secrets = "sds-grpc";
    public const string Agent = "agent";
    public const string PrometheusStats = "prometheus_stats";
    public const string MetricsService = "envoy_metrics_service";
    public const string AccessLogService = "envoy_accesslog_service";

    private const int RequestsMax = 100_000;

    public YamlSequence Build()
    {
        var role = options.Role;
        List<YamlNode> clusters =
        [
            Local(PrometheusStats, role.Localhost, config.ProxyAdminPort),
            Local(Agent, role.Localhost, config.StatusPort),
            SecretCluster(),
            DiscoveryCluster(),
        ];
        clusters.AddRange(Collectors());
        return Tree.List(clusters);
    }

    /// <summary>Splits <c>host:port</c> and <c>[address]:port</c>.</summary>
    public static (string Host, int Port) SplitAddress(string address)
    {
        var colon = address.LastIndexOf(':');
        if (colon < 0
            || !int.TryParse(address.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port))
        {
            return (address, 0);
        }
        return (address[..colon].Trim('[', ']'), port);
    }

    private IEnumerable<YamlNode> Collectors()
    {
        if (config.Tracing is { } tracing)
        {
            var tls = tracing.TlsSettings;
            switch (tracing.TracerCase)
            {
                case Tracing.TracerOneofCase.Zipkin:
                    yield return Remote(
                        "zipkin", tracing.Zipkin.Address, tls, null, http2: false,
                            ("dns_refresh_rate", Tree.Text("30s")));
                    break;
                case Tracing.TracerOneofCase.Lightstep:
                    yield return Remote("lightstep", tracing.Lightstep.Address, tls, null, http2: true);
                    break;
                case Tracing.TracerOneofCase.Datadog:
                    yield return Remote("datadog_agent", tracing.Datadog.Address, tls, null, http2: false);
                    break;
            }
        }
        if (config.EnvoyMetricsService is { Address.Length: > 0 } metrics)
        {
            yield return Remote(MetricsService, metrics.Address, metrics.TlsSettings, metrics.TcpKeepalive,
                http2: true);
        }
        if (config.EnvoyAccessLogService is { Address.Length: > 0 } log)
        {
            yield return Remote(AccessLogService, log.Address, log.TlsSettings, log.TcpKeepalive, http2: true);
        }
    }

    private static YamlMapping Local(string name, string address, int port) => Tree.Map(
        ("name", Tree.Text(name)),
        ("alt_stat_name", Tree.Text(name + ";")),
        ("type", Tree.Text("STATIC")),
        ("connect_timeout", Tree.Text("0.250s")),
        ("lb_policy", Tree.Text("ROUND_ROBIN")),
        ("load_assignment", LoadAssignment(name, Tree.SocketAddress(address, port, withProtocol: true))));

    private YamlMapping SecretCluster() => Tree.Map(
        ("name", Tree.Text(Secrets)),
        ("alt_stat_name", Tree.Text(Secrets + ";")),
        ("type", Tree.Text("STATIC")),
        ("typed_extension_protocol_options", Http2Options()),
        ("connect_timeout", Tree.Text("1s")),
        ("lb_policy", Tree.Text("ROUND_ROBIN")),
        ("load_assignment", LoadAssignment(Secrets, Pipe(options.SecretSocketPath))));

    private YamlMapping DiscoveryCluster() => Tree.Map(
        ("name", Tree.Text(Discovery)),
        ("alt_stat_name", Tree.Text(Discovery + ";")),
        ("type", Tree.Text("STATIC")),
        ("connect_timeout", Tree.Text("1s")),
        ("lb_policy", Tree.Text("ROUND_ROBIN")),
        ("load_assignment", LoadAssignment(Discovery, Pipe(options.DiscoverySocketPath))),
        ("circuit_breakers", Tree.Map(("thresholds", Tree.List(Threshold("DEFAULT"), Threshold("HIGH"))))),
        ("upstream_connection_options", Tree.Map(
            ("tcp_keepalive", Tree.Map(("keepalive_time", Tree.Number(300)))))),
        ("max_requests_per_connection", Tree.Number(1)),
        ("typed_extension_protocol_options", Http2Options()));

    private static YamlMapping Threshold(string priority) => Tree.Map(
        ("priority", Tree.Text(priority)),
        ("max_connections", Tree.Number(RequestsMax)),
        ("max_pending_requests", Tree.Number(RequestsMax)),
        ("max_requests", Tree.Number(RequestsMax)));

    private YamlMapping Remote(
        string name,
        string address,
        ClientTLSSettings? tls,
        ConnectionPoolSettings.Types.TCPSettings.Types.TcpKeepalive? keepalive,
        bool http2,
        (string Key, YamlNode? Value) more = default)
    {
        var (host, port) = SplitAddress(address);
        (string, YamlNode?)[] entries =
        [
            ("name", Tree.Text(name)),
            ("alt_stat_name", Tree.Text(name + ";")),
            ("typed_extension_protocol_options", http2 ? Http2Options() : null),
            ("transport_socket", BootstrapTls.Build(tls, http2)),
            ("type", Tree.Text("STRICT_DNS")),
            ("respect_dns_ttl", Tree.Flag(true)),
            ("dns_lookup_family", Tree.Text(DnsLookupFamily())),
            ("connect_timeout", Tree.Text("1s")),
            ("lb_policy", Tree.Text("ROUND_ROBIN")),
            ("upstream_connection_options", keepalive is null
                ? null
                : Tree.Map(("tcp_keepalive", Tree.Map(
                    ("keepalive_probes", Wrapped(keepalive.Probes)),
                    ("keepalive_time", Wrapped(keepalive.Time?.Seconds ?? 0)),
                    ("keepalive_interval", Wrapped(keepalive.Interval?.Seconds ?? 0)))))),
            ("load_assignment", LoadAssignment(name, Tree.SocketAddress(host, port))),
            (more.Key ?? "", more.Value),
        ];
        return Tree.Map(entries);
    }

    private string DnsLookupFamily()
    {
        if (options.Role.IsIpv6Only)
        {
            return "AUTO";
        }
        return options.DualStack && options.Role.HasBothFamilies ? "ALL" : "V4_ONLY";
    }

    private static YamlMapping? Wrapped(long value) => value == 0 ? null : Tree.Map(("value", Tree.Number(value)));

    private static YamlMapping Http2Options() => Tree.Map(
        ("envoy.extensions.upstreams.http.v3.HttpProtocolOptions", Tree.Any(
            "envoy.extensions.upstreams.http.v3.HttpProtocolOptions",
            ("explicit_http_config", Tree.Map(("http2_protocol_options", Tree.Map()))))));

    private static YamlMapping Pipe(string path) => Tree.Map(("pipe", Tree.Map(("path", Tree.Text(path)))));

    private static YamlMapping LoadAssignment(string cluster, YamlNode address) => Tree.Map(
        ("cluster_name", Tree.Text(cluster)),
        ("endpoints", Tree.List(Tree.Map(("lb_endpoints", Tree.List(Tree.Map(
            ("endpoint", Tree.Map(("address", address))))))))));
}
