using System.Collections.Concurrent;
using System.Threading.Channels;
using Google.Protobuf.WellKnownTypes;
using Istio.Security.V1Beta1;
using Lateen.ControlPlane.Jwks;
using Lateen.Core.Logging;
using Lateen.Pilot.Model;
using Lateen.Pilot.Security;
using Lateen.TestKit;

namespace Lateen.ControlPlane.Tests.Jwks;

public sealed class JwksResolverTests : IAsyncLifetime
{
    private const string Address = "http://keys.example/jwks";
    private static readonly ObjectKey _policy = new(ObjectKind.RequestAuthentication, "shop", "tokens");
    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(30);
    private readonly VirtualClock _clock = new();
    private readonly ConcurrentQueue<string?> _told = [];
    private readonly Channel<TaskCompletionSource<string>> _fetches =
        Channel.CreateUnbounded<TaskCompletionSource<string>>();
    private readonly JwksResolver _resolver;

    public JwksResolverTests() => _resolver = Create(new JwksOptions());

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _resolver.DisposeAsync();

    [Fact]
    public async Task Use_AnswersAtOnce_TellsAndRenewsAfterTwentyMinutes()
    {
        var tried = _resolver.Use(_policy, [Rule()]);
        await AnswerAsync(FakeKeyServer.KeySet("a"));
        await tried;
        Assert.Equal([FakeKeyServer.KeySet("a")], _told);

        Pass(TimeSpan.FromMinutes(20));
        await AnswerAsync(FakeKeyServer.KeySet("a"));
        Pass(TimeSpan.FromMinutes(20));
        await AnswerAsync(FakeKeyServer.KeySet("b"));
        WaitFor(TimeSpan.FromMinutes(20));

        Assert.Equal([FakeKeyServer.KeySet("a"), FakeKeyServer.KeySet("b")], _told);
        Assert.Equal((3, 0), (_resolver.Successes, _resolver.Failures));
    }

    /// <summary>One try at first, so that the policy need not wait; then eight a second apart; then pauses that
    /// double.</summary>
    [Fact]
    public async Task Use_OfABrokenServer_TriesAgainWithGrowingPauses()
    {
        var tried = _resolver.Use(_policy, [Rule()]);
        await FailAsync();
        await tried;
        foreach (var minutes in (int[])[1, 2, 4, 8, 16, 32, 60, 60])
        {
            for (var i = 0; i < 8; i++)
            {
                Pass(TimeSpan.FromSeconds(1));
                await FailAsync();
            }
            WaitFor(TimeSpan.FromMinutes(minutes));
            Assert.Equal([$"key set of {Address}: broken"], _resolver.Problems);
            _clock.Advance(TimeSpan.FromMinutes(minutes) - TimeSpan.FromSeconds(1));
        }
        Pass(TimeSpan.FromSeconds(1));
        await AnswerAsync(FakeKeyServer.KeySet("a"));
        WaitFor(TimeSpan.FromMinutes(20));

        Assert.Equal([FakeKeyServer.KeySet("a")], _told);
        Assert.Empty(_resolver.Problems);
        Assert.Equal((1, 65), (_resolver.Successes, _resolver.Failures));
    }

    [Fact]
    public async Task Use_OfASilentServer_GivesUpAfterTheRulesTimeout()
    {
        var rule = Rule();
        rule.Timeout = Duration.FromTimeSpan(TimeSpan.FromSeconds(2));
        var tried = _resolver.Use(_policy, [rule]);
        await NextAsync();

        Pass(TimeSpan.FromSeconds(2));
        await tried;

        Assert.Equal([$"key set of {Address}: no answer within 2 s"], _resolver.Problems);
        Assert.Empty(_told);
    }

    [Theory]
    [InlineData(6, false)]
    [InlineData(8, true)]
    public async Task Keys_ThatCannotBeRenewed_StayForAWeek(int days, bool dropped)
    {
        var interval = TimeSpan.FromDays(days);
        await using var resolver = Create(new JwksOptions { RefreshInterval = interval });
        var tried = resolver.Use(_policy, [Rule()]);
        await AnswerAsync(FakeKeyServer.KeySet("a"));
        await tried;
        Pass(interval);
        await FailAsync();
        for (var i = 0; i < 7; i++)
        {
            Pass(TimeSpan.FromSeconds(1));
            await FailAsync();
        }
        WaitFor(TimeSpan.FromMinutes(1));

        Assert.Equal(dropped ? [FakeKeyServer.KeySet("a"), null] : [FakeKeyServer.KeySet("a")], _told);
    }

    [Fact]
    public async Task Keys_ThatProxiesCannotRead_AreAProblem()
    {
        var tried = _resolver.Use(_policy, [Rule()]);
        await AnswerAsync("");
        await tried;

        Assert.Equal([""], _told);
        Assert.Equal([$"key set of {Address}: holds no key that proxies can read"], _resolver.Problems);
    }

    [Fact]
    public async Task Fetch_ThatFailsInAnUnknownWay_IsTriedAgain()
    {
        var tried = _resolver.Use(_policy, [Rule()]);
        (await NextAsync()).SetException(new InvalidDataException("of another kind"));
        await tried;
        Assert.Contains("of another kind", Assert.Single(_resolver.Problems), StringComparison.Ordinal);

        Pass(TimeSpan.FromSeconds(1));
        await AnswerAsync(FakeKeyServer.KeySet("a"));
        WaitFor(TimeSpan.FromMinutes(20));

        Assert.Equal([FakeKeyServer.KeySet("a")], _told);
    }

    /// <summary>Whoever mends a server and puts the policy in again waits for no long pause.</summary>
    [Fact]
    public async Task Source_ThatFails_IsTriedAtOnceForAnotherPolicy()
    {
        var tried = _resolver.Use(_policy, [Rule()]);
        await FailAsync();
        await tried;
        WaitFor(TimeSpan.FromSeconds(1));

        tried = _resolver.Use(_policy with { Name = "other" }, [Rule()]);
        Assert.False(tried.IsCompleted);
        await AnswerAsync(FakeKeyServer.KeySet("a"));
        await tried;

        Assert.Equal([FakeKeyServer.KeySet("a")], _told);
    }

    [Fact]
    public async Task Sources_BeyondANamespacesShare_AreLeftOut()
    {
        var rules = Enumerable.Range(0, JwksResolver.NamespaceSourcesMax + 1)
            .Select(i => new JWTRule { Issuer = $"http://issuer-{i}.example" });
        await using var resolver = new JwksResolver(
            (_, _) => Task.FromResult(FakeKeyServer.KeySet("a")), new JwksOptions(), (_, keys) => _told.Enqueue(keys),
            _clock, Logger.None);

        await resolver.Use(_policy, rules);
        await resolver.Use(_policy with { Name = "other" }, [Rule()]);
        Assert.Equal(JwksResolver.NamespaceSourcesMax, _told.Count);

        await resolver.Use(_policy with { Namespace = "other" }, [Rule()]);
        Assert.Equal(JwksResolver.NamespaceSourcesMax + 1, _told.Count);
    }

    [Fact]
    public async Task Source_OfSeveralPolicies_IsFetchedOnceAndForgottenATurnAfterTheLast()
    {
        var other = _policy with { Name = "other" };
        var tried = Task.WhenAll(_resolver.Use(_policy, [Rule(), Rule("two")]), _resolver.Use(other, [Rule()]));
        await AnswerAsync(FakeKeyServer.KeySet("a"));
        await tried;
        Assert.Equal(1, _resolver.Successes);

        await _resolver.Use(_policy, []);
        Pass(TimeSpan.FromMinutes(20));
        await AnswerAsync(FakeKeyServer.KeySet("a"));
        await _resolver.Use(other, []);
        Pass(TimeSpan.FromMinutes(20));
        await AnswerAsync(FakeKeyServer.KeySet("a"));
        Pass(TimeSpan.FromMinutes(20));
        Assert.True(SpinWait.SpinUntil(() => _told.Count == 2, _limit));

        Assert.Equal([FakeKeyServer.KeySet("a"), null], _told);
        Assert.Equal(0, _clock.TimerCount);
    }

    private static JWTRule Rule(string issuer = "one") => new() { Issuer = issuer, JwksUri = Address };

    private async Task<string> FetchAsync(JwksSource source, CancellationToken cancellation)
    {
        Assert.Equal(new JwksSource(Address, ""), source);
        var answer = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        await _fetches.Writer.WriteAsync(answer, cancellation);
        return await answer.Task.WaitAsync(cancellation);
    }

    private async Task<TaskCompletionSource<string>> NextAsync() =>
        await _fetches.Reader.ReadAsync().AsTask().WaitAsync(_limit);

    private async Task AnswerAsync(string keys) => (await NextAsync()).SetResult(keys);

    private async Task FailAsync() => (await NextAsync()).SetException(new JwksException("broken"));

    /// <summary>The resolver goes on by itself after an answer, until it waits for its next turn.</summary>
    private void WaitFor(TimeSpan turn) => Assert.True(
        SpinWait.SpinUntil(() => _clock.NextTimer == turn, _limit), $"next is {_clock.NextTimer}, not {turn}");

    private void Pass(TimeSpan turn)
    {
        WaitFor(turn);
        _clock.Advance(turn);
    }

    private JwksResolver Create(JwksOptions options) =>
        new(FetchAsync, options, (_, keys) => _told.Enqueue(keys), _clock, Logger.None);
}
