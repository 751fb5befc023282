using Envoy.Config.Cluster.V3;
using Envoy.Config.Core.V3;
using Envoy.Config.Endpoint.V3;
using Envoy.Config.Listener.V3;
using Envoy.Config.Route.V3;
using Envoy.Extensions.Filters.Network.HttpConnectionManager.V3;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Lateen.TestKit;
using Lateen.Xds.Server;

namespace Lateen.Xds.Tests;

/// <summary>The real Envoy as client of our server: what it is sent is in force, what it refuses is reported.</summary>
public sealed class EnvoyTests
{
    private const string RouterTypeUrl = TypeUrls.Prefix + "envoy.extensions.filters.http.router.v3.Router";
    private const string ManagerTypeUrl = TypeUrls.Prefix
        + "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager";

    [PeerFact("envoy")]
    public Task Delta_RealEnvoy_FollowsChanges() => RunAsync("DELTA_GRPC");

    [PeerFact("envoy")]
    public Task Sotw_RealEnvoy_FollowsChanges() => RunAsync("GRPC");

    private static async Task RunAsync(string apiType)
    {
        await using var source = new SetSource();
        await source.StartAsync();
        source.Publish(Cluster("one", 1), Endpoints("one"), Listener(), Routes("v1"));
        using var folder = new TemporaryFolder();
        var admin = folder.At("admin.txt");
        using var envoy = Peer.Start(
            Peer.Find("envoy")!,
            ["-c", folder.Write("bootstrap.yaml", Bootstrap(source.Port, apiType)), "--admin-address-path", admin,
                "--concurrency", "1", "--use-dynamic-base-id", "--log-level", "error"]);
        using var http = new HttpClient();
        try
        {
            await FollowAsync(source, http, admin);
        }
        finally
        {
            envoy.Kill();
            await envoy.WaitForExitAsync();
        }
    }

    private static async Task FollowAsync(SetSource source, HttpClient http, string adminFile)
    {
        // 1. What is there at the start is in force.
        await Eventually.IsAsync("the admin address", () => File.Exists(adminFile));
        var admin = $"http://{await File.ReadAllTextAsync(adminFile)}";
        var address = "";
        await Eventually.IsAsync("the listener", async () =>
        {
            address = (await http.GetStringAsync($"{admin}/listeners")).Split("::").ElementAtOrDefault(1)?.Trim() ?? "";
            return address.Length > 0;
        });
        await Eventually.IsAsync("the first route", () => BodyIsAsync(http, address, "v1"));

        // 2. A changed route is.
        source.Publish(Routes("v2"));
        await Eventually.IsAsync("the second route", () => BodyIsAsync(http, address, "v2"));

        // 3. A changed cluster is replaced although its endpoints did not change: the ACK shows that it became warm.
        var acked = AckCount(source, TypeUrls.Cluster);
        source.Publish(Cluster("one", 2));
        await Eventually.IsAsync("the ACK of the warm cluster", () => AckCount(source, TypeUrls.Cluster) > acked);
        Assert.Contains("one::", await http.GetStringAsync($"{admin}/clusters"), StringComparison.Ordinal);

        // 4. A bad listener is refused with a reason, and the good one goes on.
        source.Publish(XdsResource.Create(TypeUrls.Listener, "bad", new Listener { Name = "bad" }));
        await Eventually.IsAsync("the NACK", () => source.Acks.Any(ack => ack.Error is not null));
        Assert.Contains("bad", source.Acks.First(ack => ack.Error is not null).Error!, StringComparison.Ordinal);
        Assert.True(await BodyIsAsync(http, address, "v2"));

        // 5. A removed cluster goes.
        source.Publish(Cluster("two", 1), Endpoints("two"));
        await Eventually.IsAsync("cluster two", async () =>
            (await http.GetStringAsync($"{admin}/clusters")).Contains("two::", StringComparison.Ordinal));
        var push = new XdsPush();
        push.Add(source.Set(TypeUrls.Cluster), [], ["two"]);
        push.Publish();
        await Eventually.IsAsync("the end of cluster two", async () =>
            !(await http.GetStringAsync($"{admin}/clusters")).Contains("two::", StringComparison.Ordinal));
    }

    private static int AckCount(SetSource source, string typeUrl) =>
        source.Acks.Count(ack => ack.TypeUrl == typeUrl && ack.Error is null);

    private static async Task<bool> BodyIsAsync(HttpClient http, string address, string body)
    {
        try
        {
            using var response = await http.GetAsync(new Uri($"http://{address}/"));
            return await response.Content.ReadAsStringAsync() == body;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private static XdsResource Cluster(string name, int timeout)
    {
        var cluster = new Cluster
        {
            Name = name,
            Type = global::Envoy.Config.Cluster.V3.Cluster.Types.DiscoveryType.Eds,
            ConnectTimeout = Duration.FromTimeSpan(TimeSpan.FromSeconds(timeout)),
            EdsClusterConfig = new() { EdsConfig = Ads() },
        };
        return new XdsResource(TypeUrls.Cluster, name, $"{timeout}", cluster.ToByteArray())
        {
            Dependents = [new XdsResourceName(TypeUrls.ClusterLoadAssignment, name)],
        };
    }

    private static XdsResource Endpoints(string name)
    {
        var endpoint = new LbEndpoint
        {
            Endpoint = new() { Address = new() { SocketAddress = new() { Address = "127.0.0.1", PortValue = 9 } } },
        };
        var assignment = new ClusterLoadAssignment { ClusterName = name };
        assignment.Endpoints.Add(new LocalityLbEndpoints { LbEndpoints = { endpoint } });
        return XdsResource.Create(TypeUrls.ClusterLoadAssignment, name, assignment);
    }

    private static XdsResource Listener()
    {
        var manager = new HttpConnectionManager
        {
            StatPrefix = "in",
            Rds = new Rds { RouteConfigName = "routes", ConfigSource = Ads() },
        };
        manager.HttpFilters.Add(new HttpFilter { Name = "router", TypedConfig = new Any { TypeUrl = RouterTypeUrl } });
        var chain = new FilterChain();
        chain.Filters.Add(new global::Envoy.Config.Listener.V3.Filter
        {
            Name = "http",
            TypedConfig = new Any { TypeUrl = ManagerTypeUrl, Value = manager.ToByteString() },
        });
        var listener = new Listener
        {
            Name = "in",
            Address = new() { SocketAddress = new() { Address = "127.0.0.1", PortValue = 0 } },
        };
        listener.FilterChains.Add(chain);
        return XdsResource.Create(TypeUrls.Listener, "in", listener);
    }

    private static XdsResource Routes(string body)
    {
        var host = new VirtualHost { Name = "all", Domains = { "*" } };
        host.Routes.Add(new Route
        {
            Match = new RouteMatch { Prefix = "/" },
            DirectResponse = new DirectResponseAction { Status = 200, Body = new DataSource { InlineString = body } },
        });
        return XdsResource.Create(
            TypeUrls.RouteConfiguration, "routes", new RouteConfiguration { Name = "routes", VirtualHosts = { host } });
    }

    private static ConfigSource Ads() => new() { Ads = new(), ResourceApiVersion = ApiVersion.V3 };

    private static string Bootstrap(int port, string apiType) => $$$"""
        node: {id: test, cluster: test}
        admin:
          address:
            socket_address: {address: 127.0.0.1, port_value: 0}
        dynamic_resources:
          lds_config: {ads: {}, resource_api_version: V3, initial_fetch_timeout: 0s}
          cds_config: {ads: {}, resource_api_version: V3, initial_fetch_timeout: 0s}
          ads_config:
            api_type: {{{apiType}}}
            transport_api_version: V3
            set_node_on_first_message_only: true
            grpc_services:
            - envoy_grpc: {cluster_name: xds}
        static_resources:
          clusters:
          - name: xds
            connect_timeout: 1s
            type: STATIC
            typed_extension_protocol_options:
              envoy.extensions.upstreams.http.v3.HttpProtocolOptions:
                "@type": type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions
                explicit_http_config:
                  http2_protocol_options: {}
            load_assignment:
              cluster_name: xds
              endpoints:
              - lb_endpoints:
                - endpoint:
                    address:
                      socket_address:
                        address: 127.0.0.1
                        port_value: {{{port}}}
        """;
}
