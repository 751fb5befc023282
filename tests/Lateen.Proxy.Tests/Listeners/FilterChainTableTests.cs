using System.Text;
using Lateen.Core;
using Lateen.Proxy.Addresses;
using Lateen.Proxy.Listeners;
using Lateen.Proxy.Streams;

namespace Lateen.Proxy.Tests.Listeners;

public sealed class FilterChainTableTests
{
    [Fact]
    public void MatchFilterChain_PortSubtreeWithoutFit_DoesNotFallBack()
    {
        var table = Build(
            ("port", new FilterChainMatch { DestinationPort = 80, ServerNames = ["x"] }),
                ("any", new FilterChainMatch()));

        Assert.Null(table.MatchFilterChain(Connection("10.0.0.1:80", "y")));
        Assert.Equal("port", table.MatchFilterChain(Connection("10.0.0.1:80", "x"))?.Name);
        Assert.Equal("any", table.MatchFilterChain(Connection("10.0.0.1:81", "y"))?.Name);
    }

    [Fact]
    public void MatchFilterChain_PrefixTaken_IsNotLeftForAnother()
    {
        Assert.True(CidrRange.TryParse("10.0.0.0/8", out var range));
        var table = Build(
            ("narrow", new FilterChainMatch { PrefixRanges = [range], ServerNames = ["x"] }),
                ("any", new FilterChainMatch()));

        Assert.Null(table.MatchFilterChain(Connection("10.1.1.1:80", "y")));
        Assert.Equal("any", table.MatchFilterChain(Connection("11.1.1.1:80", "y"))?.Name);
    }

    [Theory]
    [InlineData("a.b.example.com", "deep")]
    [InlineData("a.example.com", "wide")]
    [InlineData("b.example.com", "exact")]
    [InlineData("example.com", null)]
    public void MatchFilterChain_ServerNames_LongestWildcardWins(string name, string? expected)
    {
        var table = Build(
            ("wide", new FilterChainMatch { ServerNames = ["*.example.com"] }),
            ("deep", new FilterChainMatch { ServerNames = ["*.b.example.com"] }),
            ("exact", new FilterChainMatch { ServerNames = ["b.example.com"] }));

        Assert.Equal(expected, table.MatchFilterChain(Connection("10.0.0.1:80", name))?.Name);
    }

    [Fact]
    public void MatchFilterChain_ApplicationProtocols_GoByTheClientsOrder()
    {
        var table = Build(
            ("h2", new FilterChainMatch { ApplicationProtocols = ["h2"] }),
            ("istio", new FilterChainMatch { ApplicationProtocols = ["istio"] }));
        var connection = Connection("10.0.0.1:80", "");
        connection.ApplicationProtocols = ["istio"u8.ToArray(), "h2"u8.ToArray()];

        Assert.Equal("istio", table.MatchFilterChain(connection)?.Name);
    }

    [Theory]
    [InlineData("127.0.0.1:5", "local")]
    [InlineData("10.0.0.1:5", "local")]
    [InlineData("127.0.0.2:5", "external")]
    public void MatchFilterChain_SourceType_KnowsOneLoopbackAddress(string remote, string expected)
    {
        var table = Build(
            ("local", new FilterChainMatch { SourceType = SourceType.SameIpOrLoopback }),
            ("external", new FilterChainMatch { SourceType = SourceType.External }));
        var connection = Connection("10.0.0.1:80", "");
        connection.RemoteAddress = Address(remote);

        Assert.Equal(expected, table.MatchFilterChain(connection)?.Name);
    }

    [Fact]
    public void Build_SameCriteriaTwice_IsAnError()
    {
        var errors = new List<ConfigError>();

        FilterChainTable.Build([(new(), Chain("a")), (new(), Chain("b"))], "filter_chains", errors);

        Assert.Contains("overlapping", Assert.Single(errors).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void MatchFilterChain_Warm_AllocatesNothing()
    {
        var table = Build(
            ("tls", new FilterChainMatch { TransportProtocol = "tls", ServerNames = ["*.example.com"] }),
            ("any", new FilterChainMatch()));
        var connection = Connection("10.0.0.1:80", "a.example.com");
        table.MatchFilterChain(connection);

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
        {
            table.MatchFilterChain(connection);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static FilterChainTable Build(params (string Name, FilterChainMatch Match)[] chains)
    {
        var errors = new List<ConfigError>();
        var table = FilterChainTable.Build(
            [.. chains.Select(chain => (chain.Match, Chain(chain.Name)))], "filter_chains", errors);
        Assert.Empty(errors);
        return table;
    }

    private static FilterChain Chain(string name) => new() { Name = name, Filters = [] };

    private static ConnectionInfo Connection(string local, string serverName) => new()
    {
        LocalAddress = Address(local),
        RemoteAddress = Address("192.0.2.1:999"),
        DirectRemoteAddress = Address("192.0.2.1:999"),
        RequestedServerName = Encoding.ASCII.GetBytes(serverName),
    };

    private static Address Address(string text)
    {
        Assert.True(Addresses.Address.TryParse(Encoding.ASCII.GetBytes(text), out var address));
        return address;
    }
}
