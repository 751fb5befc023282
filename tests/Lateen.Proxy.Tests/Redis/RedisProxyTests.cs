using System.Text;
using Lateen.Proxy.Formatting;
using Lateen.Proxy.Redis;
using Lateen.Proxy.Routing;
using Lateen.Proxy.Tests.Runtime;

namespace Lateen.Proxy.Tests.Redis;

public sealed class RedisProxyTests : IDisposable
{
    private readonly RuntimeHarness _harness = new();
    private readonly FakeUpstream _upstream;
    private readonly RedisUpstream _cluster;

    public RedisProxyTests()
    {
        _upstream = _harness.AddUpstream();
        _harness.AddCluster("redis", null, _upstream.Address);
        _cluster = Upstream("redis", new RedisSettings { OpTimeoutNanos = 5_000_000_000 });
    }

    public void Dispose()
    {
        _upstream.Dispose();
        _harness.Dispose();
    }

    [Fact]
    public void Ping_IsAnsweredHere()
    {
        var client = Connect(Config());

        client.Send("PING\r\n*1\r\n$4\r\nping\r\n*2\r\n$4\r\nECHO\r\n$2\r\nhi\r\n");

        _harness.Until("answers", () => client.Received == "+PONG\r\n+PONG\r\n$2\r\nhi\r\n");
        Assert.Equal(3, Read("redis.net.downstream_rq_total"));
    }

    [Theory]
    [InlineData("FOO a b\r\n", "-ERR unknown command 'FOO', with args beginning with: a\r\n")]
    [InlineData("GET\r\n", "-invalid request\r\n")]
    [InlineData("*1\r\n:1\r\n", "-invalid request\r\n")]
    [InlineData("MSET a\r\n", "-wrong number of arguments for 'MSET' command\r\n")]
    [InlineData("EXEC\r\n", "-EXEC without MULTI\r\n")]
    [InlineData("GET x\r\n", "-no upstream host\r\n")]
    public void Command_ThatCannotBeSent_IsRefused(string command, string expected)
    {
        var client = Connect(Config(catchAll: false));

        client.Send(command);

        _harness.Until(expected, () => client.Received == expected);
    }

    [Fact]
    public void Garbage_EndsTheConnection()
    {
        var client = Connect(Config());

        client.Send("*x");

        _harness.Until("end", () => client.IsOver);
        Assert.Equal("-downstream protocol error\r\n", client.Received);
        Assert.Equal(1, Read("redis.net.downstream_cx_protocol_error"));
    }

    [Fact]
    public void Simple_GoesToTheHostWithoutItsPrefix()
    {
        var client = Connect(Config(new RedisRoute
        {
            Prefix = Bytes("a:"),
            RemovePrefix = true,
            Upstream = _cluster,
        }));

        client.Send("GET a:k\r\n");
        Expect("*2\r\n$3\r\nGET\r\n$1\r\nk\r\n");
        _upstream.Peers[0].Send("$1\r\nv\r\n");

        _harness.Until("value", () => client.Received == "$1\r\nv\r\n");
        Assert.Equal(1, Read("redis.net.command.get.success"));
        Assert.Equal(1, Read("cluster.redis.upstream_rq_total"));
    }

    [Fact]
    public void KeyFormatter_MakesAnotherKey()
    {
        Assert.True(FormatString.TryParse($"x-{RedisRoute.KeyPlace}-y", out var format, out _));
        var client = Connect(Config(new RedisRoute { Prefix = Bytes("a:"), KeyFormat = format, Upstream = _cluster }));

        client.Send("GET a:k\r\n");

        Expect("*2\r\n$3\r\nGET\r\n$7\r\nx-a:k-y\r\n");
    }

    [Fact]
    public void Answers_KeepTheOrderOfTheCommands()
    {
        var client = Connect(Config());

        client.Send("GET a\r\nPING\r\n");
        Expect("*2\r\n$3\r\nGET\r\n$1\r\na\r\n");
        Assert.Equal("", client.Received);
        _upstream.Peers[0].Send("$-1\r\n");

        _harness.Until("both", () => client.Received == "$-1\r\n+PONG\r\n");
    }

    [Fact]
    public void Mget_AsksForEachKey()
    {
        var client = Connect(Config());

        client.Send("MGET a b\r\n");
        Expect("*2\r\n$3\r\nget\r\n$1\r\na\r\n*2\r\n$3\r\nget\r\n$1\r\nb\r\n");
        _upstream.Peers[0].Send("$1\r\n1\r\n:5\r\n");

        _harness.Until("list", () => client.Received == "*2\r\n$1\r\n1\r\n-upstream protocol error\r\n");
        Assert.Equal(1, Read("redis.net.command.mget.error"));
    }

    [Theory]
    [InlineData("DEL a b\r\n", ":1\r\n:1\r\n", ":2\r\n")]
    [InlineData("DEL a b\r\n", ":1\r\n-no\r\n", "-finished with 1 error(s)\r\n")]
    [InlineData("MSET a 1 b 2\r\n", "+OK\r\n+OK\r\n", "+OK\r\n")]
    [InlineData("MSET a 1 b 2\r\n", "+OK\r\n+NO\r\n", "-finished with 1 error(s)\r\n")]
    public void SplitCommand_JoinsItsAnswers(string command, string replies, string expected)
    {
        var client = Connect(Config());

        client.Send(command);
        _harness.Until("parts", () => _upstream.Peers.Count == 1
            && _upstream.Peers[0].Received.Split("*").Length == 3);
        _upstream.Peers[0].Send(replies);

        _harness.Until(expected, () => client.Received == expected);
    }

    [Fact]
    public void Transaction_HasAConnectionOfItsOwn()
    {
        var client = Connect(Config());

        client.Send("MULTI\r\nSET a 1\r\nEXEC\r\n");
        Expect("*1\r\n$5\r\nMULTI\r\n*3\r\n$3\r\nSET\r\n$1\r\na\r\n$1\r\n1\r\n*1\r\n$4\r\nEXEC\r\n");
        _upstream.Peers[0].Send("+OK\r\n+QUEUED\r\n*1\r\n+OK\r\n");

        _harness.Until("results", () => client.Received == "+OK\r\n+QUEUED\r\n*1\r\n+OK\r\n");
        _harness.Until("end", () => _upstream.Peers[0].IsOver);
    }

    [Fact]
    public void Host_ThatCannotBeReached_IsAFailure()
    {
        _harness.AddCluster("redis", null,
            new Lateen.Proxy.Addresses.Address(Lateen.Proxy.Addresses.IpAddress.FromV4(0x7F000001), 1));
        var client = Connect(Config());

        client.Send("GET a\r\nMGET a\r\n");

        _harness.Until("failures", () => client.Received == "-upstream failure\r\n*1\r\n-upstream failure\r\n");
    }

    [Fact]
    public void Password_IsAskedFor()
    {
        var client = Connect(Config(passwords: ["secret"]));

        client.Send("PING\r\nAUTH wrong\r\nAUTH secret\r\nPING\r\n");

        _harness.Until("answers", () => client.Received
            == "-NOAUTH Authentication required.\r\n-ERR invalid password\r\n+OK\r\n+PONG\r\n");
    }

    [Fact]
    public void Fault_Error_IsAnsweredInPlaceOfTheHost()
    {
        var faults = new RedisFaults([(new RedisFault(true, FractionalPercent.All, 0), ["get"])]);
        var client = Connect(Config(faults: faults));

        client.Send("GET a\r\n");

        _harness.Until("fault", () => client.Received == "-Fault Injected: Error\r\n");
        Assert.Equal(1, Read("redis.net.command.get.error_fault"));
    }

    [Fact]
    public void Mirror_GetsACopyOfWrites()
    {
        var other = _harness.AddUpstream();
        _harness.AddCluster("copy", null, other.Address);
        var mirror = new RedisMirror(Upstream("copy", _cluster.Settings), null, true);
        var client = Connect(Config(new RedisRoute { Prefix = Bytes(""), Upstream = _cluster, Mirrors = [mirror] }));

        client.Send("GET a\r\nSET a 1\r\n");

        _harness.Until("copy", () => other.Peers.Count == 1
            && other.Peers[0].Received == "*3\r\n$3\r\nSET\r\n$1\r\na\r\n$1\r\n1\r\n");
    }

    [Fact]
    public void Redirection_IsFollowed()
    {
        var other = _harness.AddUpstream();
        var upstream = Upstream("redis", _cluster.Settings with { EnableRedirection = true });
        var client = Connect(Config(new RedisRoute { Prefix = Bytes(""), Upstream = upstream }));

        client.Send("GET a\r\n");
        Expect("*2\r\n$3\r\nGET\r\n$1\r\na\r\n");
        _upstream.Peers[0].Send($"-ASK 1 {other.Address}\r\n");
        _harness.Until("asking", () => other.Peers.Count == 1
            && other.Peers[0].Received == "*1\r\n$6\r\nASKING\r\n*2\r\n$3\r\nGET\r\n$1\r\na\r\n");
        other.Peers[0].Send("+OK\r\n$1\r\n7\r\n");

        _harness.Until("value", () => client.Received == "$1\r\n7\r\n");
    }

    private static byte[] Bytes(string text) => Encoding.Latin1.GetBytes(text);

    private RedisUpstream Upstream(string cluster, RedisSettings settings) => new(
        _harness.Clusters.GetOrAdd(cluster), settings, new RedisUpstreamStats(_harness.Stats, cluster), 1);

    private void Expect(string command) => _harness.Until(command,
        () => _upstream.Peers.Count == 1 && _upstream.Peers[0].Received == command);

    private RawPeer Connect(RedisProxyConfig config) => _harness.Connect(_harness.Listen(config));

    private RedisProxyConfig Config(
        RedisRoute? route = null, bool catchAll = true, string[]? passwords = null, RedisFaults? faults = null) => new()
        {
            Name = "redis",
            Stats = new RedisStats(_harness.Stats, "net"),
            Routes = new RedisRouteTable(route is null ? [] : [route], false,
                catchAll ? new RedisRoute { Prefix = [], Upstream = _cluster } : null),
            Faults = faults ?? new RedisFaults([]),
            Passwords = [.. (passwords ?? []).Select(Bytes)],
        };

    private long Read(string name) => _harness.Stats.Collect().First(sample => sample.Name == name).Value;
}
