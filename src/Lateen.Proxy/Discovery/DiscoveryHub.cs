using Lateen.Core.Logging;
using Lateen.Proxy.Config;
using Lateen.Proxy.Config.Decode;
using Lateen.Xds;

namespace Lateen.Proxy.Discovery;

/// <summary>
/// Between the sources of configuration and what takes it in: keeps a subscription for all that the configuration names
/// (the aggregated stream, streams of single types, polls, files), hands over what comes, counts and answers for it.
/// Any thread may call.
/// </summary>
internal sealed partial class DiscoveryHub : IDisposable
{
    private readonly ConfigurationManager _configuration;
    private readonly DiscoveryHubOptions _options;
    private readonly TimeProvider _clock;
    private readonly Logger _log;
    private readonly SubscriptionFactory _factory;
    private readonly Lock _lock = new();
    private readonly Dictionary<WatchKey, DiscoveryWatch> _watches = [];
    private readonly Dictionary<string, IDiscoverySubscription> _subscriptions = new(StringComparer.Ordinal);
    private readonly HashSet<string> _adsTypes = new(StringComparer.Ordinal);
    private long _watchCount;
    private bool _isUpdating;
    private bool _isStale;
    private bool _isOver;
    private bool _clustersPaused;

    public DiscoveryHub(
        ConfigurationManager configuration, DiscoveryHubOptions options, TimeProvider clock, Logger log)
    {
        _configuration = configuration;
        _options = options;
        _clock = clock;
        _log = log;
        _factory = new SubscriptionFactory(this, configuration.Resources.Stats, options, clock, log);
    }

    /// <summary>Begins; what files hold is in force when this returns.</summary>
    public void Start()
    {
        if (_options.Ads is { } ads)
        {
            var subscription = _factory.NewStream(ads, DiscoverySource.Ads, null, "");
            _subscriptions.Add("", subscription);
            Update();
            subscription.Start();
        }

        _configuration.WantedChanged += Update;
        Update();
    }

    /// <summary>A response of assignments or tables held none: nothing changes, and nobody waits any more.</summary>
    public void OnEmpty(DiscoverySource source, string typeUrl, string version, string? name = null)
    {
        var ended = new List<WatchKey>();
        lock (_lock)
        {
            foreach (var watch in Watches(source, typeUrl, name))
            {
                watch.OnEmpty(version, _clock.GetUtcNow());
                ended.Add(watch.Key);
            }
        }

        EndWaits(source, ended);
    }

    /// <summary>A response could not be used at all.</summary>
    public void OnRejected(DiscoverySource source, string typeUrl, string? name = null)
    {
        var ended = new List<WatchKey>();
        lock (_lock)
        {
            foreach (var watch in Watches(source, typeUrl, name))
            {
                watch.OnRejected();
                ended.Add(watch.Key);
            }
        }

        EndWaits(source, ended);
    }

    /// <summary>A source, or a type of it, could not be reached.</summary>
    public void OnFailure(DiscoverySource source, string? typeUrl = null, string? name = null)
    {
        lock (_lock)
        {
            foreach (var watch in Watches(source, typeUrl, name))
            {
                watch.OnFailure();
            }
        }
    }

    /// <summary>A file cannot be read or understood; nobody waits for it any more, so that the rest may
    /// start.</summary>
    public void OnUnreadable(DiscoverySource source, string typeUrl, string name)
    {
        var ended = new List<WatchKey>();
        lock (_lock)
        {
            foreach (var watch in Watches(source, typeUrl, name))
            {
                watch.OnUnreadable();
                ended.Add(watch.Key);
            }
        }

        EndWaits(source, ended);
    }

    public void Dispose()
    {
        _configuration.WantedChanged -= Update;
        lock (_lock)
        {
            _isOver = true;
            foreach (var watch in _watches.Values)
            {
                watch.Dispose();
            }

            foreach (var subscription in _subscriptions.Values)
            {
                subscription.Dispose();
            }
        }
    }

    // A stream of a single type serves one watch, as its resources are asked for one by one.
    private static string SubscriptionKey(DiscoverySource source, WatchKey key) =>
        source.Kind == DiscoveryKind.Ads ? "" : $"{source.Key}\n{key.TypeUrl}\n{key.Name}";

    private IEnumerable<DiscoveryWatch> Watches(DiscoverySource source, string? typeUrl, string? name) =>
        _watches.Values.Where(watch => watch.Key.SourceKey == source.Key
            && (typeUrl is null || watch.Key.TypeUrl == typeUrl) && (name is null || watch.Key.Name == name));

    /// <summary>
    /// Brings subscriptions in line with what is wanted. A call from within another, or beside it, has that one look
    /// again.
    /// </summary>
    private void Update()
    {
        lock (_lock)
        {
            if (_isUpdating || _isOver)
            {
                _isStale = true;
                return;
            }

            _isUpdating = true;
        }

        while (true)
        {
            _isStale = false;
            var started = UpdateOnce();
            foreach (var subscription in started)
            {
                subscription.Start();
            }

            lock (_lock)
            {
                if (!_isStale)
                {
                    _isUpdating = false;
                    return;
                }
            }
        }
    }

    private List<IDiscoverySubscription> UpdateOnce()
    {
        var wanted = _configuration.GetWanted();
        var started = new List<IDiscoverySubscription>();
        lock (_lock)
        {
            var asksAgain = new HashSet<string>(StringComparer.Ordinal);
            foreach (var watch in _watches.Values)
            {
                watch.BeginUpdate();
            }

            foreach (var resource in wanted)
            {
                var key = new WatchKey(resource.Source.Key, resource.TypeUrl, resource.Name);
                if (!_watches.TryGetValue(key, out var watch))
                {
                    watch = new DiscoveryWatch(key, _configuration.Resources.Stats) { Number = ++_watchCount };
                    _watches.Add(key, watch);
                    Begin(watch, resource, started);
                }

                if (watch.AddUser(resource.StatPrefix, resource.User) && resource.Source.Kind == DiscoveryKind.Ads)
                {
                    asksAgain.Add(resource.TypeUrl);
                }
            }

            foreach (var watch in _watches.Values.Where(watch => !watch.IsWanted).ToArray())
            {
                End(watch);
            }

            UpdateAds(asksAgain);
        }

        return started;
    }

    private void Begin(DiscoveryWatch watch, WantedResource resource, List<IDiscoverySubscription> started)
    {
        var source = resource.Source;
        watch.Source = source;
        watch.IsIncremental = (source.Kind == DiscoveryKind.Ads ? _options.Ads ?? source : source).Kind
            == DiscoveryKind.DeltaGrpc;
        // What EDS brings is waited for cluster by cluster.
        if (source.FetchTimeoutNanos > 0 && resource.TypeUrl != TypeUrls.ClusterLoadAssignment)
        {
            watch.StartTimer(_clock, Durations.TimerSpan(source.FetchTimeoutNanos), () => OnFetchTimeout(watch));
        }

        if (source.Kind == DiscoveryKind.Ads)
        {
            _adsTypes.Add(resource.TypeUrl);
            return;
        }

        var subscription = _factory.New(source, watch.Key, resource.StatPrefix);
        _subscriptions.Add(SubscriptionKey(source, watch.Key), subscription);
        subscription.Want(
            watch.Key.TypeUrl, watch.Key.Name.Length > 0 ? [watch.Key.Name] : [], watch.Key.Name.Length == 0);
        started.Add(subscription);
    }

    private void End(DiscoveryWatch watch)
    {
        _watches.Remove(watch.Key);
        if (watch.Source!.Kind != DiscoveryKind.Ads
            && _subscriptions.Remove(SubscriptionKey(watch.Source, watch.Key), out var subscription))
        {
            subscription.Dispose();
        }

        watch.Dispose();
    }

    private void UpdateAds(HashSet<string> asksAgain)
    {
        if (!_subscriptions.TryGetValue("", out var ads))
        {
            return;
        }

        var isPaused = _configuration.HoldsClusterRequests;
        if (isPaused && !_clustersPaused)
        {
            ads.SetPaused(TypeUrls.Cluster, true);
        }

        foreach (var typeUrl in _adsTypes)
        {
            var names = new List<string>();
            var all = false;
            foreach (var key in _watches.Keys)
            {
                if (key.SourceKey.Length == 0 && key.TypeUrl == typeUrl)
                {
                    all |= key.Name.Length == 0;
                    if (key.Name.Length > 0)
                    {
                        names.Add(key.Name);
                    }
                }
            }

            ads.Want(typeUrl, names, all);
            if (asksAgain.Contains(typeUrl))
            {
                ads.AskAgain(typeUrl);
            }
        }

        if (!isPaused && _clustersPaused)
        {
            ads.SetPaused(TypeUrls.Cluster, false);
        }

        _clustersPaused = isPaused;
    }

    private void OnFetchTimeout(DiscoveryWatch watch)
    {
        lock (_lock)
        {
            if (!watch.TryTimeOut())
            {
                return;
            }
        }

        EndWaits(watch.Source!, [watch.Key]);
    }

    private void EndWaits(DiscoverySource source, List<WatchKey> ended)
    {
        foreach (var key in ended)
        {
            _configuration.EndWait(key.TypeUrl, source.Scope(key.Name));
        }

        Update();
    }
}
