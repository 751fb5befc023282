using System.Text;
using Lateen.Core.Logging;
using Lateen.Proxy.Clusters;
using Lateen.Proxy.HealthChecks;
using Lateen.Proxy.Overload;
using Lateen.Proxy.Runtime;
using Lateen.Proxy.Stats;
using Lateen.Proxy.Tests.Runtime;
using Lateen.TestKit;

namespace Lateen.Proxy.Tests.HealthChecks;

/// <summary>Checks against an upstream on the same loop; time passes only when the test says so.</summary>
public sealed class HealthCheckerTests : IDisposable
{
    private const string Ok = "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";
    private const string Error = "HTTP/1.1 500 No\r\ncontent-length: 0\r\n\r\n";
    private const string Degraded = "HTTP/1.1 200 OK\r\nx-envoy-degraded: 1\r\ncontent-length: 0\r\n\r\n";
    private const string Excluded =
        "HTTP/1.1 500 No\r\nx-envoy-immediate-health-check-fail: 1\r\ncontent-length: 0\r\n\r\n";

    private readonly VirtualClock _clock = new();
    private readonly StatsStore _stats = new(1);
    private readonly Worker _worker;
    private readonly FakeUpstream _upstream;
    private Cluster? _cluster;

    public HealthCheckerTests()
    {
        _worker = new Worker(0, _clock, new ClusterTable(), 1, Logger.None, new OverloadState(_stats));
        _upstream = new FakeUpstream(_worker.Loop);
    }

    private Host Host => _cluster!.Hosts.Hosts[0];

    [Fact]
    public void Check_FirstSuccess_MakesHealthyWhateverTheThreshold()
    {
        _upstream.Script.Add(Ok);

        Start(Http with { HealthyThreshold = 5 });

        Until("healthy", () => Host.IsHealthy);
        Assert.StartsWith("GET /hc HTTP/1.1\r\nhost: c\r\nuser-agent: Envoy/HC\r\n", _upstream.Requests[0]);
        Assert.Single(_cluster!.Hosts.Priorities[0].Healthy);
    }

    [Fact]
    public void Check_BadStatus_MakesUnhealthyAtOnce()
    {
        _upstream.Script.AddRange([Ok, Error]);
        Start(Http with { UnhealthyThreshold = 3 });
        Until("healthy", () => Host.IsHealthy);

        NextCheck();

        Until("unhealthy", () => !Host.IsHealthy);
        Assert.Equal(HealthFlags.FailedActiveHealthCheck, Host.Health);
    }

    [Fact]
    public void Check_RetriableStatus_CountsTowardsTheThreshold()
    {
        _upstream.Script.AddRange([Ok, Error, Error]);
        Start(Http with { UnhealthyThreshold = 2, RetriableStatuses = [(500, 501)] });
        Until("healthy", () => Host.IsHealthy);

        NextCheck();
        Until("second request", () => _upstream.Requests.Count == 2);
        Turn();
        Assert.True(Host.IsHealthy);
        NextCheck();

        Until("unhealthy", () => !Host.IsHealthy);
    }

    [Fact]
    public void Check_NoAnswerInTime_SetsTheFlagOfTimeouts()
    {
        _upstream.Script.AddRange([Ok, ""]);
        Start(Http with { UnhealthyThreshold = 1 });
        Until("healthy", () => Host.IsHealthy);

        NextCheck();
        Until("second request", () => _upstream.Requests.Count == 2);
        _clock.Advance(TimeSpan.FromSeconds(2));

        Until("unhealthy", () => !Host.IsHealthy);
        Assert.Equal(HealthFlags.FailedActiveHealthCheck | HealthFlags.ActiveHealthCheckTimeout, Host.Health);
    }

    [Fact]
    public void Check_DegradedAnswer_MakesDegraded()
    {
        _upstream.Script.Add(Degraded);

        Start(Http);

        Until("degraded", () => Host.IsDegraded);
        Assert.Single(_cluster!.Hosts.Priorities[0].Degraded);
    }

    [Fact]
    public void Check_ImmediateFail_ExcludesTheHost()
    {
        _upstream.Script.AddRange([Ok, Excluded]);
        Start(Http);
        Until("healthy", () => Host.IsHealthy);

        NextCheck();

        Until("excluded", () => Host.IsExcluded);
        Assert.Equal(0, _cluster!.Hosts.Priorities[0].CountedHosts);
    }

    [Fact]
    public void ApplyHosts_HealthyHostIsDropped_StaysUntilItFails()
    {
        _upstream.Script.AddRange([Ok, Error]);
        Start(Http);
        Until("healthy", () => Host.IsHealthy);

        _cluster!.ApplyHosts([]);
        Assert.Equal(HealthFlags.PendingDynamicRemoval, Host.Health);
        NextCheck();

        Until("gone", () => _cluster.Hosts.Hosts.Length == 0);
    }

    [Fact]
    public void FirstRound_AllChecked_IsTold()
    {
        _upstream.Script.Add(Error);
        var isTold = false;

        Start(Http, () => isTold = true);

        Until("told", () => isTold);
        Assert.False(Host.IsHealthy);
    }

    [Fact]
    public void Tcp_ExpectedBytes_MakeHealthy()
    {
        _upstream.Script.Add("pong");

        Start(Http with
        {
            Kind = HealthCheckKind.Tcp,
            Send = Encoding.ASCII.GetBytes("ping\r\n\r\n"),
            Receive = [Encoding.ASCII.GetBytes("on"), Encoding.ASCII.GetBytes("g")],
        });

        Until("healthy", () => Host.IsHealthy);
    }

    public void Dispose()
    {
        _cluster?.Dispose();
        Turn();
        _upstream.Dispose();
        _worker.Loop.Dispose();
    }

    private static HealthCheckConfig Http => new()
    {
        TimeoutNanos = 1_000_000_000,
        IntervalNanos = 5_000_000_000,
        NoTrafficIntervalNanos = 5_000_000_000,
        NoTrafficHealthyIntervalNanos = 5_000_000_000,
        UnhealthyIntervalNanos = 5_000_000_000,
        UnhealthyEdgeIntervalNanos = 5_000_000_000,
        HealthyEdgeIntervalNanos = 5_000_000_000,
        UnhealthyThreshold = 1,
        HealthyThreshold = 1,
        Path = Encoding.ASCII.GetBytes("/hc"),
    };

    private void Start(HealthCheckConfig check, Action? firstRound = null)
    {
        var config = new ClusterConfig { Name = "c", HealthCheck = check, UpdateMergeWindowNanos = 0 };
        _cluster = new Cluster(config, _stats, 1, 7, _clock);
        _cluster.HealthChecker = new HealthChecker(_worker, _cluster, check, _stats);
        _cluster.Own(_cluster.HealthChecker);
        _cluster.ApplyHosts([new HostSpec(_upstream.Address, "", new HostAttributes())]);
        if (firstRound is not null)
        {
            _cluster.HealthChecker.AwaitFirstRound(_cluster.Hosts.Hosts, firstRound);
        }
    }

    private void NextCheck()
    {
        Turn();
        _clock.Advance(TimeSpan.FromMilliseconds(5100));
    }

    private void Turn()
    {
        for (var i = 0; i < 10; i++)
        {
            _worker.Loop.RunOnce(1);
        }
    }

    private void Until(string what, Func<bool> condition)
    {
        for (var i = 0; i < 5000 && !condition(); i++)
        {
            _worker.Loop.RunOnce(2);
        }
        Assert.True(condition(), "Waited in vain for: " + what);
    }
}
