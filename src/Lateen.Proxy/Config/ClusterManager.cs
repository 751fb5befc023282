using Envoy.Config.Endpoint.V3;
using Google.Protobuf;
using Lateen.Proxy.Clusters;
using Lateen.Proxy.Config.Decode;
using Lateen.Proxy.Discovery;
using Lateen.Proxy.Dns;
using Lateen.Proxy.Stats;
using Lateen.Xds;
using ClusterProto = Envoy.Config.Cluster.V3.Cluster;

namespace Lateen.Proxy.Config;

/// <summary>
/// Takes in clusters and their endpoints, warms them and puts them into force. Calls come one at a time, from
/// <see cref="ConfigurationManager"/>.
/// </summary>
internal sealed class ClusterManager : IDisposable
{
    private readonly ProxyResources _resources;
    private readonly TimeProvider _clock;
    private readonly Action _onChanged;
    private readonly ClusterManagerStats _stats;
    private readonly ClusterEntries _entries = new();
    private readonly Dictionary<string, ResourceVersion> _assignments = [];
    private readonly ResourcePacker _packer = new();
    private readonly ResourcePacker _assignmentPacker = new();
    private readonly Lock _lock;
    private readonly ClusterBuilder _builder;

    public ClusterManager(ProxyResources resources, TimeProvider clock, Lock configurationLock, Action onChanged)
    {
        _resources = resources;
        _clock = clock;
        _lock = configurationLock;
        _onChanged = onChanged;
        _stats = new ClusterManagerStats(resources.Stats);
        resources.Stats.AddSource(CollectBreakers);
        _builder = new ClusterBuilder(resources, clock, _stats.CountMerge);
        _entries.AssignmentUnused += key => _assignments.Remove(key);
    }

    public IReadOnlyDictionary<string, ClusterEntry> Entries => _entries.ByName;

    public IReadOnlyDictionary<string, ResourceVersion> Assignments => _assignments;

    /// <summary>Whether any cluster warms.</summary>
    public bool IsWarming => _entries.Warming.Count > 0;

    /// <summary>The clusters in force by name. Thread: any.</summary>
    public IReadOnlyDictionary<string, Cluster> GetActive()
    {
        lock (_lock)
        {
            return Entries.Values.Where(entry => entry.Active is not null)
                .ToDictionary(entry => entry.Name, entry => entry.Active!, StringComparer.Ordinal);
        }
    }

    /// <summary>Clusters that came, changed or went so far.</summary>
    public int ChangeCount { get; private set; }

    /// <summary>Version of the clusters as a whole.</summary>
    public string Version { get; set; } = "";

    /// <summary>Adds what the clusters need to be discovered.</summary>
    public void AddWanted(List<WantedResource> wanted)
    {
        foreach (var cluster in Entries.Values.SelectMany(entry => entry.All))
        {
            if (cluster.Config.EdsSource is { } source)
            {
                wanted.Add(new WantedResource(
                    TypeUrls.ClusterLoadAssignment, cluster.Config.ServiceName, source, cluster.Stats.Scope.Prefix,
                    cluster));
            }
            foreach (var socket in cluster.Config.TransportSocketMatches.Append(cluster.Config.TransportSocket))
            {
                if (socket.Tls is { } tls)
                {
                    WantedSecrets.Add(tls, wanted);
                }
            }
        }
    }

    /// <summary>Adds or changes a cluster. One that equals what is there changes nothing.</summary>
    public ResourceOutcome Apply(ByteString source, ClusterProto cluster, string version, bool isStatic)
    {
        var entry = Entries.GetValueOrDefault(cluster.Name);
        if (entry is { IsStatic: true } && !isStatic)
        {
            return ResourceOutcome.Accepted(cluster.Name);
        }
        if ((entry?.WarmingSource ?? entry?.ActiveSource)?.Is(source) == true)
        {
            return ResourceOutcome.Accepted(cluster.Name);
        }
        if (entry?.Warming is not null && entry.ActiveSource?.Is(source) == true)
        {
            entry.DropWarming();
            return ResourceOutcome.Accepted(cluster.Name);
        }
        _stats.Count(entry is null ? ClusterManagerStat.ClusterAdded : ClusterManagerStat.ClusterModified);
        var context = new DecodeContext { Resources = _resources, IsStatic = isStatic };
        var config = ClusterDecoder.Decode(cluster, !isStatic, "", context);
        var assignment = cluster.LoadAssignment;
        var hosts = assignment is null || config is null || IsDns(config.Type)
            ? []
            : EndpointDecoder.Decode(assignment, "load_assignment", context);
        if (config is null || context.Errors.Count > 0)
        {
            return new ResourceOutcome(cluster.Name, context.Errors);
        }
        if (config.ForwardProxy is { } cacheConfig && cluster.ClusterType is { } custom
            && _resources.DnsCaches.GetOrAdd(cacheConfig) is null)
        {
            context.Error("cluster_type", "CLUSTER",
                $"config specified DNS cache '{cacheConfig.Name}' with different settings", custom.Name);
            return new ResourceOutcome(cluster.Name, context.Errors);
        }
        ChangeCount++;
        if (entry is null)
        {
            entry = _entries.Add(cluster.Name, isStatic);
            _resources.Clusters.GetOrAdd(cluster.Name).IsConfigured = true;
        }
        entry.StartWarming(_builder.Build(config, Entries.Count),
            _packer.Keep(source, version, _clock.GetUtcNow()));
        SupplyHosts(entry, cluster, hosts, context);
        UpdateCounts();
        return new ResourceOutcome(cluster.Name, context.Errors);
    }

    /// <summary>Removes a cluster that came by discovery.</summary>
    public void Remove(string name)
    {
        if (Entries.TryGetValue(name, out var entry) && !entry.IsStatic)
        {
            var slot = _resources.Clusters.GetOrAdd(name);
            (slot.Current, slot.IsConfigured) = (null, false);
            _entries.Remove(entry);
            _stats.Count(ClusterManagerStat.ClusterRemoved);
            ChangeCount++;
            UpdateCounts();
        }
    }

    /// <summary>Takes in an assignment: the hosts of the clusters that it belongs to are patched.</summary>
    public ResourceOutcome ApplyAssignment(ByteString source, string version, DiscoverySource from)
    {
        var assignment = ClusterLoadAssignment.Parser.ParseFrom(source);
        var name = assignment.ClusterName;
        var context = new DecodeContext { Resources = _resources };
        var hosts = EndpointDecoder.Decode(assignment, "", context);
        if (context.Errors.Count > 0)
        {
            return new ResourceOutcome(name, context.Errors);
        }
        var key = from.Scope(name);
        _assignments[key] = _assignmentPacker.Keep(source, version, _clock.GetUtcNow());
        foreach (var entry in _entries.Wanting(key))
        {
            foreach (var cluster in entry.All.ToArray())
            {
                if (cluster.Config.AssignmentKey == key)
                {
                    Assign(entry, cluster, assignment, hosts);
                }
            }
            TryActivate(entry);
        }
        UpdateCounts();
        return ResourceOutcome.Accepted(name);
    }

    /// <summary>Puts clusters into force whose hosts and secrets have come.</summary>
    public void ActivateWarm()
    {
        foreach (var entry in _entries.Warming.ToArray())
        {
            TryActivate(entry);
        }
        UpdateCounts();
    }

    public void Dispose()
    {
        foreach (var entry in Entries.Values)
        {
            entry.Active?.Dispose();
            entry.Warming?.Dispose();
        }
    }

    private static bool IsDns(DiscoveryType type) => type is DiscoveryType.StrictDns or DiscoveryType.LogicalDns;

    private static bool SecretsArrived(Cluster cluster) => cluster.Config.TransportSocketMatches
        .Append(cluster.Config.TransportSocket)
        .All(socket => socket.Tls?.IsSettled ?? true);

    private void SupplyHosts(ClusterEntry entry, ClusterProto proto, List<HostSpec> hosts, DecodeContext context)
    {
        var cluster = entry.Warming!;
        switch (cluster.Config.Type)
        {
            case DiscoveryType.Eds:
                AwaitAssignment(entry, proto);
                break;
            case DiscoveryType.StrictDns or DiscoveryType.LogicalDns:
                var targets = proto.LoadAssignment is null
                    ? []
                    : EndpointDecoder.DecodeNames(proto.LoadAssignment, "load_assignment", context);
                StartDns(entry, targets, proto.LoadAssignment);
                break;
            default:
                Assign(entry, cluster, proto.LoadAssignment, hosts);
                break;
        }
        // An answer from the name server may have come already.
        if (ReferenceEquals(entry.Warming, cluster))
        {
            TryActivate(entry);
        }
    }

    /// <summary>Gives a cluster its hosts; a warming one goes on when they have been checked.</summary>
    private void Assign(
        ClusterEntry entry, Cluster cluster, ClusterLoadAssignment? assignment, List<HostSpec> hosts)
    {
        cluster.DropShare = EndpointDecoder.DropShareOf(assignment);
        cluster.DropCategory = EndpointDecoder.DropCategoryOf(assignment);
        cluster.ApplyHosts(
            hosts, assignment is null ? 1.4 : EndpointDecoder.OverprovisioningOf(assignment),
            assignment?.Policy?.WeightedPriorityHealth ?? false);
        OnHosts(entry, cluster);
    }

    private void OnHosts(ClusterEntry entry, Cluster cluster)
    {
        if (!ReferenceEquals(entry.Warming, cluster) || !entry.AwaitsHosts)
        {
            return;
        }
        entry.AwaitsHosts = false;
        if (cluster.HealthChecker is not { } checker)
        {
            return;
        }
        entry.AwaitsHealth = true;
        checker.AwaitFirstRound(cluster.Hosts.Hosts, () => RunLate(() =>
        {
            if (ReferenceEquals(entry.Warming, cluster))
            {
                entry.AwaitsHealth = false;
                ActivateWarm();
            }
        }));
    }

    /// <summary>Runs something under the configuration's lock that comes from elsewhere.</summary>
    private void RunLate(Action action)
    {
        lock (_lock)
        {
            action();
        }
        _onChanged();
    }

    /// <summary>
    /// A changed cluster waits for its assignment to come anew, which a control plane sends after a changed cluster.
    /// Not where that would be for ever: files are asked at once, and a wait without a limit could have no end.
    /// </summary>
    private void AwaitAssignment(ClusterEntry entry, ClusterProto proto)
    {
        var cluster = entry.Warming!;
        var source = cluster.Config.EdsSource!;
        var isSentAgain = source.Kind != DiscoveryKind.File;
        if ((!isSentAgain || source.FetchTimeoutNanos == 0) && _assignments.ContainsKey(cluster.Config.AssignmentKey!))
        {
            ApplyHeld(entry, cluster);
            return;
        }
        StartFetchTimeout(entry, cluster, proto.EdsClusterConfig?.EdsConfig?.InitialFetchTimeout);
    }

    private void ApplyHeld(ClusterEntry entry, Cluster cluster)
    {
        if (_assignments.TryGetValue(cluster.Config.AssignmentKey!, out var held))
        {
            var assignment = ClusterLoadAssignment.Parser.ParseFrom(held.Source);
            var context = new DecodeContext { Resources = _resources };
            Assign(entry, cluster, assignment, EndpointDecoder.Decode(assignment, "", context));
        }
    }

    private void StartFetchTimeout(
        ClusterEntry entry, Cluster cluster, Google.Protobuf.WellKnownTypes.Duration? configured)
    {
        var nanos = Durations.Nanos(configured, 15_000_000_000);
        if (nanos <= 0)
        {
            return;
        }
        ITimer? timer = null;
        timer = _clock.CreateTimer(
            _ => OnFetchTimeout(), null, Durations.TimerSpan(nanos), Timeout.InfiniteTimeSpan);

        void OnFetchTimeout()
        {
            RunLate(() =>
            {
                timer?.Dispose();
                if (ReferenceEquals(entry.Warming, cluster) && entry.AwaitsHosts)
                {
                    cluster.Stats.Scope.AddFromMain((int)ClusterStat.InitFetchTimeout);
                    cluster.Stats.Scope.AddFromMain((int)ClusterStat.UpdateAttempt);
                    ApplyHeld(entry, cluster);
                    OnHosts(entry, cluster);
                    ActivateWarm();
                }
            });
        }
    }

    private void StartDns(ClusterEntry entry, List<DnsTarget> targets, ClusterLoadAssignment? assignment)
    {
        var cluster = entry.Warming!;
        var overprovisioning = assignment is null ? 1.4 : EndpointDecoder.OverprovisioningOf(assignment);
        cluster.DropShare = EndpointDecoder.DropShareOf(assignment);
        cluster.DropCategory = EndpointDecoder.DropCategoryOf(assignment);
        var resolver = new DnsResolver(
            cluster, targets, overprovisioning, _clock, _resources.RandomSeed, () => RunLate(() =>
            {
                OnHosts(entry, cluster);
                ActivateWarm();
            }));
        if (resolver.TryApplyAddresses())
        {
            OnHosts(entry, cluster);
            return;
        }
        cluster.Own(resolver);
        resolver.Start();
        if (!cluster.Config.WaitForWarmOnInit)
        {
            OnHosts(entry, cluster);
        }
    }

    private void TryActivate(ClusterEntry entry)
    {
        if (entry.Warming is { } cluster && !entry.AwaitsHosts && !entry.AwaitsHealth && SecretsArrived(cluster))
        {
            Activate(entry);
        }
    }

    private void Activate(ClusterEntry entry)
    {
        entry.Activate();
        var cluster = entry.Active!;
        cluster.IsInForce = true;
        _resources.Clusters.GetOrAdd(entry.Name).Current = cluster;
        if (cluster.Outlier is { } outlier)
        {
            var interval = Durations.TimerSpan(cluster.Config.OutlierDetection!.IntervalNanos);
            cluster.Own(_clock.CreateTimer(_ => outlier.OnInterval(), null, interval, interval));
        }
        if (cluster.Provider is OriginalDstHosts original)
        {
            var interval = Durations.TimerSpan(cluster.Config.CleanupIntervalNanos);
            cluster.Own(_clock.CreateTimer(_ => original.CleanUp(), null, interval, interval));
        }
    }

    private void UpdateCounts() => _stats.SetCounts(_entries.ActiveCount, _entries.Warming.Count);

    private void CollectBreakers(List<StatSample> samples)
    {
        lock (_lock)
        {
            foreach (var cluster in Entries.Values.Select(entry => entry.Active).OfType<Cluster>())
            {
                BreakerSamples.Collect(cluster, samples);
            }
        }
    }
}
