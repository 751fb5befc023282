using System.Globalization;
using System.Text;
using Envoy.Config.Bootstrap.V3;
using Lateen.Core;
using Lateen.Core.Logging;

namespace Lateen.Proxy.Tests.Clusters;

/// <summary>
/// What a cluster costs that nobody has asked for yet: a mesh has thousands of them in each sidecar. Runs alone, as it
/// counts the bytes of the whole heap.
/// </summary>
[Collection(Name)]
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class ClusterMemoryTests
{
    private const string Name = "memory of clusters";
    private const int Few = 200;
    private const int Many = 1200;
    private const int BytesMax = 2600;
    private const string Hcm = "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager";

    [Fact]
    public void Cluster_AsIstioSetsItUp_CostsLittle()
    {
        var least = long.MaxValue;

        // Other tests' late garbage may be counted; the least of some counts is what clusters hold.
        for (var i = 0; i < 3 && least > BytesMax; i++)
        {
            least = Math.Min(least, (Measure(Many) - Measure(Few)) / (Many - Few));
        }

        Assert.InRange(least, 500, BytesMax);
    }

    /// <summary>Bytes of the heap that a proxy with so many clusters holds.</summary>
    private static long Measure(int clusterCount)
    {
        var before = GC.GetTotalMemory(true);
        using var server = Create(clusterCount);
        server.Configuration.OnQuiet();
        return GC.GetTotalMemory(true) - before;
    }

    private static ProxyServer Create(int clusterCount)
    {
        var errors = new List<ConfigError>();
        var server = ProxyServer.Create(
            TestResources.Read<Bootstrap>(Text(clusterCount)), new ProxyOptions(), TimeProvider.System, LogSink.None,
            errors);
        Assert.True(errors.Count == 0, string.Join("\n", errors));
        return server!;
    }

    private static string Text(int clusterCount)
    {
        var hosts = new StringBuilder();
        var clusters = new StringBuilder();
        for (var i = 0; i < clusterCount; i++)
        {
            hosts.Append(CultureInfo.InvariantCulture, $$"""

                        - name: svc{{i}}
                          domains: [svc{{i}}.demo, svc{{i}}.demo.svc.cluster.local]
                          routes:
                          - match: {prefix: /}
                            route: {cluster: outbound|80||svc{{i}}.demo.svc.cluster.local }
            """);
            clusters.Append(ClusterText(i));
        }
        return $$"""
            static_resources:
              listeners:
              - name: http
                address: {socket_address: {address: 127.0.0.1, port_value: 0} }
                filter_chains:
                - filters:
                  - name: envoy.filters.network.http_connection_manager
                    typed_config:
                      "@type": type.googleapis.com/{{Hcm}}
                      stat_prefix: http
                      http_filters:
                      - name: envoy.filters.http.router
                        typed_config:
                          "@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router
                      route_config:
                        name: routes
                        virtual_hosts:{{hosts}}
              clusters:{{clusters}}
            """;
    }

    private static string ClusterText(int i) => string.Create(CultureInfo.InvariantCulture, $$$"""

              - name: outbound|80||svc{{{i}}}.demo.svc.cluster.local
                type: STATIC
                connect_timeout: 5s
                lb_policy: LEAST_REQUEST
                circuit_breakers:
                  thresholds:
                  - {max_connections: 4294967295, max_pending_requests: 4294967295, max_requests: 4294967295}
                load_assignment:
                  cluster_name: outbound|80||svc{{{i}}}.demo.svc.cluster.local
                  endpoints:
                  - lb_endpoints:
                    - endpoint: {address: {socket_address: {address: 127.0.0.1, port_value: 80} } }
                metadata:
                  filter_metadata:
                    istio:
                      services: [{host: svc{{{i}}}.demo.svc.cluster.local, name: svc{{{i}}}, namespace: demo}]
                transport_socket_matches:
                - name: tlsMode-istio
                  match: {tlsMode: istio}
                  transport_socket:
                    name: envoy.transport_sockets.tls
                    typed_config:
                      "@type": type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext
                      sni: outbound_.80_._.svc{{{i}}}.demo.svc.cluster.local
                      max_session_keys: 0
                      common_tls_context:
                        tls_params: {tls_minimum_protocol_version: TLSv1_2, tls_maximum_protocol_version: TLSv1_3}
                        alpn_protocols: [istio-peer-exchange, istio]
                - name: tlsMode-disabled
                  match: {}
                  transport_socket:
                    name: envoy.transport_sockets.raw_buffer
                    typed_config:
                      "@type": type.googleapis.com/envoy.extensions.transport_sockets.raw_buffer.v3.RawBuffer
            """);
}
