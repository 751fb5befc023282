namespace Lateen.EndToEnd.Tests.Interop;

/// <summary>One hop's bootstrap, which our proxy and Envoy take alike.</summary>
internal static class InteropConfig
{
    private const string Tls = "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.";
    private const string Http = "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router";

    private const string Manager = "type.googleapis.com/envoy.extensions.filters.network"
        + ".http_connection_manager.v3.HttpConnectionManager";

    /// <summary>A hop that passes everything on, over HTTP/2 with mutual TLS.</summary>
    public static string Middle(Hop hop, int nextPort, InteropCertificates certificates) => Bootstrap(
        hop, certificates, """
        - match: { connect_matcher: {} }
                        route: { cluster: next, upgrade_configs: [{ upgrade_type: CONNECT }] }
                      - match: { prefix: / }
                        route: { cluster: next }
        """, $$"""
        - name: next
            connect_timeout: 5s
        {{Http2}}
            load_assignment: {{Assignment("next", nextPort)}}
            transport_socket:
              name: tls
              typed_config:
                "@type": {{Tls}}UpstreamTlsContext
                sni: interop.test
                common_tls_context: {{Context(certificates, "h2")}}
        """);

    /// <summary>The hop before the programs: gRPC, CONNECT and all else have a cluster each.</summary>
    public static string Last(Hop hop, int webPort, int tcpPort, int grpcPort, InteropCertificates certificates) =>
        Bootstrap(hop, certificates, """
        - match: { connect_matcher: {} }
                        route: { cluster: tcp, upgrade_configs: [{ upgrade_type: CONNECT, connect_config: {} }] }
                      - match: { prefix: /lateen.test.Echo/ }
                        route: { cluster: grpc, timeout: 0s }
                      - match: { prefix: / }
                        route: { cluster: web }
        """, $$"""
        - { name: web, connect_timeout: 5s, load_assignment: {{Assignment("web", webPort)}} }
          - { name: tcp, connect_timeout: 5s, load_assignment: {{Assignment("tcp", tcpPort)}} }
          - name: grpc
            connect_timeout: 5s
        {{Http2}}
            load_assignment: {{Assignment("grpc", grpcPort)}}
        """);

    private const string Http2 = """
                typed_extension_protocol_options:
                  envoy.extensions.upstreams.http.v3.HttpProtocolOptions:
                    "@type": type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions
                    explicit_http_config: { http2_protocol_options: { allow_connect: true } }
            """;

    private static string Bootstrap(Hop hop, InteropCertificates certificates, string routes, string clusters) => $$"""
        admin: { address: { socket_address: { address: 127.0.0.1, port_value: {{hop.AdminPort}} } } }
        static_resources:
          listeners:
          - name: in
            address: { socket_address: { address: 127.0.0.1, port_value: {{hop.Port}} } }
            filter_chains:
            - {{Downstream(hop, certificates)}}
              filters:
              - name: hcm
                typed_config:
                  "@type": {{Manager}}
                  stat_prefix: in
                  http2_protocol_options: { allow_connect: true }
                  upgrade_configs: [{ upgrade_type: websocket }, { upgrade_type: CONNECT }]
                  http_filters: [{ name: router, typed_config: { "@type": {{Http}} } }]
                  route_config:
                    name: r
                    virtual_hosts:
                    - name: v
                      domains: ["*"]
                      routes:
                      {{routes}}
          clusters:
          {{clusters}}
        """;

    private static string Downstream(Hop hop, InteropCertificates certificates) => hop.Tls switch
    {
        HopTls.None => "name: plain",
        _ => $$"""transport_socket: { name: tls, typed_config: { "@type": {{Tls}}DownstreamTlsContext, """
            + $"require_client_certificate: {(hop.Tls == HopTls.Mutual ? "true" : "false")}, "
            + $$"""common_tls_context: {{Context(certificates, "h2, http/1.1", hop.Tls == HopTls.Mutual)}} } }""",
    };

    private static string Context(InteropCertificates certificates, string alpn, bool verifies = true) =>
        $$"""{ alpn_protocols: [{{alpn}}], tls_certificates: [{ """
        + $$"""certificate_chain: { inline_string: {{certificates.Certificate}} }, """
        + $$"""private_key: { inline_string: {{certificates.Key}} } }]"""
        + (verifies ? $", validation_context: {{ trusted_ca: {{ inline_string: {certificates.Root} }} }}" : "") + " }";

    private static string Assignment(string name, int port) =>
        $"{{ cluster_name: {name}, endpoints: [{{ lb_endpoints: [{{ endpoint: {{ address: {{ socket_address: "
        + $"{{ address: 127.0.0.1, port_value: {port} }} }} }} }}] }}] }}";
}
