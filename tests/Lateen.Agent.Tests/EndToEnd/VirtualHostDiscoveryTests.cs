using System.Net;
using Lateen.TestKit;
using Lateen.Xds;

namespace Lateen.Agent.Tests.EndToEnd;

/// <summary>An agent with our own proxy takes virtual hosts one by one, and says so to the control plane.</summary>
public sealed class VirtualHostDiscoveryTests : IAsyncLifetime
{
    private const string ManagerType = "type.googleapis.com/envoy.extensions.filters.network."
        + "http_connection_manager.v3.HttpConnectionManager";

    private readonly TemporaryFolder _folder = new();
    private readonly HttpClient _client = new();
    private readonly FakeControlPlane _controlPlane;
    private readonly int _port = FreePorts.Take();

    public VirtualHostDiscoveryTests()
    {
        _controlPlane = new FakeControlPlane(_folder.Path);
        _controlPlane.AddListener($$$$"""
            {"name": "outbound", "address": {"socket_address": {"address": "127.0.0.1", "port_value": {{{{_port}}}}}},
             "filter_chains": [{"filters": [{"name": "hcm", "typed_config": {
               "@type": "{{{{ManagerType}}}}",
               "stat_prefix": "outbound", "rds": {"route_config_name": "80", "config_source": {"ads": {}}},
               "http_filters": [{"name": "router", "typed_config": {
                 "@type": "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router"}}]}}]}]}
            """);
        _controlPlane.AddRoutes("""
            {"name": "80", "vhds": {"config_source": {"ads": {}, "initial_fetch_timeout": "0s"}}, "virtual_hosts": [
              {"name": "rest", "domains": ["*"], "routes": [
                {"match": {"prefix": "/"}, "direct_response": {"status": 502}}]}]}
            """);
        foreach (var name in (string[])["cart", "till"])
        {
            _controlPlane.AddVirtualHost("80", $$$$"""
                {"name": "{{{{name}}}}", "domains": ["{{{{name}}}}.shop"], "routes": [{"match": {"prefix": "/"},
                  "direct_response": {"status": 200, "body": {"inline_string": "{{{{name}}}}"}}}]}
                """);
        }
    }

    public Task InitializeAsync() => _controlPlane.StartAsync();

    public async Task DisposeAsync()
    {
        await _controlPlane.DisposeAsync();
        _client.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Hosts_OfTheStart_ServeAndAreDumpedAndOutliveTheStream()
    {
        await using var agent = new AgentUnderTest(_controlPlane, "", TimeSpan.FromHours(1), TimeSpan.Zero);
        await agent.StartAsync(_client);

        Assert.Equal("cart", await GetAsync("cart.shop"));
        Assert.Equal("till", await GetAsync("till.shop"));
        Assert.Equal("502", await GetAsync("other.shop"));
        Assert.Contains(_controlPlane.Requests,
            request => request.Node?.Metadata.Fields.GetValueOrDefault("LATEEN_VHDS")?.StringValue == "true");
        var dump = await _client.GetStringAsync(
            new Uri($"http://127.0.0.1:{agent.AdminPort}/config_dump?resource=dynamic_route_configs"));
        Assert.Contains("\"till.shop\"", dump, StringComparison.Ordinal);

        await _controlPlane.StopAsync();
        Assert.Equal("cart", await GetAsync("cart.shop"));
        await _controlPlane.StartAsync();
        await agent.WaitAsync("the hosts to be asked for again", () => Task.FromResult(
            _controlPlane.Requests.Count(request => request.TypeUrl == TypeUrls.VirtualHost) >= 2));

        var again = _controlPlane.Requests.Last(request => request.TypeUrl == TypeUrls.VirtualHost);
        Assert.Equal(["80/cart", "80/till"], again.InitialResourceVersions.Keys.Order(StringComparer.Ordinal));
        Assert.Equal("till", await GetAsync("till.shop"));
    }

    /// <summary>The body; the status where there is none.</summary>
    private async Task<string> GetAsync(string host)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri($"http://127.0.0.1:{_port}/"));
        request.Headers.Host = host;
        using var reply = await _client.SendAsync(request);
        return reply.StatusCode == HttpStatusCode.OK ? await reply.Content.ReadAsStringAsync()
            : $"{(int)reply.StatusCode}";
    }
}
