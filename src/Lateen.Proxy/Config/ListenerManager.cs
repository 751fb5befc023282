using Google.Protobuf;
using Lateen.Proxy.Config.Decode;
using Lateen.Proxy.Discovery;
using Lateen.Proxy.Http;
using Lateen.Proxy.Listeners;
using Lateen.Proxy.Routing;
using Lateen.Proxy.Stats;
using Lateen.Xds;
using static Lateen.Proxy.Config.ListenerParts;
using ListenerProto = Envoy.Config.Listener.V3.Listener;

namespace Lateen.Proxy.Config;

/// <summary>
/// Takes in listeners, warms them until their routes and secrets have come, and puts them into force. Calls come one at
/// a time, from
/// <see cref="ConfigurationManager"/>.
/// </summary>
internal sealed class ListenerManager
{
    private static readonly StatLayout Layout = StatLayout.Build<ListenerManagerStat>(
    [
        ListenerManagerStat.TotalFilterChainsDraining, ListenerManagerStat.TotalListenersActive,
        ListenerManagerStat.TotalListenersDraining, ListenerManagerStat.TotalListenersWarming,
        ListenerManagerStat.WorkersStarted,
    ]);

    private static readonly StatLayout ScopeLayout = StatLayout.Build<RouteScopeStat>(
        [RouteScopeStat.ActiveScopes, RouteScopeStat.AllScopes, RouteScopeStat.OnDemandScopes]);

    private readonly ProxyResources _resources;
    private readonly TimeProvider _clock;
    private readonly StatsScope _stats;
    private readonly Dictionary<string, ListenerEntry> _entries = [];
    private readonly ListenerDrains _drains;
    private IListenerRuntime _runtime = new NoListenerRuntime();
    private bool _isRunning;
    private bool _isLive;
    private int _nextName;

    public ListenerManager(ProxyResources resources, TimeProvider clock)
    {
        _resources = resources;
        _clock = clock;
        _stats = resources.Stats.GetScope("listener_manager.", Layout);
        _drains = new ListenerDrains(clock, resources.DrainTime);
    }

    /// <summary>What the last update of listeners did not take.</summary>
    public List<ListenerFailure> Failures { get; } = [];

    /// <summary>Listeners that are out of force and drain.</summary>
    public IReadOnlyList<(Listener Listener, ResourceVersion Source)> Draining => _drains.Shown;

    /// <summary>Listeners of a drain no longer accept.</summary>
    public void CountStopped(int count) => _stats.AddFromMain((int)ListenerManagerStat.ListenerStopped, count);

    private enum ListenerManagerStat
    {
        ListenerAdded,
        ListenerCreateFailure,
        ListenerCreateSuccess,
        ListenerInPlaceUpdated,
        ListenerModified,
        ListenerRemoved,
        ListenerStopped,
        TotalFilterChainsDraining,
        TotalListenersActive,
        TotalListenersDraining,
        TotalListenersWarming,
        WorkersStarted,
    }

    public IReadOnlyDictionary<string, ListenerEntry> Entries => _entries;

    public IListenerRuntime Runtime => _runtime;

    public bool IsWarming => _entries.Values.Any(entry => entry.Warming is not null);

    private IEnumerable<Listener> All => _entries.Values.SelectMany(
        entry => new[] { entry.Active, entry.Warming }).OfType<Listener>().Concat(_drains.Listeners);

    /// <summary>Tables, by the names that their sources keep them under, which some listener uses.</summary>
    public IEnumerable<string> RouteNames => All.SelectMany(RoutesOf)
        .Concat(All.SelectMany(ScopesOf)
            .SelectMany(scoped => scoped.Scopes.Current.ByName.Values.Select(scope => scope.Routes))
            .Where(slot => slot.Source is not null))
        .Select(slot => slot.Source!.Scope(slot.Name));

    /// <summary>Listeners that came, changed or went so far.</summary>
    public int ChangeCount { get; private set; }

    /// <summary>Raised, by any thread, when what drained is gone.</summary>
    public event Action? Drained;

    /// <summary>Version of the listeners as a whole.</summary>
    public string Version { get; set; } = "";

    /// <summary>Adds what the listeners need to be discovered.</summary>
    public void AddWanted(List<WantedResource> wanted)
    {
        foreach (var secret in _resources.Secrets.WantedGenerics)
        {
            wanted.Add(new WantedResource(
                TypeUrls.Secret, secret.Name, secret.Source!, $"sds.{StatNames.Sanitize(secret.Name)}."));
        }
        foreach (var slot in All.SelectMany(SlotsOf))
        {
            wanted.Add(new WantedResource(TypeUrls.TypedExtensionConfig, slot.Name, slot.Source, slot.StatPrefix));
        }
        foreach (var chain in All.SelectMany(ChainsOf))
        {
            foreach (var hcm in chain.Filters.OfType<HttpConnectionManagerConfig>())
            {
                if (hcm.ScopedRoutes is { } scoped)
                {
                    AddScopes(hcm, scoped, wanted);
                }
                if (hcm.Routes.Source is { } source)
                {
                    wanted.Add(new WantedResource(TypeUrls.RouteConfiguration, hcm.Routes.Name, source,
                        $"{hcm.Stats.Scope.Prefix}rds.{StatNames.Sanitize(hcm.Routes.Name)}."));
                    if (hcm.Routes.VirtualHostSource is { } hosts)
                    {
                        wanted.Add(new WantedResource(
                            TypeUrls.VirtualHost, "", hosts, RouteManager.HostStatPrefix(hcm, hcm.Routes.Name)));
                    }
                }
            }
            if (chain.Tls is { } tls)
            {
                WantedSecrets.Add(tls, wanted);
            }
        }
    }

    /// <summary>All scoped routes of listeners, for dumps.</summary>
    public IEnumerable<(ScopedRoutes Routes, bool IsStatic)> ScopedRoutes => _entries.Values
        .SelectMany(entry => new[] { entry.Active, entry.Warming }.OfType<Listener>().SelectMany(ScopesOf)
            .Select(scoped => (scoped, entry.IsStatic)));

    /// <summary>Renews the gauges of scopes.</summary>
    public void CountScopes()
    {
        foreach (var scoped in All.SelectMany(ScopesOf).Where(scoped => scoped.StatPrefix.Length > 0))
        {
            var stats = _resources.Stats.GetScope(scoped.StatPrefix, ScopeLayout);
            _resources.Scopes.Count(stats, scoped.Scopes);
        }
    }

    /// <summary>Adds or changes a listener. One that equals what is there changes nothing.</summary>
    public ResourceOutcome Apply(ByteString source, ListenerProto listener, string version, bool isStatic)
    {
        if (listener.Name.Length == 0)
        {
            listener.Name = $"listener-{_nextName++}";
        }
        var entry = _entries.GetValueOrDefault(listener.Name);
        // Two listeners of the bootstrap may share a name as long as their addresses differ.
        if (entry is not null && isStatic)
        {
            listener.Name = $"{listener.Name}#{_nextName++}";
            entry = null;
        }
        if (entry is { IsStatic: true } && !isStatic)
        {
            return ResourceOutcome.Accepted(listener.Name);
        }
        if ((entry?.WarmingSource ?? entry?.ActiveSource)?.Is(source) == true)
        {
            return ResourceOutcome.Accepted(listener.Name);
        }
        if (entry?.Warming is not null && entry.ActiveSource?.Is(source) == true)
        {
            DropWarming(entry);
            return ResourceOutcome.Accepted(listener.Name);
        }
        return Build(source, listener, version, isStatic, entry);
    }

    /// <summary>Removes a listener that came by discovery; its connections drain.</summary>
    public void Remove(string name)
    {
        if (_entries.TryGetValue(name, out var entry) && !entry.IsStatic)
        {
            _entries.Remove(name);
            ChangeCount++;
            DropWarming(entry);
            if (entry.Active is { } active)
            {
                _runtime.RemoveListener(active);
                _drains.Add(active, entry.ActiveSource);
                CountDraining();
                active.Stats.Release();
                _stats.AddFromMain((int)ListenerManagerStat.ListenerRemoved);
            }
            UpdateCounts();
        }
    }

    /// <summary>Puts listeners into force whose routes and secrets have come; returns those that could not be
    /// bound.</summary>
    public List<ResourceOutcome> ActivateWarm()
    {
        var failures = new List<ResourceOutcome>();
        foreach (var entry in _entries.Values)
        {
            if (entry.Warming is { } listener && IsReady(listener) && Activate(entry) is { } error)
            {
                failures.Add(ResourceOutcome.Rejected(entry.Name, "LISTENER_BIND", error));
            }
        }
        UpdateCounts();
        return failures;
    }

    /// <summary>Starts the listeners that are ready on the workers. Returns those that could not be bound.</summary>
    public List<ResourceOutcome> Start(IListenerRuntime runtime)
    {
        _runtime = runtime;
        _isRunning = true;
        return ActivateWarm();
    }

    /// <summary>The first configuration is complete.</summary>
    public void SetLive()
    {
        _isLive = true;
        _stats.Set((int)ListenerManagerStat.WorkersStarted, 1);
        UpdateCounts();
    }

    private void AddScopes(HttpConnectionManagerConfig hcm, ScopedRoutes scoped, List<WantedResource> wanted)
    {
        if (scoped.Scopes.Source is not { } source)
        {
            return;
        }
        wanted.Add(new WantedResource(TypeUrls.ScopedRouteConfiguration, "", source, scoped.StatPrefix));
        foreach (var scope in scoped.Scopes.Current.ByName.Values)
        {
            if (_resources.Scopes.IsActive(scoped.Scopes, scope))
            {
                wanted.Add(new WantedResource(
                    TypeUrls.RouteConfiguration, scope.Routes.Name, scoped.Scopes.RoutesSource!,
                    $"{hcm.Stats.Scope.Prefix}rds.{StatNames.Sanitize(scope.Routes.Name)}."));
            }
        }
    }

    private bool IsReady(Listener listener) =>
        _isRunning
        && RoutesOf(listener).All(slot => slot.IsSettled)
        && ScopesOf(listener).All(scoped => scoped.Scopes.IsSettled)
        && SlotsOf(listener).All(slot => slot.IsSettled)
        && HttpFiltersOf(listener).All(filter => filter.IsSettled)
        && ChainsOf(listener).All(chain => chain.Tls?.IsSettled ?? true);

    private ResourceOutcome Build(
        ByteString source, ListenerProto listener, string version, bool isStatic, ListenerEntry? entry)
    {
        var context = new DecodeContext { Resources = _resources, IsStatic = isStatic };
        var built = ListenerDecoder.Decode(listener, entry?.Warming ?? entry?.Active, "", context);
        if (built is not null)
        {
            CheckAddress(built, context);
        }
        var counted = ListenerManagerStat.ListenerModified;
        if (built is null || context.Errors.Count > 0)
        {
            if (!isStatic)
            {
                Failures.Add(new ListenerFailure(
                    listener.Name, source, context.Errors.Count > 0 ? context.Errors[0].Message : "",
                    _clock.GetUtcNow()));
            }
            return new ResourceOutcome(listener.Name, context.Errors);
        }
        if (entry is null)
        {
            _entries.Add(listener.Name, entry = new ListenerEntry(listener.Name, isStatic));
            counted = ListenerManagerStat.ListenerAdded;
        }
        DropWarming(entry);
        entry.Warming = built;
        entry.WarmingSource = new ResourceVersion(source, version, _clock.GetUtcNow());
        var error = IsReady(built) ? Activate(entry) : null;
        if (error is null)
        {
            ChangeCount++;
            _stats.AddFromMain((int)counted);
        }
        UpdateCounts();
        return error is null
            ? ResourceOutcome.Accepted(listener.Name)
            : ResourceOutcome.Rejected(listener.Name, "LISTENER_BIND", error);
    }

    private void CheckAddress(Listener listener, DecodeContext context)
    {
        if (!listener.BindToPort || listener.Address.Port == 0)
        {
            return;
        }
        foreach (var other in _entries.Values)
        {
            if (other.Name != listener.Name && (other.Warming ?? other.Active) is { BindToPort: true } active
                && active.Address.Equals(listener.Address) && !active.Address.IsPipe)
            {
                context.Error("address", "LISTENER_ADDRESS",
                    $"error adding listener: '{listener.Name}' has duplicate address '{listener.Address}'"
                    + " as existing listener");
            }
        }
    }

    /// <summary>Null, or why the listener could not be put into force.</summary>
    private string? Activate(ListenerEntry entry)
    {
        var (next, source) = (entry.Warming!, entry.WarmingSource!);
        var inPlace = entry.Active is not null && ListenerDecoder.DiffersOnlyInChains(
            ListenerProto.Parser.ParseFrom(entry.ActiveSource!.Source), ListenerProto.Parser.ParseFrom(source.Source));
        var error = _runtime.ApplyListener(next, entry.Active, inPlace);
        if (error is not null)
        {
            _stats.AddFromMain((int)ListenerManagerStat.ListenerCreateFailure);
            Failures.Add(new ListenerFailure(entry.Name, source.Source, error, _clock.GetUtcNow()));
            DropWarming(entry);
            return error;
        }
        if (inPlace)
        {
            _stats.AddFromMain((int)ListenerManagerStat.ListenerInPlaceUpdated);
        }
        _stats.AddFromMain((int)ListenerManagerStat.ListenerCreateSuccess, _resources.WorkerCount);
        if (entry.Active is { } replaced)
        {
            _drains.Add(replaced, inPlace ? null : entry.ActiveSource);
        }
        if (entry.Active is not null && !inPlace)
        {
            CountDraining();
        }
        else if (entry.Active is { } former)
        {
            CountDraining(ListenerManagerStat.TotalFilterChainsDraining, ChainsOf(former).Except(ChainsOf(next))
                .Count());
        }
        entry.Active?.Stats.Release();
        if (inPlace)
        {
            // As Envoy tells it: the listener itself has not changed.
            source = source with { Version = entry.ActiveSource!.Version };
        }
        (entry.Active, entry.ActiveSource) = (next, source);
        (entry.Warming, entry.WarmingSource) = (null, null);
        return null;
    }

    /// <summary>Listeners, or chains, that are out of force count until their drain time is over.</summary>
    private void CountDraining(
        ListenerManagerStat stat = ListenerManagerStat.TotalListenersDraining, int count = 1)
    {
        if (count == 0)
        {
            return;
        }
        _stats.AddFromMain((int)stat, count);
        ITimer? timer = null;
        timer = _clock.CreateTimer(
            _ =>
            {
                timer?.Dispose();
                _stats.AddFromMain((int)stat, -count);
                Drained?.Invoke();
            },
            null, _resources.DrainTime, Timeout.InfiniteTimeSpan);
    }

    private static void DropWarming(ListenerEntry entry)
    {
        entry.Warming?.Stats.Release();
        entry.Warming = null;
        entry.WarmingSource = null;
    }

    private void UpdateCounts()
    {
        var active = _entries.Values.Count(entry => entry.Active is not null);
        var warming = _entries.Values.Count(entry => entry.Warming is not null);
        // Until the workers start, a listener counts as active although it waits for something.
        _stats.Set((int)ListenerManagerStat.TotalListenersActive, _isLive ? active : _entries.Count);
        _stats.Set((int)ListenerManagerStat.TotalListenersWarming, _isLive ? warming : 0);
    }
}
