using Lateen.Core;
using Lateen.Core.Yaml;
using Lateen.Proxy.Config;
using Lateen.TestKit;

namespace Lateen.Simulation.Tests.Fuzz;

/// <summary>
/// Bootstraps whose trees were changed: parts gone, doubled, put elsewhere or of another kind. Each loads or is refused
/// with errors; a defect of ours would be an error with the code INTERNAL, or an exception.
/// </summary>
internal sealed class BootstrapTarget : IFuzzTarget
{
    /// <summary>Bootstraps to begin with: ours, and Envoy's examples where they are present.</summary>
    public static readonly string[] Samples =
        [Own.Replace("${HCM}", Manager, StringComparison.Ordinal), .. Examples()];

    private const string Own = """
        node: { id: n, cluster: c, metadata: { A: 1 } }
        admin: { address: { socket_address: { address: 127.0.0.1, port_value: 0 } } }
        layered_runtime: { layers: [{ name: s, static_layer: { a: { numerator: 1, denominator: HUNDRED }, b: 2 } }] }
        stats_config: { stats_tags: [{ tag_name: x, regex: "^a((.*))" }] }
        static_resources:
          clusters:
          - name: a
            connect_timeout: 0.25s
            lb_policy: RING_HASH
            ring_hash_lb_config: { minimum_ring_size: 10 }
            circuit_breakers: { thresholds: [{ max_connections: 1, retry_budget: { budget_percent: { value: 5 } } }] }
            outlier_detection: { consecutive_5xx: 3, interval: 1s, max_ejection_percent: 50 }
            health_checks: [{ timeout: 1s, interval: 1s, unhealthy_threshold: 1, healthy_threshold: 1,
              http_health_check: { path: / } }]
            load_assignment: { cluster_name: a, endpoints: [{ locality: { zone: z }, load_balancing_weight: 3,
              lb_endpoints: [{ endpoint: { address: { socket_address: { address: 10.0.0.1, port_value: 80 } } },
                load_balancing_weight: 2 }] }] }
          listeners:
          - name: l
            address: { socket_address: { address: 127.0.0.1, port_value: 0 } }
            listener_filters:
            - { name: envoy.filters.listener.tls_inspector, typed_config: {
                "@type": type.googleapis.com/envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector } }
            filter_chains:
            - filter_chain_match: { server_names: [a.b, "*.c"],
                prefix_ranges: [{ address_prefix: 10.0.0.0, prefix_len: 8 }] }
              filters:
              - name: envoy.filters.network.http_connection_manager
                typed_config:
                  "@type": type.googleapis.com/${HCM}
                  stat_prefix: x
                  access_log: [{ name: f, typed_config: {
                    "@type": type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog,
                    path: /proc/self/fd/1, log_format: { json_format: { a: "%REQ(B)%", c: [1] } } } }]
                  route_config:
                    name: r
                    virtual_hosts:
                    - name: v
                      domains: ["a", "*.b", "*"]
                      routes:
                      - match: { safe_regex: { regex: "/a.*" }, headers: [{ name: x, string_match: { prefix: y } }] }
                        route: { cluster: a, timeout: 1s, hash_policy: [{ header: { header_name: h } }],
                          retry_policy: { retry_on: "5xx,reset", num_retries: 3 }, prefix_rewrite: /z }
                      - match: { prefix: / }
                        route: { weighted_clusters: { clusters: [{ name: a, weight: 1 }] } }
                      - match: { path: /r }
                        redirect: { host_redirect: q, response_code: FOUND }
                  http_filters:
                  - { name: envoy.filters.http.fault, typed_config: {
                      "@type": type.googleapis.com/envoy.extensions.filters.http.fault.v3.HTTPFault,
                      abort: { http_status: 503, percentage: { numerator: 1 } } } }
                  - { name: envoy.filters.http.router, typed_config: {
                      "@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router } }
            - filters:
              - { name: envoy.filters.network.tcp_proxy, typed_config: {
                  "@type": type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy,
                  stat_prefix: t, cluster: a } }
        """;

    private const string Manager =
        "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager";

    private static readonly YamlNode[] _strange =
    [
        YamlScalar.Null, new YamlScalar(""), new YamlScalar("x"), YamlScalar.Of(true), YamlScalar.Of(-1),
        YamlScalar.Of(4294967295), new YamlScalar("1e400"), new YamlScalar("99999999999s"), new YamlScalar("-1s"),
        new YamlScalar("%"), new YamlScalar("("), new YamlMapping(), new YamlSequence([]), new YamlScalar("NaN"),
        new YamlScalar("\u0000"), new YamlScalar("999.999.999.999"),
    ];

    public string Name => "bootstrap";

    public long CasesByDefault => 150;

    public void Run(FuzzInput input)
    {
        var stream = YamlReader.Read(input.Pick<string>(Samples));
        var changes = input.Between(1, 4);
        var tree = Change(input, stream.Documents[0], ref changes);
        using var folder = new TemporaryFolder();
        var file = folder.Write("a.yaml", JsonTreeWriter.Write(tree));
        List<ConfigError> errors = [];
        var bootstrap = BootstrapReader.Read(file, null, input.Chance(0.5), errors);
        using var manager = new ConfigurationManager(ResourceTarget.Create(), TimeProvider.System);
        errors.AddRange(manager.ApplyBootstrap(bootstrap));
        Assert.True(errors.TrueForAll(error => error.Code != "INTERNAL"),
            $"{string.Join("; ", errors)}\n{File.ReadAllText(file)}");
    }

    private static YamlNode Change(FuzzInput input, YamlNode node, ref int changes)
    {
        if (changes > 0 && input.Chance(0.015))
        {
            changes--;
            return input.Pick<YamlNode>(_strange);
        }

        switch (node)
        {
            case YamlMapping map:
                var entries = new List<KeyValuePair<YamlScalar, YamlNode>>();
                foreach (var (key, value) in map.Entries)
                {
                    if (changes > 0 && input.Chance(0.01))
                    {
                        changes--;
                        continue;
                    }

                    entries.Add(KeyValuePair.Create(key, Change(input, value, ref changes)));
                }

                return new YamlMapping(entries);
            case YamlSequence list:
                var items = new List<YamlNode>();
                foreach (var item in list.Items)
                {
                    var changed = Change(input, item, ref changes);
                    items.Add(changed);
                    if (changes > 0 && input.Chance(0.02))
                    {
                        changes--;
                        items.Add(changed);
                    }
                }

                return new YamlSequence(items);
            default:
                return node;
        }
    }

    private static IEnumerable<string> Examples() => TestKit.Conformance.FindSuite("envoy-configs") is { } folder
        ? Directory.EnumerateFiles(Path.Combine(folder, "input"), "*.yaml").Order(StringComparer.Ordinal)
            .Select(File.ReadAllText)
                .Where(text => YamlReader.Read(text) is { Errors.IsEmpty: true, Documents.Length: 1 })
        : [];
}
