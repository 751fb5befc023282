using System.Globalization;
using Istio.Mesh.V1Alpha1;
using Lateen.Core.Yaml;

namespace Lateen.Agent.Bootstrap;

/// <summary>The static listeners of the bootstrap: the proxy's own metrics, and readiness passed on to the
/// agent.</summary>
internal static class BootstrapListeners
{
    private const string HttpConnectionManager =
        "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager";

    private static readonly string[] _compressedTypes =
    [
        "text/plain", "application/vnd.google.protobuf", "application/openmetrics-text",
            "application/openmetrics-protobuf",
    ];

    public static YamlSequence Build(BootstrapOptions options, ProxyConfig config)
    {
        List<YamlNode> filters = [];
        if (config.StatsCompression ?? true)
        {
            filters.Add(Compressor("brotli", "Brotli"));
            filters.Add(Compressor("zstd", "Zstd"));
            filters.Add(Compressor("gzip", "Gzip"));
        }
        filters.Add(Router());
        return Tree.List(
            Listener(options, options.PrometheusPort, "stats", "/stats/prometheus", BootstrapClusters.PrometheusStats,
                filters),
            Listener(options, options.StatusPort, "agent", "/healthz/ready", BootstrapClusters.Agent, [Router()]));
    }

    private static YamlMapping Listener(
        BootstrapOptions options, int port, string statPrefix, string path, string cluster, List<YamlNode> httpFilters)
    {
        var wildcard = options.Role.Wildcard;
        var second = options.DualStack && options.Role.HasBothFamilies
            ? Tree.List(Tree.Map(("address", Tree.SocketAddress("::", port, withProtocol: true))))
            : null;
        return Tree.Map(
            ("name", Tree.Text(string.Create(CultureInfo.InvariantCulture, $"{wildcard}_{port}"))),
            ("address", Tree.SocketAddress(wildcard, port, withProtocol: true)),
            ("additionalAddresses", second),
            ("ignore_global_conn_limit", Tree.Flag(true)),
            ("bypass_overload_manager", Tree.Flag(true)),
            ("filter_chains", Tree.List(Tree.Map(("filters", Tree.List(Tree.Extension(
                "envoy.filters.network.http_connection_manager",
                HttpConnectionManager,
                ("codec_type", Tree.Text("AUTO")),
                ("stat_prefix", Tree.Text(statPrefix)),
                ("route_config", RouteConfig(path, cluster)),
                ("http_filters", Tree.List(httpFilters)))))))));
    }

    private static YamlMapping RouteConfig(string path, string cluster) => Tree.Map(
        ("virtual_hosts", Tree.List(Tree.Map(
            ("name", Tree.Text("backend")),
            ("domains", Tree.Texts(["*"])),
            ("routes", Tree.List(Tree.Map(
                ("match", Tree.Map(("prefix", Tree.Text(path)))),
                ("route", Tree.Map(("cluster", Tree.Text(cluster)))))))))));

    private static YamlMapping Router() =>
        Tree.Extension("envoy.filters.http.router", "envoy.extensions.filters.http.router.v3.Router");

    private static YamlMapping Compressor(string name, string type) => Tree.Extension(
        $"envoy.filters.http.compressor.{name}",
        "envoy.extensions.filters.http.compressor.v3.Compressor",
        ("compressor_library", Tree.Extension(
            $"stats_{name}", $"envoy.extensions.compression.{name}.compressor.v3.{type}")),
        ("response_direction_config", Tree.Map(
            ("common_config", Tree.Map(("content_type", Tree.Texts(_compressedTypes)))))));
}
