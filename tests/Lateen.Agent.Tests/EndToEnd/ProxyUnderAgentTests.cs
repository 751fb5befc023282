using System.Diagnostics;
using Lateen.TestKit;

namespace Lateen.Agent.Tests.EndToEnd;

/// <summary>
/// What an agent with any proxy must hold: certificates rotate without a lost request, a control plane that goes away
/// is no outage, the end drains.
/// </summary>
public abstract class ProxyUnderAgentTests : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();
    private readonly HttpClient _client = new();
    private readonly FakeControlPlane _controlPlane;
    private readonly int _plainPort = FreePorts.Take();

    protected ProxyUnderAgentTests()
    {
        _controlPlane = new FakeControlPlane(_folder.Path);
        var securePort = FreePorts.Take();
        // A plain listener calls a listener with mTLS; each request makes a new connection, and so a handshake.
        _controlPlane.AddListener(Listener("secure", securePort, DownstreamTls, """
            "direct_response": {"status": 200, "body": {"inline_string": "good"}},
            "response_headers_to_add": [{"header": {"key": "x-serial", "value": "%DOWNSTREAM_PEER_SERIAL%"}},
              {"header": {"key": "x-peer", "value": "%DOWNSTREAM_PEER_URI_SAN%"}}]
            """));
        _controlPlane.AddListener(Listener("plain", _plainPort, "", """ "route": {"cluster": "secure"} """));
        _controlPlane.AddCluster(Cluster(securePort));
    }

    /// <summary>Path of the proxy; empty for our own.</summary>
    protected abstract string Program { get; }

    public Task InitializeAsync() => _controlPlane.StartAsync();

    public async Task DisposeAsync()
    {
        await _controlPlane.DisposeAsync();
        _client.Dispose();
        _folder.Dispose();
    }

    protected async Task RotateUnderLoadAsync()
    {
        await using var agent = Start(TimeSpan.FromSeconds(6), TimeSpan.Zero);
        await agent.StartAsync(_client);
        var serials = new HashSet<string>();
        var failures = new List<string>();
        var count = 0;
        var watch = Stopwatch.StartNew();

        while (watch.Elapsed < TimeSpan.FromSeconds(14))
        {
            count++;
            using var reply = await _client.GetAsync(new Uri($"http://127.0.0.1:{_plainPort}/"));
            if (!reply.IsSuccessStatusCode)
            {
                failures.Add($"{watch.Elapsed}: {reply.StatusCode} {await reply.Content.ReadAsStringAsync()}");
                continue;
            }
            serials.Add(string.Concat(reply.Headers.GetValues("x-serial")));
            Assert.Equal("spiffe://cluster.local/ns/shop/sa/cart", string.Concat(reply.Headers.GetValues("x-peer")));
        }

        Assert.True(failures.Count == 0,
            $"{failures.Count} of {count} failed: {failures.FirstOrDefault()}\n{agent.Log}");
        Assert.True(count > 100, $"only {count} requests were made");
        Assert.True(serials.Count >= 3, $"{serials.Count} certificates were used\n{agent.Log}");
    }

    protected async Task LoseControlPlaneAsync()
    {
        await using var agent = Start(TimeSpan.FromHours(1), TimeSpan.Zero);
        await agent.StartAsync(_client);
        Assert.StartsWith("Bearer ey", Assert.Single(_controlPlane.Authorizations), StringComparison.Ordinal);

        await _controlPlane.StopAsync();
        using (var reply = await _client.GetAsync(new Uri($"http://127.0.0.1:{_plainPort}/")))
        {
            Assert.Equal("good", await reply.Content.ReadAsStringAsync());
        }
        await _controlPlane.StartAsync();
        await agent.WaitAsync("the proxy's second stream", () => Task.FromResult(_controlPlane.StreamCount >= 2));

        using var again = await _client.GetAsync(new Uri($"http://127.0.0.1:{_plainPort}/"));
        Assert.Equal("good", await again.Content.ReadAsStringAsync());
    }

    protected async Task TerminateAsync()
    {
        await using var agent = Start(TimeSpan.FromHours(1), TimeSpan.FromSeconds(1));
        await agent.StartAsync(_client);
        var watch = Stopwatch.StartNew();

        agent.Terminate();
        using (var reply = await _client.GetAsync(new Uri($"http://127.0.0.1:{_plainPort}/")))
        {
            Assert.Equal("good", await reply.Content.ReadAsStringAsync());
        }
        await agent.Running.WaitAsync(TimeSpan.FromSeconds(20));

        Assert.True(watch.Elapsed >= TimeSpan.FromSeconds(1), $"ended after {watch.Elapsed}");
        Assert.Equal(0, await agent.StatusAsync(_client));
        await Assert.ThrowsAsync<HttpRequestException>(() =>
            _client.GetAsync(new Uri($"http://127.0.0.1:{_plainPort}/")));
    }

    private AgentUnderTest Start(TimeSpan certificateLife, TimeSpan drain) =>
        new(_controlPlane, Program, certificateLife, drain);

    private const string Sds = """
        "sds_config": {"resource_api_version": "V3", "api_config_source": {"api_type": "GRPC",
          "transport_api_version": "V3", "set_node_on_first_message_only": true,
          "grpc_services": [{"envoy_grpc": {"cluster_name": "sds-grpc"}}]}}
        """;

    private const string CommonTls = """
        "common_tls_context": {
          "tls_certificate_sds_secret_configs": [{"name": "default", <sds>}],
          "combined_validation_context": {
            "default_validation_context": {"match_typed_subject_alt_names": [
              {"san_type": "URI", "matcher": {"prefix": "spiffe://cluster.local/"}}]},
            "validation_context_sds_secret_config": {"name": "ROOTCA", <sds>}}}
        """;

    private const string DownstreamTls = """
        , "transport_socket": {"name": "tls", "typed_config": {
          "@type": "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext",
          "require_client_certificate": true, <tls>}}
        """;

    private const string ListenerTemplate = """
        {"name": "<name>", "address": {"socket_address": {"address": "127.0.0.1", "port_value": <port>}},
         "filter_chains": [{"filters": [{"name": "hcm", "typed_config": {
           "@type": "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
           "stat_prefix": "<name>",
           "route_config": {"name": "r", "virtual_hosts": [{"name": "v", "domains": ["*"], "routes": [
             {"match": {"prefix": "/"}, <action>}]}]},
           "http_filters": [{"name": "router", "typed_config": {
             "@type": "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router"}}]}}] <transport>}]}
        """;

    private const string ClusterTemplate = """
        {"name": "secure", "type": "STATIC", "connect_timeout": "5s",
         "load_assignment": {"cluster_name": "secure", "endpoints": [{"lb_endpoints": [{"endpoint": {
           "address": {"socket_address": {"address": "127.0.0.1", "port_value": <port>}}}}]}]},
         "typed_extension_protocol_options": {"envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
           "@type": "type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions",
           "common_http_protocol_options": {"max_requests_per_connection": 1},
           "explicit_http_config": {"http_protocol_options": {}}}},
         "transport_socket": {"name": "tls", "typed_config": {
           "@type": "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext", <tls>}}}
        """;

    private static string Listener(string name, int port, string transport, string action) => Fill(ListenerTemplate
        .Replace("<name>", name, StringComparison.Ordinal)
        .Replace("<transport>", transport, StringComparison.Ordinal)
        .Replace("<action>", action, StringComparison.Ordinal), port);

    private static string Cluster(int port) => Fill(ClusterTemplate, port);

    private static string Fill(string template, int port) => template
        .Replace("<port>", $"{port}", StringComparison.Ordinal)
        .Replace("<tls>", CommonTls, StringComparison.Ordinal)
        .Replace("<sds>", Sds, StringComparison.Ordinal);
}
