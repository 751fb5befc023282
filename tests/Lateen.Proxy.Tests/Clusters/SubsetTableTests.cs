using Google.Protobuf.WellKnownTypes;
using Lateen.Proxy.Clusters;
using Lateen.Proxy.Config;

namespace Lateen.Proxy.Tests.Clusters;

public sealed class SubsetTableTests
{
    private const string Yaml = """
        name: c
        connect_timeout: 1s
        load_assignment:
          cluster_name: c
          endpoints:
          - lb_endpoints:
            - endpoint: {address: {socket_address: {address: 10.0.0.1, port_value: 1}}}
              metadata: {filter_metadata: {envoy.lb: {v: "1", z: "1"}}}
            - endpoint: {address: {socket_address: {address: 10.0.0.2, port_value: 1}}}
              metadata: {filter_metadata: {envoy.lb: {v: "2", z: "1"}}}
        lb_subset_config:
          fallback_policy: FALLBACK
          subset_selectors: [{keys: [v]}, {keys: [z, v], fallback_policy: KEYS_SUBSET, fallback_keys_subset: [v]}]
        """;

    [Theory]
    [InlineData("NO_FALLBACK", "v=1", "10.0.0.1:1")]
    [InlineData("NO_FALLBACK", "v=2", "10.0.0.2:1")]
    [InlineData("NO_FALLBACK", "v=2,z=1", "10.0.0.2:1")]
    [InlineData("NO_FALLBACK", "v=1,z=9", "10.0.0.1:1")]
    [InlineData("NO_FALLBACK", "v=9", null)]
    [InlineData("NO_FALLBACK", "v=1,other=1", null)]
    [InlineData("NO_FALLBACK", "", null)]
    [InlineData("ANY_ENDPOINT", "v=9", "any")]
    public void PickHost_ByMetadata_TakesTheSubset(string fallback, string wanted, string? expected)
    {
        using var manager = new ConfigurationManager(TestResources.Create(), TimeProvider.System);
        var bootstrap = new Envoy.Config.Bootstrap.V3.Bootstrap { StaticResources = new() };
        bootstrap.StaticResources.Clusters.Add(
            TestResources.Read<Envoy.Config.Cluster.V3.Cluster>(Yaml.Replace("FALLBACK\n", fallback + "\n")));
        Assert.Empty(manager.ApplyBootstrap(bootstrap));
        var cluster = manager.Clusters.Entries["c"].Active!;

        var host = cluster.PickHost(1, new LoadBalancerContext { Subset = Criteria(wanted) });

        Assert.Equal(expected, expected == "any" ? host is null ? null : "any" : host?.Address.ToString());
    }

    [Fact]
    public void From_LaterMappings_WinOverEarlierOnes()
    {
        var criteria = SubsetCriteria.From(
            new Struct { Fields = { ["v"] = Value.ForString("1"), ["z"] = Value.ForString("1") } },
            new Struct { Fields = { ["v"] = Value.ForString("2") } });

        Assert.Equal("v=\"2\"\0z=\"1\"", criteria!.Name);
        Assert.Null(SubsetCriteria.From(null, new Struct()));
    }

    private static SubsetCriteria? Criteria(string text)
    {
        var fields = new Struct();
        foreach (var pair in text.Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            fields.Fields[pair.Split('=')[0]] = Value.ForString(pair.Split('=')[1]);
        }
        return SubsetCriteria.From(fields);
    }
}
