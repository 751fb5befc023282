using System.Text;
using Envoy.Config.Route.V3;
using Google.Protobuf;
using Lateen.Proxy.Config;
using Lateen.Xds;

namespace Lateen.Proxy.Tests.Config;

/// <summary>Virtual hosts that come one by one: when tables come into force, and what a bad host does.</summary>
public sealed class RouteManagerTests : IDisposable
{
    private const string Rest =
        "virtual_hosts: [{name: rest, domains: ['*'], routes: [{match: {prefix: /}, direct_response: {status: 502}}]}]";

    private readonly ConfigurationManager _manager = new(TestResources.Create(), TimeProvider.System);

    public RouteManagerTests() =>
        ApplyTable($"{{name: \"80\", vhds: {{config_source: {{ads: {{}}}}}}, {Rest}}}");

    public void Dispose() => _manager.Dispose();

    [Fact]
    public void Table_BeforeAnyHost_IsNotInForce()
    {
        Assert.Null(_manager.Resources.Routes.Slots["80"].Current);
        Assert.NotNull(_manager.Resources.Routes.Slots["80"].VirtualHostSource);
    }

    [Fact]
    public void Table_HostsDoNotComeInTime_IsInForceWithItsOwn()
    {
        _manager.EndWait(TypeUrls.VirtualHost, "");

        Assert.Equal("rest", Match("a.com")!.Name);
    }

    [Fact]
    public void Hosts_ComeChangeAndGo_OthersStayTheSameObjects()
    {
        Assert.True(Apply("80/a", Host("a", "a.com"))[0].IsAccepted);
        Apply("80/b", Host("b", "b.com"));
        var first = Match("a.com");

        Apply("80/b", Host("b", "c.com"));

        Assert.Same(first, Match("a.com"));
        Assert.Equal("rest", Match("b.com")!.Name);
        Assert.Equal("b", Match("c.com")!.Name);
        _manager.Apply(TypeUrls.VirtualHost, [], ["80/a"]);
        Assert.Equal("rest", Match("a.com")!.Name);
        Assert.Equal("b", Match("c.com")!.Name);
    }

    [Fact]
    public void Host_ThatCannotBeDecoded_LeavesTheLastGoodAndLetsOthersIn()
    {
        Apply("80/a", Host("a", "a.com"));
        var first = Match("a.com");

        var outcomes = _manager.Apply(
            TypeUrls.VirtualHost, [Resource("80/a", "{name: a, domains: []}"), Resource("80/b", Host("b", "b.com"))],
                []);

        Assert.Equal("80/a", Assert.Single(outcomes).Name);
        Assert.False(outcomes[0].IsAccepted);
        Assert.Same(first, Match("a.com"));
        Assert.Equal("b", Match("b.com")!.Name);
    }

    [Fact]
    public void Host_WithADomainOfAnother_IsRefusedAndTheTableStays()
    {
        Apply("80/a", Host("a", "a.com"));

        var outcomes = Apply("80/b", Host("b", "a.com"));

        Assert.Contains(outcomes, outcome => !outcome.IsAccepted && outcome.Name == "80");
        Assert.Equal("a", Match("a.com")!.Name);
        // Both in one update: the domain moves.
        _manager.Apply(TypeUrls.VirtualHost, [Resource("80/b", Host("b", "a.com"))], ["80/a"]);
        Assert.Equal("b", Match("a.com")!.Name);
    }

    [Fact]
    public void Table_ChangedByRds_KeepsTheHosts()
    {
        Apply("80/a", Host("a", "a.com"));

        ApplyTable("""{name: "80", vhds: {config_source: {ads: {}}}, ignore_port_in_host_matching: true}""");

        Assert.Equal("a", Match("a.com:8080")!.Name);
        Assert.Null(Match("b.com"));
    }

    [Fact]
    public void Hosts_ThatCameBeforeTheirTable_AreInItFromTheStart()
    {
        Apply("81/a", Host("a", "a.com"));

        ApplyTable($"{{name: \"81\", vhds: {{config_source: {{ads: {{}}}}}}, {Rest}}}");

        Assert.Equal("a", Match("a.com", "81")!.Name);
        Assert.Equal("rest", Match("b.com", "81")!.Name);
    }

    [Fact]
    public void Table_AsPeopleSeeIt_HasTheHostsThatCame()
    {
        Apply("80/b", Host("b", "b.com"));
        Apply("80/a", Host("a", "a.com"));

        Assert.Equal(
            ["rest", "a", "b"], _manager.RouteTables.Whole("80").VirtualHosts.Select(host => host.Name));
    }

    [Fact]
    public void Source_OtherThanAnIncrementalStream_IsRefusedByName()
    {
        var outcome = ApplyTable("""{name: "81", vhds: {config_source: {path_config_source: {path: /dev/null}}}}""")[0];

        Assert.Contains(outcome.Errors, e => e.Message.Contains("vhds: only 'DELTA_GRPC'", StringComparison.Ordinal));
    }

    private Proxy.Routing.VirtualHost? Match(string host, string table = "80") =>
        _manager.Resources.Routes.Slots[table].Current!.MatchVirtualHost(Encoding.ASCII.GetBytes(host));

    private static string Host(string name, string domain) =>
        $"{{name: {name}, domains: [{domain}], routes: [{{match: {{prefix: /}}, direct_response: {{status: 200}}}}]}}";

    private List<ResourceOutcome> Apply(string name, string yaml) =>
        _manager.Apply(TypeUrls.VirtualHost, [Resource(name, yaml)], []);

    private List<ResourceOutcome> ApplyTable(string yaml)
    {
        var table = TestResources.Read<RouteConfiguration>(yaml);
        return _manager.Apply(TypeUrls.RouteConfiguration, [(table.Name, "1", table.ToByteString())], []);
    }

    private static (string Name, string Version, ByteString Body) Resource(string name, string yaml) =>
        (name, "1", TestResources.Read<VirtualHost>(yaml).ToByteString());
}
