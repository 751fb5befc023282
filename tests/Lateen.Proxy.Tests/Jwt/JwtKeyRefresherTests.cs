using Lateen.Proxy.Clusters;
using Lateen.Proxy.Jwt;
using Lateen.Proxy.Routing;
using Lateen.Proxy.Stats;
using Lateen.Proxy.Tests.Runtime;

namespace Lateen.Proxy.Tests.Jwt;

/// <summary>Keys that are fetched ahead of requests.</summary>
public sealed class JwtKeyRefresherTests
{
    private const string Failure = "HTTP/1.1 500 No\r\ncontent-length: 0\r\n\r\n";
    private const string Keys = "HTTP/1.1 200 OK\r\ncontent-length: 84\r\n\r\n"
        + """{"keys":[{"kty":"oct","k":"MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY","kid":"a"}]}""";

    [Fact]
    public void Keep_FirstFetch_SettlesWithKeys()
    {
        using var harness = new RuntimeHarness();
        var (provider, upstream) = Provider(harness, Keys);
        var settled = 0;

        JwtKeyRefresher.Keep(harness.Worker, provider, Stats(harness), () => settled++);
        harness.Until("settled", () => settled == 1);

        Assert.True(provider.IsSettled);
        Assert.NotNull(provider.KeysAt(harness.Worker.NowNanos));
        Assert.StartsWith(
            "GET /keys HTTP/1.1\r\nhost: keys.example\r\n", Assert.Single(upstream.Requests), StringComparison.Ordinal);
    }

    [Fact]
    public void Keep_Failure_SettlesAndIsTriedAgain()
    {
        using var harness = new RuntimeHarness();
        var (provider, upstream) = Provider(harness, Failure, Keys);
        JwtKeySet? atFirst = null;

        JwtKeyRefresher.Keep(
            harness.Worker, provider, Stats(harness), () => atFirst = provider.KeysAt(harness.Worker.NowNanos));
        harness.Until("keys", () => provider.KeysAt(harness.Worker.NowNanos) is not null);

        Assert.Null(atFirst);
        Assert.Equal(2, upstream.Requests.Count);
        Assert.Equal((1, 1), (Count(harness, "jwks_fetch_failed"), Count(harness, "jwks_fetch_success")));
    }

    [Fact]
    public void Keep_WithRetries_CountsOneFetch()
    {
        using var harness = new RuntimeHarness();
        var retries = new RetryPolicy
        {
            On = RetryOn.Status5xx,
            RetryCount = 1,
            BaseIntervalNanos = 1_000_000,
            MaxIntervalNanos = 1_000_000_000,
        };
        var (provider, upstream) = Provider(harness, retries, Failure, Keys);
        var settled = 0;

        JwtKeyRefresher.Keep(harness.Worker, provider, Stats(harness), () => settled++);
        harness.Until("settled", () => settled == 1);

        Assert.NotNull(provider.KeysAt(harness.Worker.NowNanos));
        Assert.Equal(2, upstream.Requests.Count);
        Assert.Equal((0, 1), (Count(harness, "jwks_fetch_failed"), Count(harness, "jwks_fetch_success")));
    }

    private static (JwtProvider Provider, FakeUpstream Upstream) Provider(
        RuntimeHarness harness, params string[] answers) => Provider(harness, null, answers);

    private static (JwtProvider Provider, FakeUpstream Upstream) Provider(
        RuntimeHarness harness, RetryPolicy? retries, params string[] answers)
    {
        var upstream = harness.AddUpstream();
        upstream.Script.AddRange(answers);
        harness.AddCluster("keys", new ClusterConfig { Name = "keys" }, upstream.Address);
        var provider = new JwtProvider
        {
            Name = "p",
            Locations = [],
            Fetch = new JwtFetch
            {
                Cluster = harness.Clusters.GetOrAdd("keys"),
                Host = "keys.example"u8.ToArray(),
                Path = "/keys"u8.ToArray(),
                TimeoutNanos = 5_000_000_000,
                FailedNanos = 1_000_000,
                Retries = retries,
                IsAhead = true,
                HoldsListener = true,
            },
            IsSettled = false,
        };
        return (provider, upstream);
    }

    private static JwtAuthnStats Stats(RuntimeHarness harness) => new(Scope(harness), "jwt_authn.");

    private static long Count(RuntimeHarness harness, string name)
    {
        var scope = Scope(harness);
        return scope.Read(scope.GetOrAdd($"jwt_authn.{name}"));
    }

    private static StatsScope Scope(RuntimeHarness harness) =>
        harness.Stats.GetScope("http.test.", StatLayout.Empty);
}
