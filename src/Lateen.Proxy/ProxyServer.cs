using Envoy.Config.Bootstrap.V3;
using Envoy.Config.Core.V3;
using Google.Protobuf;
using Lateen.Core;
using Lateen.Core.Logging;
using Lateen.Proxy.AccessLog;
using Lateen.Proxy.Admin;
using Lateen.Proxy.Config;
using Lateen.Proxy.Config.Decode;
using Lateen.Proxy.Discovery;
using Lateen.Proxy.Formatting;
using Lateen.Proxy.Overload;
using Lateen.Proxy.Routing;
using Lateen.Proxy.Runtime;
using Lateen.Proxy.Stats;
using Lateen.Proxy.Stats.Sinks;

namespace Lateen.Proxy;

/// <summary>
/// A whole proxy in this process: configuration, workers, admin. Made from a bootstrap, started, fed with discovered
/// resources
/// through the discovery that its bootstrap names or <see cref="ApplySecret"/>, and stopped. Any thread may call.
/// </summary>
public sealed class ProxyServer : IDisposable
{
    private readonly ProxyOptions _options;
    private readonly TimeProvider _clock;
    private readonly Logger _log;
    private readonly StatsStore _stats;
    private readonly AccessLogWriter _accessLogs;
    private readonly ProxyRuntime _runtime;
    private readonly long _startTimestamp;
    private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly LogSink _sink;
    private AdminServer? _admin;
    private ITimer? _drained;
    private ITimer? _eviction;
    private DiscoveryHub? _discovery;
    private MemoryTrimmer? _trimmer;
    private DiscoverySource? _ads;
    private GrpcServiceTarget? _loadReports;
    private volatile bool _isRunning;
    private OverloadManager? _overload;
    private int _streamClassPower;
    private readonly StatsMatcher _statsMatcher;
    private StatsSink[] _sinks = [];
    private readonly List<ConfigError> _bootstrapErrors = [];
    private readonly ProxyResources _resources;
    private PackedBytes _bootstrap = PackedBytes.Pack([], []);

    private ProxyServer(Bootstrap bootstrap, ProxyOptions options, TimeProvider clock, LogSink sink)
    {
        Bootstrap = bootstrap;
        _options = options;
        _clock = clock;
        _sink = sink;
        _log = sink.CreateLogger("proxy");
        _startTimestamp = clock.GetTimestamp();
        var workerCount = Math.Max(1, options.Concurrency);
        var seed = options.RandomSeed != 0 ? options.RandomSeed : (ulong)clock.GetUtcNow().Ticks;
        _stats = new StatsStore(workerCount);
        _accessLogs = new AccessLogWriter(_stats, options.FileFlushInterval, options.FileFlushBytesMin);
        var resources = ProxyResourcesFactory.Create(bootstrap, options, clock, _accessLogs, _stats, seed,
            _bootstrapErrors);
        _resources = resources;
        _statsMatcher = new StatsMatcher(bootstrap.StatsConfig);
        Tags = new TagExtractor(bootstrap.StatsConfig, _bootstrapErrors);
        HistogramBuckets.Check(bootstrap.StatsConfig, _bootstrapErrors);
        Flusher = new StatsFlusher(_stats, clock, _statsMatcher, Tags, []);
        Configuration = new ConfigurationManager(resources, clock);
        _runtime = new ProxyRuntime(
            workerCount, clock, resources.Clusters, seed, options.DrainTime, sink.CreateLogger("worker"),
            resources.Overload, options.DrainsGradually)
        {
            IsStepped = options.IsStepped,
        };
        resources.MainWorker = () => _runtime.Main;
        resources.PoolsStale = _runtime.CloseStale;
    }

    /// <summary>The bootstrap in force, with the command line's node; without static resources once these are in
    /// force.</summary>
    public Bootstrap Bootstrap { get; }

    /// <summary>The bootstrap with its static resources, made anew: it is kept as bytes, a tenth of its size.</summary>
    public Bootstrap ReadBootstrap() => Bootstrap.Parser.ParseFrom(_bootstrap.Unpack());

    /// <summary>Who this proxy is.</summary>
    public Node Node => Bootstrap.Node ??= new Node();

    /// <summary>Names of the secrets that <see cref="ProxyOptions.ProvidedCluster"/> is asked for.</summary>
    public IReadOnlyCollection<string> WantedSecrets => Configuration.GetProvidedSecrets();

    /// <summary>Whether <c>/ready</c> answers 200.</summary>
    public bool IsReady => State == ServerState.Live;

    /// <summary>Downstream connections open now.</summary>
    public int ConnectionCount => _runtime.ConnectionCount;

    /// <summary>Completes when <c>/quitquitquit</c> was called or <see cref="Stop"/>.</summary>
    public Task Stopped => _stopped.Task;

    internal ConfigurationManager Configuration { get; }

    internal ProxyRuntime Runtime => _runtime;

    /// <summary>Takes tags out of the names of statistics.</summary>
    internal TagExtractor Tags { get; }

    internal StatsMatcher StatsMatcher => _statsMatcher;

    internal StatsFlusher Flusher { get; private set; }

    internal StatsStore Stats => _stats;

    internal ProxyOptions Options => _options;

    internal LogSink LogSink => _sink;

    internal TimeProvider Clock => _clock;

    internal TimeSpan Uptime => _clock.GetElapsedTime(_startTimestamp);

    /// <summary>What <c>/ready</c> and <c>server.state</c> say.</summary>
    internal ServerState State => _resources.HealthCheckFailed ? ServerState.Draining
        : Configuration.State is ServerState.Live && !_isRunning ? ServerState.Initializing : Configuration.State;

    /// <summary>
    /// Builds a proxy from a bootstrap; null with all errors when anything in it is wrong. Nothing is bound or started
    /// yet.
    /// </summary>
    public static ProxyServer? Create(
        Bootstrap bootstrap, ProxyOptions options, TimeProvider clock, LogSink log, ICollection<ConfigError> errors)
    {
        ArgumentNullException.ThrowIfNull(bootstrap);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(clock);
        ArgumentNullException.ThrowIfNull(log);
        ArgumentNullException.ThrowIfNull(errors);
        BootstrapOverrides.Apply(bootstrap, options);
        MachineAddress.PrefersV6 = options.LocalAddressIsV6;
        TypedConfigs.Disabled = options.DisabledExtensions;
        StreamOperators.Environment = options.Environment;
        StreamOperators.HostName = System.Environment.MachineName;
        Cel.CelAttributes.NodeFields = Cel.CelNodeFields.Of(bootstrap.Node!);
        RuntimeSettings.Current = RuntimeLayers.Build(bootstrap);
        var server = new ProxyServer(bootstrap, options, clock, log);
        _ = server._stats.AsyncClient;
        server._stats.BoundsByName = HistogramBuckets.Build(bootstrap.StatsConfig);
        server._stats.AddSource(samples => ServerSamples.Collect(server, samples));
        var found = server.Configuration.ApplyBootstrap(bootstrap);
        server._ads = ManagementServers.DecodeAds(server, server._resources, found);
        server._loadReports = ManagementServers.DecodeLoadReports(server, server._resources, found);
        server.StartOverloadManager(found);
        found.AddRange(server._bootstrapErrors);
        found.AddRange(server.MakeSinks());
        if (found.Count == 0)
        {
            server._bootstrap = PackedBytes.Pack(bootstrap.ToByteArray(), []);
            bootstrap.StaticResources = null;
            return server;
        }
        foreach (var error in found)
        {
            errors.Add(error);
        }
        server.Dispose();
        return null;
    }

    /// <summary>
    /// Opens the admin port and the listeners that are ready and starts the workers. Errors tell what cannot be had (a
    /// port in use).
    /// </summary>
    public IReadOnlyList<ConfigError> Start()
    {
        var errors = new List<ConfigError>();
        if (Bootstrap.Admin?.Address is not null)
        {
            _admin = new AdminServer(this, _sink.CreateLogger("admin"));
            if (_admin.Start(Bootstrap.Admin.Address, _options.AdminAddressPath) is { } failure)
            {
                errors.Add(new ConfigError("admin.address", "ADMIN_BIND", failure));
                return errors;
            }
        }
        if (!_options.IsStepped)
        {
            _accessLogs.Start();
        }
        errors.AddRange(Configuration.Start(_runtime).SelectMany(outcome => outcome.Errors));
        if (errors.Count == 0)
        {
            _runtime.Start();
            StartEviction();
            if (!_options.IsStepped)
            {
                _trimmer = new MemoryTrimmer(_clock, _log, Configuration.OnQuiet);
                Configuration.Changed += _trimmer.OnChange;
                _discovery = ManagementServers.BuildHub(this, _resources, _ads);
                _discovery.Start();
                ManagementServers.StartLoadReports(this, _loadReports);
            }
            _isRunning = true;
            _admin?.Serve();
            foreach (var sink in _sinks.OfType<WorkerSink>())
            {
                sink.Attach(_runtime.Workers[0]);
            }
            if (!Bootstrap.StatsFlushOnAdmin)
            {
                Flusher.Start(FlushInterval);
            }
            _log.Info($"starting {_options.Concurrency} worker(s), state {State}");
        }
        return errors;
    }

    /// <summary>
    /// Makes one gRPC call over a cluster of the proxy and gives the answer's message.
    /// </summary>
    /// <exception cref="Grpc.GrpcException">The call failed.</exception>
    public Task<byte[]> CallAsync(
        string cluster, string path, ReadOnlyMemory<byte> message, Grpc.GrpcMetadata metadata, TimeSpan timeout,
        CancellationToken cancellation) =>
        GrpcUnaryCall.Start(_runtime.Workers[0], new GrpcServiceTarget(_resources.Clusters.GetOrAdd(cluster),
            System.Text.Encoding.UTF8.GetBytes(cluster), 0, []), path, message,
            metadata, timeout)
            .WaitAsync(cancellation);

    /// <summary>Adds a cluster that counts as one of the bootstrap, or replaces it.</summary>
    public IReadOnlyList<ConfigError> SetCluster(Envoy.Config.Cluster.V3.Cluster cluster)
    {
        ArgumentNullException.ThrowIfNull(cluster);
        return Configuration.SetCluster(cluster);
    }

    /// <summary>Gives the proxy a secret (certificate or validation context); new connections use it at once.</summary>
    public IReadOnlyList<ConfigError> ApplySecret(Envoy.Extensions.TransportSockets.Tls.V3.Secret secret)
    {
        ArgumentNullException.ThrowIfNull(secret);
        return [.. Configuration.Apply(Xds.TypeUrls.Secret, [(secret.Name, "", secret.ToByteString())], [])
            .SelectMany(outcome => outcome.Errors)];
    }

    /// <summary>Raised when <see cref="WantedSecrets"/> may have changed.</summary>
    public void OnWantedChanged(Action action) => Configuration.WantedChanged += action;

    /// <summary>Drains listeners as <c>/drain_listeners</c> does.</summary>
    public void DrainListeners(bool inboundOnly, bool graceful, bool skipExit)
    {
        lock (Configuration.SyncRoot)
        {
            _runtime.DrainListeners(inboundOnly, graceful, skipExit);
            if (!graceful || !skipExit)
            {
                CountStopped(inboundOnly, graceful ? _options.DrainTime : TimeSpan.Zero);
            }
        }
    }

    /// <summary>Opens all log files anew.</summary>
    public void ReopenLogs() => _accessLogs.Reopen();

    /// <summary>All statistics in Prometheus' text format.</summary>
    public byte[] WritePrometheus() => StatsPages.Prometheus(this, "");

    /// <summary>Asks the process to end.</summary>
    public void Stop() => _stopped.TrySetResult();

    /// <inheritdoc/>
    public void Dispose()
    {
        _overload?.Dispose();
        _admin?.Dispose();
        _discovery?.Dispose();
        _trimmer?.Dispose();
        Flusher.Dispose();
        _drained?.Dispose();
        _eviction?.Dispose();
        _runtime.Dispose();
        Configuration.Dispose();
        _accessLogs.Dispose();
    }

    internal void SetHealthCheckFailed(bool failed)
    {
        _resources.HealthCheckFailed = failed;
        foreach (var worker in _runtime.Workers)
        {
            worker.HealthCheckFailed = failed;
        }
    }

    internal IReadOnlyList<Addresses.Address> GetListenerAddresses(string name)
    {
        lock (Configuration.SyncRoot)
        {
            return _runtime.GetAddresses(name);
        }
    }

    private void StartOverloadManager(List<ConfigError> errors)
    {
        if (Bootstrap.OverloadManager is not { } manager || errors.Count > 0)
        {
            return;
        }
        var context = new DecodeContext { Resources = _resources, IsStatic = true };
        var config = OverloadDecoder.Decode(manager, "overload_manager", context);
        errors.AddRange(context.Errors);
        if (context.Errors.Count == 0)
        {
            _streamClassPower = config.StreamClassPower;
            _overload = new OverloadManager(config, _resources.Overload, _stats, _clock, OnOverload);
        }
    }

    private void OnOverload(OverloadActionKind action, double state)
    {
        if (action == OverloadActionKind.StopAcceptingConnections)
        {
            lock (Configuration.SyncRoot)
            {
                _runtime.PauseAccepting(state >= 1);
            }
        }
        else if (action == OverloadActionKind.ResetHighMemoryStream && state > 0)
        {
            _runtime.ResetLargeStreams(_resources.Overload, state, _streamClassPower);
        }
    }

    /// <summary>Forgets series of metrics that have not counted for an interval; off unless configured.</summary>
    private void StartEviction()
    {
        if (Bootstrap.StatsEvictionInterval?.ToTimeSpan() is { Ticks: > 0 } interval)
        {
            _eviction = _clock.CreateTimer(_ => _resources.IstioSeries.EvictUnused(), null, interval, interval);
        }
    }

    /// <summary>How often statistics are flushed; 5 s by default.</summary>
    internal TimeSpan FlushInterval => Config.Decode.Durations.TimerSpan(
        Config.Decode.Durations.Nanos(Bootstrap.StatsFlushInterval, 5_000_000_000));

    /// <summary>Listeners that drain are counted as stopped when they no longer accept.</summary>
    private void CountStopped(bool inboundOnly, TimeSpan delay)
    {
        var count = Configuration.Listeners.Entries.Values.Count(entry => entry.Active is { } active
            && (!inboundOnly || active.Direction == Listeners.TrafficDirection.Inbound));
        if (delay == TimeSpan.Zero)
        {
            Configuration.Listeners.CountStopped(count);
            return;
        }
        _drained = _clock.CreateTimer(
            _ => Configuration.Listeners.CountStopped(count), null, delay, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Statistics are about to be read: where no timer flushes, an old flush is renewed.</summary>
    internal void OnStatsRequest()
    {
        if (!Bootstrap.StatsFlushOnAdmin && !Flusher.HasSinks)
        {
            Flusher.FlushIfOlder(FlushInterval);
        }
    }

    /// <summary>A reader of statistics has been served.</summary>
    internal void OnStatsRead()
    {
        if (Bootstrap.StatsFlushOnAdmin)
        {
            Flusher.Flush();
        }
    }

    private List<ConfigError> MakeSinks()
    {
        var context = new Config.Decode.DecodeContext { Resources = _resources };
        _sinks = SinkDecoder.Decode(Bootstrap, Tags, _clock.GetUtcNow(), context);
        if (_sinks.Length > 0)
        {
            Flusher = new StatsFlusher(_stats, _clock, _statsMatcher, Tags, _sinks);
        }
        return context.Errors;
    }
}
