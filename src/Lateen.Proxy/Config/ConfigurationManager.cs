using Envoy.Config.Bootstrap.V3;
using Envoy.Config.Core.V3;
using Google.Protobuf;
using Lateen.Core;
using Lateen.Proxy.Config.Decode;
using Lateen.Proxy.Discovery;
using Lateen.Proxy.Stats;
using Lateen.Xds;
using ClusterProto = Envoy.Config.Cluster.V3.Cluster;

namespace Lateen.Proxy.Config;

/// <summary>
/// Takes in all configuration, static and discovered: decodes, validates, warms, publishes. A bad resource is refused
/// alone and the
/// last good one stays. Any thread may call; calls are put in order by one lock, which no worker ever takes.
/// </summary>
internal sealed partial class ConfigurationManager : IDisposable
{
    private readonly Lock _lock = new();
    private readonly ProxyResources _resources;
    private readonly TimeProvider _clock;
    private readonly StartProgress _start;
    private DiscoverySource? _clusterSource;
    private DiscoverySource? _listenerSource;

    public ConfigurationManager(ProxyResources resources, TimeProvider clock)
    {
        _resources = resources;
        _clock = clock;
        Clusters = new ClusterManager(resources, clock, _lock, () => WantedChanged?.Invoke());
        Listeners = new ListenerManager(resources, clock);
        RouteTables = new RouteManager(resources, Unknown, clock);
        _start = new StartProgress(Runtime, Clusters, Listeners);
        Listeners.Drained += () => WantedChanged?.Invoke();
        resources.OnDemand.Asked += () => WantedChanged?.Invoke();
        SecretsManager = new SecretManager(resources, clock, _lock);
        resources.ListenersSettled = OnListenersSettled;
    }

    /// <summary>Raised when names to be discovered may have changed.</summary>
    public event Action? WantedChanged;

    /// <summary>Raised when resources were applied.</summary>
    public event Action? Changed;

    public ClusterManager Clusters { get; }

    public ListenerManager Listeners { get; }

    public RuntimeLayers Runtime { get; } = new();

    public UnknownFieldCounter Unknown { get; } = new();

    public ProxyResources Resources => _resources;

    public RouteManager RouteTables { get; }

    public IReadOnlyDictionary<string, ResourceVersion> Routes => RouteTables.Tables;

    public SecretManager SecretsManager { get; }

    public IReadOnlyDictionary<string, ResourceVersion> Secrets => SecretsManager.Versions;

    /// <summary>Held while tables are read by others (admin).</summary>
    public Lock SyncRoot => _lock;

    /// <summary>Where the start-up is: clusters first, then listeners.</summary>
    public ServerState State
    {
        get
        {
            lock (_lock)
            {
                return _start.Advance();
            }
        }
    }

    /// <summary>
    /// Clusters warm after the start: as in Envoy, nothing is said about clusters to the control plane until they are
    /// in force.
    /// </summary>
    public bool HoldsClusterRequests
    {
        get
        {
            lock (_lock)
            {
                return _start.ClustersReady && Clusters.IsWarming;
            }
        }
    }

    /// <summary>Takes in the static resources: secrets, clusters, listeners. Any error is fatal for the
    /// start.</summary>
    public List<ConfigError> ApplyBootstrap(Bootstrap bootstrap)
    {
        lock (_lock)
        {
            var errors = new List<ConfigError>();
            var resources = bootstrap.StaticResources ?? new Bootstrap.Types.StaticResources();
            var context = new DecodeContext { Resources = _resources, IsStatic = true };
            _clusterSource = bootstrap.DynamicResources?.CdsConfig is { } cds
                ? SourceDecoder.DecodeFirst(cds, bootstrap, "dynamic_resources.cds_config", context)
                : null;
            _listenerSource = bootstrap.DynamicResources?.LdsConfig is { } lds
                ? SourceDecoder.DecodeFirst(lds, bootstrap, "dynamic_resources.lds_config", context)
                : null;
            _start.DiscoversClusters = _clusterSource is not null;
            _start.DiscoversListeners = _listenerSource is not null;
            _resources.IsAdsDelta =
                bootstrap.DynamicResources?.AdsConfig?.ApiType == ApiConfigSource.Types.ApiType.DeltaGrpc;
            SourceDecoder.RefuseLocators(bootstrap, context);
            BootstrapExtensionDecoder.Decode(bootstrap.BootstrapExtensions, context);
            Runtime.Read(bootstrap, context);
            errors.AddRange(context.Errors);
            for (var i = 0; i < resources.Secrets.Count; i++)
            {
                ResourceGuard.Collect(SecretsManager.Apply(resources.Secrets[i].ToByteString(), "", DiscoverySource.Ads,
                    true),
                    $"static_resources.secrets[{i}]", errors);
            }
            var names = new HashSet<string>();
            for (var i = 0; i < resources.Clusters.Count; i++)
            {
                var cluster = resources.Clusters[i];
                var path = $"static_resources.clusters[{i}]";
                if (!names.Add(cluster.Name))
                {
                    errors.Add(new ConfigError(
                        path, "CLUSTER_DUPLICATE", $"cluster manager: duplicate cluster '{cluster.Name}'"));
                    continue;
                }
                ResourceGuard.Collect(ResourceGuard.Run(cluster.Name, () =>
                    Clusters.Apply(cluster.ToByteString(), cluster, "", true)),
                    path, errors);
            }
            for (var i = 0; i < resources.Listeners.Count; i++)
            {
                var listener = resources.Listeners[i];
                ResourceGuard.Collect(ResourceGuard.Run(listener.Name, () =>
                    Listeners.Apply(listener.ToByteString(), listener, "", true)),
                    $"static_resources.listeners[{i}]", errors);
            }
            return errors;
        }
    }

    /// <summary>
    /// Applies discovered resources of one type. Each is taken or refused by itself; removed names are given up (but
    /// for route tables, assignments and secrets, whose last version stays).
    /// </summary>
    /// <param name="typeUrl">Of all of them.</param>
    /// <param name="source">Where they come from.</param>
    /// <param name="version">Of the response.</param>
    /// <param name="resources">In the order in which they are taken.</param>
    /// <param name="removed">Names.</param>
    /// <param name="endsAtRefusal">What follows the first that is refused is refused with it.</param>
    public List<ResourceOutcome> Apply(
        string typeUrl, DiscoverySource source, string version, IReadOnlyList<DiscoveredResource> resources,
        IReadOnlyList<string> removed, bool endsAtRefusal = false)
    {
        var outcomes = new List<ResourceOutcome>(resources.Count);
        var hasChanged = typeUrl != TypeUrls.ClusterLoadAssignment;
        var answered = resources;
        lock (_lock)
        {
            var wasWarming = Clusters.IsWarming;
            var changes = (Clusters.ChangeCount, Listeners.ChangeCount);
            if (typeUrl == TypeUrls.Listener)
            {
                Listeners.Failures.Clear();
            }
            foreach (var name in removed)
            {
                Remove(typeUrl, name, source);
            }
            var names = new HashSet<string>(StringComparer.Ordinal);
            if (typeUrl == TypeUrls.VirtualHost)
            {
                outcomes.AddRange(RouteTables.ApplyHosts(source, resources, removed));
                resources = [];
            }
            else if (typeUrl == TypeUrls.ScopedRouteConfiguration)
            {
                outcomes.AddRange(ApplyScopes(source, version, resources, removed));
                resources = [];
            }
            else if (typeUrl == TypeUrls.ClusterLoadAssignment && resources.Count > 1 && !endsAtRefusal
                && AssignmentCheck.Run(_resources, resources) is { Count: > 0 } refused)
            {
                // As in Envoy, a bad assignment spoils the whole response.
                outcomes.AddRange(refused);
                resources = [];
            }
            foreach (var resource in resources)
            {
                if (endsAtRefusal && outcomes.Count > 0 && !outcomes[^1].IsAccepted)
                {
                    outcomes.Add(ResourceOutcome.RejectedWithOthers(resource.Name));
                    continue;
                }
                outcomes.Add(names.Add(resource.Name)
                    ? ResourceGuard.Run(resource.Name, () => ApplyOne(typeUrl, resource.Version, resource.Body, source))
                    : RefuseDuplicate(typeUrl, resource));
            }
            _start.OnAnswered(typeUrl);
            // What changes nothing has no say in the version either.
            if (changes != (Clusters.ChangeCount, Listeners.ChangeCount))
            {
                SetVersion(typeUrl, version);
            }
            Clusters.ActivateWarm();
            outcomes.AddRange(Listeners.ActivateWarm());
            hasChanged |= wasWarming != Clusters.IsWarming;
        }
        if (hasChanged)
        {
            WantedChanged?.Invoke();
        }
        AnswerRequests(typeUrl, source, answered, removed);
        Changed?.Invoke();
        return outcomes;
    }

    /// <summary>Applies resources of the aggregated stream, told by name, version and encoded message.</summary>
    public List<ResourceOutcome> Apply(
        string typeUrl, IEnumerable<(string Name, string Version, ByteString Body)> resources,
        IEnumerable<string> removed) =>
        Apply(typeUrl, DiscoverySource.Ads, "",
            [.. resources.Select(resource =>
                new DiscoveredResource(resource.Name, resource.Version, resource.Body, []))],
            [.. removed]);

    /// <summary>All that is to be discovered now; listeners only when the clusters are there.</summary>
    public List<WantedResource> GetWanted()
    {
        var wanted = new List<WantedResource>();
        lock (_lock)
        {
            Runtime.AddWanted(wanted);
            if (Runtime.IsAwaited)
            {
                return wanted;
            }
            if (_clusterSource is { } clusters)
            {
                wanted.Add(new WantedResource(TypeUrls.Cluster, "", clusters, "cluster_manager.cds."));
            }
            Clusters.AddWanted(wanted);
            if (_listenerSource is { } listeners && (State != ServerState.PreInitializing || _start.ClustersReady))
            {
                wanted.Add(new WantedResource(TypeUrls.Listener, "", listeners, "listener_manager.lds."));
            }
            Listeners.AddWanted(wanted);
            Listeners.CountScopes();
            _resources.OnDemand.AddWanted(wanted);
            if (_resources.Workloads.Source is { } workloads)
            {
                wanted.Add(new WantedResource(WorkloadIndex.TypeUrl, "", workloads, ""));
            }
        }
        wanted.RemoveAll(resource => resource.Source.Kind == DiscoveryKind.Provided);
        return wanted;
    }

    /// <summary>
    /// An update begins or, with -1, is over, its statistics included: the start is not over before.
    /// </summary>
    public void NoteUpdate(int change)
    {
        lock (_lock)
        {
            _start.NoteUpdate(change);
        }
    }

    /// <summary>Gives up what only helps while much comes at once.</summary>
    public void OnQuiet()
    {
        lock (_lock)
        {
            _resources.SharedDecodes.ForgetBytes();
            _resources.Stats.ShareLists();
        }
    }

    /// <summary>Adds a cluster that counts as one of the bootstrap, or replaces it.</summary>
    public IReadOnlyList<ConfigError> SetCluster(ClusterProto cluster)
    {
        lock (_lock)
        {
            return ResourceGuard.Run(cluster.Name, () => Clusters.Apply(cluster.ToByteString(), cluster, "", true))
                .Errors;
        }
    }

    /// <summary>Names of secrets that the process is to give the proxy.</summary>
    public IReadOnlyCollection<string> GetProvidedSecrets()
    {
        var wanted = new List<WantedResource>();
        lock (_lock)
        {
            Clusters.AddWanted(wanted);
            Listeners.AddWanted(wanted);
        }
        return [.. wanted
            .Where(resource => resource.Source.Kind == DiscoveryKind.Provided)
            .Select(resource => resource.Name)
            .Distinct()];
    }

    /// <summary>Nothing came in time, or what came was refused: nothing waits for it any longer.</summary>
    /// <param name="typeUrl">The type.</param>
    /// <param name="name">As its source keeps it; empty for all of the type.</param>
    public void EndWait(string typeUrl, string name)
    {
        lock (_lock)
        {
            if (typeUrl == TypeUrls.ScopedRouteConfiguration)
            {
                _resources.Scopes.GiveUp(name);
            }
            else if (typeUrl == TypeUrls.Runtime)
            {
                Runtime.GiveUp(name);
            }
            else if (DiscoverySource.Unscope(name).Length == 0 && typeUrl != TypeUrls.VirtualHost)
            {
                _start.OnAnswered(typeUrl);
            }
            else if (typeUrl == TypeUrls.RouteConfiguration)
            {
                _resources.Routes.GetOrAdd(name).IsGivenUp = true;
                _resources.OnDemand.Answer(typeUrl, name);
            }
            else if (typeUrl == TypeUrls.VirtualHost)
            {
                RouteTables.GiveUpHosts();
            }
            else if (typeUrl == TypeUrls.Secret)
            {
                _resources.Secrets.GiveUp(name);
            }
            else if (typeUrl == TypeUrls.TypedExtensionConfig)
            {
                _resources.Extensions.GiveUp(name);
            }
            Clusters.ActivateWarm();
            Listeners.ActivateWarm();
        }
    }

    /// <summary>Hands listeners that are ready to the workers, now and from now on. Returns those that cannot be
    /// bound.</summary>
    public List<ResourceOutcome> Start(IListenerRuntime runtime)
    {
        lock (_lock)
        {
            return Listeners.Start(runtime);
        }
    }

    public void Dispose()
    {
        Runtime.Dispose();
        SecretsManager.Dispose();
        Clusters.Dispose();
    }

    private void OnListenersSettled()
    {
        lock (_lock)
        {
            Listeners.ActivateWarm();
        }
        Changed?.Invoke();
    }

    private void SetVersion(string typeUrl, string version)
    {
        if (typeUrl == TypeUrls.Cluster)
        {
            Clusters.Version = version;
        }
        else if (typeUrl == TypeUrls.Listener)
        {
            Listeners.Version = version;
        }
    }
}
