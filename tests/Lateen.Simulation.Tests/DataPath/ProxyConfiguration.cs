using Envoy.Config.Bootstrap.V3;
using Lateen.Core;
using Lateen.Proxy.Config;

namespace Lateen.Simulation.Tests.DataPath;

/// <summary>Listeners and clusters of one world, made anew by chance for each change of configuration: limits, time
/// limits and retries change, where requests go does not.</summary>
internal sealed class ProxyConfiguration(Random random, bool isTight)
{
    public const int HttpPort = 10000;
    public const int TcpPort = 10001;
    public const string ClusterNames = "abt";

    /// <summary>Which clusters speak HTTP/2; the TCP cluster never does.</summary>
    private readonly bool[] _isHttp2 = [random.Next(2) == 0, random.Next(2) == 0, false];

    public static int UpstreamPort(int cluster, int host) => 20000 + (cluster * 10) + host;

    public static int HostCount => 2;

    /// <summary>What was made last.</summary>
    public string Text { get; private set; } = "";

    public bool IsHttp2(int cluster) => _isHttp2[cluster];

    /// <summary>The resources as a bootstrap's static ones.</summary>
    public Bootstrap.Types.StaticResources Make()
    {
        var clusters = string.Concat(ClusterNames.Select((name, index) => Cluster(name, index)));
        List<ConfigError> errors = [];
        Text = $"""
            static_resources:
              clusters:
            {clusters}
              listeners:
            {HttpListener()}
            {TcpListener()}
            """;
        var bootstrap = BootstrapReader.Read(null, Text, false, errors);
        return errors.Count == 0 ? bootstrap.StaticResources
            : throw new InvalidOperationException(string.Join("; ", errors));
    }

    private string Cluster(char name, int index)
    {
        var hosts = string.Join(", ", Enumerable.Range(0, HostCount).Select(host =>
            $"{{ endpoint: {{ address: {{ socket_address: {{ address: 127.0.0.1, "
            + $"port_value: {UpstreamPort(index, host)} }} }} }} }}"));
        var breakers = isTight && Rarely(2)
            ? $"circuit_breakers: {{ thresholds: [{{ max_connections: {Up(3)}, max_pending_requests: {Up(4)}, "
                + $"max_requests: {Up(6)}, max_retries: {Up(2)} }}] }}"
            : "lb_policy: ROUND_ROBIN";
        var protocol = IsHttp2(index)
            ? $"http2_protocol_options: {{ max_concurrent_streams: {(Rarely(3) ? Up(3) : 100)} }}"
            : "http_protocol_options: {}";
        var common = name == 't' ? "" : $$"""
                typed_extension_protocol_options:
                  envoy.extensions.upstreams.http.v3.HttpProtocolOptions:
                    "@type": type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions
                    common_http_protocol_options: { idle_timeout: {{2 + Up(20)}}s{{(Rarely(4)
                        ? $", max_requests_per_connection: {Up(3)}" : "")}} }
                    explicit_http_config: { {{protocol}} }
            """;
        return $$"""
              - name: {{name}}
                connect_timeout: {{Up(3)}}s
                {{breakers}}
                {{(Rarely(3) ? "per_connection_buffer_limit_bytes: " + (500 + Up(20000)) : "type: STATIC")}}
                load_assignment: { cluster_name: {{name}}, endpoints: [{ lb_endpoints: [{{hosts}}] }] }
            {{common}}

            """;
    }

    private string HttpListener() => $$"""
          - name: http
            address: { socket_address: { address: 127.0.0.1, port_value: {{HttpPort}} } }
            {{(Rarely(2) ? "per_connection_buffer_limit_bytes: " + (500 + Up(20000)) : "")}}
            filter_chains:
            - filters:
              - name: hcm
                typed_config:
                  "@type": type.googleapis.com/{{Manager}}
                  stat_prefix: sim
                  stream_idle_timeout: {{5 + Up(20)}}s
                  request_timeout: {{(Rarely(3) ? Up(8) : 30)}}s
                  drain_timeout: {{Up(4)}}s
                  common_http_protocol_options:
                    idle_timeout: {{2 + Up(10)}}s
                    {{(Rarely(4) ? $"max_connection_duration: {3 + Up(10)}s" : "")}}
                    {{(Rarely(4) ? $"max_requests_per_connection: {Up(4)}" : "")}}
                  http2_protocol_options: { max_concurrent_streams: {{(Rarely(3) ? Up(4) : 100)}},
                    initial_stream_window_size: {{(Rarely(2) ? 65535 + Up(10000) : 1 << 20)}},
                    initial_connection_window_size: {{65535 + Up(1 << 20)}} }
                  http_filters:
        {{Filters()}}
                  - name: router
                    typed_config: { "@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router }
                  route_config:
                    name: local
                    virtual_hosts:
                    - name: all
                      domains: ["*"]
                      routes:
                      - match: { prefix: "/a/" }
                        route: { cluster: a{{RouteOptions()}} }
                      - match: { prefix: "/b/" }
                        route: { cluster: b{{RouteOptions()}} }
                      - match: { prefix: "/ab/" }
                        route: { weighted_clusters: { clusters: [{ name: a, weight: 30 }, { name: b,
                          weight: 70 }] }{{RouteOptions()}} }
        """;

    private string Filters() => FilterChainMaker.Make(random);

    private string TcpListener() => $$"""
          - name: tcp
            address: { socket_address: { address: 127.0.0.1, port_value: {{TcpPort}} } }
            filter_chains:
            - filters:
              - name: tcp
                typed_config:
                  "@type": type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy
                  stat_prefix: sim
                  cluster: t
                  idle_timeout: {{5 + Up(20)}}s
                  max_connect_attempts: {{Up(3)}}
                  {{(Rarely(4) ? $"max_downstream_connection_duration: {5 + Up(20)}s" : "")}}
        """;

    private string RouteOptions()
    {
        var retry = Rarely(2) ? ", retry_policy: { retry_on: \"5xx,reset,connect-failure,refused-stream\", "
            + $"num_retries: {Up(3)}{(Rarely(3) ? $", per_try_timeout: {Up(4)}s" : "")} }}" : "";
        return $", timeout: {Up(12)}s{(Rarely(3) ? $", idle_timeout: {Up(5)}s" : "")}{retry}";
    }

    private const string Manager =
        "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager";

    private bool Rarely(int oneOf) => random.Next(oneOf) == 0;

    private int Up(int max) => 1 + random.Next(max);
}
