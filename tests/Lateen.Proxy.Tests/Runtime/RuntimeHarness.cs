using System.Collections.Immutable;
using System.Text;
using Lateen.Core.Logging;
using Lateen.Http.Http2;
using Lateen.Net;
using Lateen.Proxy.Addresses;
using Lateen.Proxy.Clusters;
using Lateen.Proxy.Filters;
using Lateen.Proxy.Http;
using Lateen.Proxy.Listeners;
using Lateen.Proxy.Overload;
using Lateen.Proxy.Routing;
using Lateen.Proxy.Runtime;
using Lateen.Proxy.Stats;

namespace Lateen.Proxy.Tests.Runtime;

/// <summary>A proxy of one worker whose turns the test makes; clients and upstreams live on the same loop.</summary>
internal sealed class RuntimeHarness : IDisposable
{
    private const int TurnsMax = 5000;

    private readonly ProxyRuntime _runtime;
    private readonly List<FakeUpstream> _upstreams = [];

    public RuntimeHarness(Logger? log = null, TimeProvider? clock = null)
    {
        _runtime = new ProxyRuntime(
            1, clock ?? TimeProvider.System, Clusters, 1, TimeSpan.FromSeconds(1), log ?? Logger.None,
            new OverloadState(Stats));
    }

    public StatsStore Stats { get; } = new(1);

    public ClusterTable Clusters { get; } = new();

    public ProxyRuntime Runtime => _runtime;

    public Worker Worker => _runtime.Workers[0];

    public EventLoop Loop => Worker.Loop;

    public FakeUpstream AddUpstream(bool tls = false)
    {
        var upstream = new FakeUpstream(Loop, tls);
        _upstreams.Add(upstream);
        return upstream;
    }

    public Cluster AddCluster(string name, ClusterConfig? config, params Address[] hosts)
    {
        var cluster = new Cluster(config ?? new ClusterConfig { Name = name }, Stats, 1, 7);
        cluster.ApplyHosts([.. hosts.Select(host => new HostSpec(host, "", new HostAttributes()))]);
        Clusters.GetOrAdd(name).Current = cluster;
        return cluster;
    }

    public static Route Route(string prefix, RouteAction action) => new()
    {
        Match = new RouteMatcher
        {
            Path = new PathMatcher { Kind = PathMatchKind.Prefix, Text = Encoding.UTF8.GetBytes(prefix) },
        },
        Action = action,
    };

    public HttpConnectionManagerConfig Manager(params Route[] routes) =>
        Manager(_ => new RouterFilter { Name = "router" }, routes);

    public HttpConnectionManagerConfig Manager(
        Func<int, HttpFilter> router, Route[] routes, CodecType codec = CodecType.Auto,
        long drainNanos = 5_000_000_000, Http2Limits? limits = null, params HttpFilter[] before)
    {
        var table = new RouteConfiguration
        {
            Name = "rc",
            VirtualHosts = [new VirtualHost { Name = "all", Domains = ["*"], Routes = [.. routes] }],
        };
        table.BuildDomains("", []);
        return new HttpConnectionManagerConfig
        {
            StatPrefix = "test",
            Codec = codec,
            Timeouts = new HttpTimeouts { DrainNanos = drainNanos },
            Http2 = new Http2Options { Limits = limits ?? Http2Limits.Default },
            Stats = new HttpStats(Stats, "test"),
            Http2Stats = new Http2Stats(Stats),
            Routes = new RouteConfigurationSlot("rc", table),
            HttpFilters = [.. before, router(0)],
            Upgrades = [("websocket", true)],
        };
    }

    /// <summary>Puts a listener with one chain into force and gives its address.</summary>
    public Address Listen(params NetworkFilterConfig[] filters) => Listen("main", filters);

    public Address Listen(string name, NetworkFilterConfig[] filters)
    {
        var chain = new FilterChain { Name = "chain", Filters = [.. filters] };
        var listener = new Listener
        {
            Name = name,
            Address = new Address(IpAddress.FromV4(0x7F000001), 0),
            FilterChains = FilterChainTable.Build([], "", []),
            AllFilterChains = ImmutableArray<FilterChain>.Empty,
            DefaultFilterChain = chain,
            Stats = new ListenerStats(Stats, name),
            Quota = new ConnectionQuota(name),
        };
        Assert.Null(_runtime.ApplyListener(listener, null, false));
        Loop.RunOnce(10);
        return _runtime.GetAddresses(name)[0];
    }

    public RawPeer Connect(Address address)
    {
        var peer = new RawPeer();
        peer.Connection = Connection.Connect(Loop, peer, NetAddresses.ToNet(address), default, SocketOptions.Default);
        return peer;
    }

    public void Until(string what, Func<bool> condition)
    {
        for (var i = 0; i < TurnsMax; i++)
        {
            if (condition())
            {
                return;
            }

            Loop.RunOnce(2);
        }

        Assert.Fail("Waited in vain for: " + what);
    }

    public void Dispose()
    {
        foreach (var upstream in _upstreams)
        {
            upstream.Dispose();
        }

        _runtime.Dispose();
        Loop.RunOnce(0);
        Loop.Dispose();
    }
}
