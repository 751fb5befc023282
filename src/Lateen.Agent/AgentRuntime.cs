using System.Net;
using System.Net.Sockets;
using Lateen.Agent.Bootstrap;
using Lateen.Agent.Discovery;
using Lateen.Agent.Dns;
using Lateen.Agent.Lifecycle;
using Lateen.Agent.Secrets;
using Lateen.Agent.Status;
using Lateen.Core;
using Lateen.Core.Logging;
using Lateen.Core.Yaml;
using Lateen.Grpc.Server;
using Lateen.Proxy;
using Lateen.Security;

namespace Lateen.Agent;

/// <summary>
/// One agent beside one workload. 1. Writes the bootstrap. 2. Listens for the proxy's secrets and discovery. 3. Answers
/// DNS. 4. Opens the status port. 5. Gets the first certificate. 6. Starts the proxy. 7. Waits for its end or for a
/// signal. 8. Drains and ends it.
/// </summary>
public sealed class AgentRuntime : IAsyncDisposable
{
    private const string CertificateCluster = "ca-grpc";

    private const UnixFileMode SocketMode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead
        | UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite;

    private readonly AgentOptions _options;
    private readonly TimeProvider _clock;
    private readonly Logger _log;
    private readonly AgentMetrics _metrics;
    private readonly CaClient _caClient;
    private readonly SecretManager _secrets;
    private readonly AgentResources _resources;
    private readonly DiscoveryProxy _discovery;
    private readonly DnsProxy? _dns;
    private readonly Shutdown _shutdown;
    private readonly HttpServer _status;
    private readonly GrpcServer? _sockets;
    private readonly LogSink _sink;
    private readonly Random _random;
    private readonly ProxyTransport _discoveryTransport;
    private readonly ProxyTransport _certificateTransport;
    private readonly CancellationTokenSource _stop = new();
    private readonly TaskCompletionSource<bool> _end = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private IProxyProcess? _proxy;
    private bool _isProxyEnded;

    /// <summary>Puts the parts together; nothing runs yet.</summary>
    public AgentRuntime(AgentOptions options, TimeProvider clock, Random random, LogSink sink)
    {
        _options = options;
        _clock = clock;
        _sink = sink;
        _random = random;
        _log = sink.CreateLogger("agent");
        _metrics = new AgentMetrics(clock);
        _discoveryTransport = new ProxyTransport(options.Discovery, BootstrapClusters.Discovery);
        _certificateTransport = new ProxyTransport(options.CertificateService, CertificateCluster);
        _caClient = HasOwnProxy
            ? new CaClient(options.CertificateService, _certificateTransport, options.CaClient, random, clock)
            : new CaClient(options.CertificateService, options.CaClient, random, clock);
        _secrets = new SecretManager(
            options.Secrets, _caClient.SignAsync, clock, random, sink.CreateLogger("secrets"));
        _metrics.Secrets = _secrets;
        _resources = new AgentResources(options.DiscoveryProxy, sink.CreateLogger("discovery"));
        _discovery = new DiscoveryProxy(
            options.Discovery, options.DiscoveryProxy, _resources, _metrics, sink.CreateLogger("discovery"));
        _resources.RootsReceived += _secrets.SetExtraRoots;
        if (options.Dns is { } dns)
        {
            _dns = new DnsProxy(dns, random, clock, sink.CreateLogger("dns"));
            _resources.NameTableReceived += _dns.ApplyTable;
            _metrics.Dns = _dns.Metrics;
        }
        var localhost = options.Bootstrap.Role.Localhost;
        var admin = new ProxyAdmin(localhost, options.Config.ProxyAdminPort, clock);
        _shutdown = new Shutdown(options.Shutdown, admin, clock, _log);
        _status = new HttpServer(BuildStatusPort(admin, localhost, sink).HandleAsync, clock);
        _sockets = HasOwnProxy ? null : BuildSockets(sink);
    }

    // The proxy runs within this process, and needs no sockets of the agent.
    private bool HasOwnProxy => !_options.WithoutProxy && _options.ProxyProgram.Length == 0;

    /// <summary>Runs until the proxy ends or the end is asked for.</summary>
    /// <exception cref="PkiException">A file cannot be written.</exception>
    /// <exception cref="IOException">A port or socket cannot be bound, or the proxy cannot be started.</exception>
    public async Task RunAsync()
    {
        var started = _clock.GetTimestamp();
        var tree = BootstrapBuilder.Build(_options.Bootstrap, _options.Config, _options.Environment, _options.Pod);
        var bootstrap = WriteBootstrap(tree);
        if (_sockets is not null)
        {
            await ListenOnSocketsAsync(_sockets);
        }
        var status = new IPEndPoint(IPAddress.Parse(_options.Bootstrap.Role.Wildcard), _options.Config.StatusPort);
        Bind("DNS", string.Join(", ", _options.Dns?.Listen ?? []), "DNS_PROXY_ADDR", () => _dns?.Start());
        Bind("status", $"{status}", "statusPort of the ProxyConfig", () => _status.Listen(status));
        var warming = _secrets.WarmAsync(_stop.Token);
        _proxy = StartProxy(bootstrap, tree);
        _metrics.StartupDuration = _clock.GetElapsedTime(started);
        var ended = _proxy?.Ended ?? Task.Delay(Timeout.InfiniteTimeSpan, _clock, _stop.Token);
        if (await Task.WhenAny(ended, _end.Task) == _end.Task)
        {
            _status.StopListening();
            if (await _end.Task)
            {
                // The proxy may end first; nothing is left to wait for then.
                await Task.WhenAny(_shutdown.DrainAsync(_stop.Token), ended);
            }
        }
        await EndProxyAsync();
        await _stop.CancelAsync();
        await Task.WhenAny(warming, Task.CompletedTask);
    }

    /// <summary>Asks for the end with draining, as SIGTERM does. Further calls change nothing.</summary>
    public void Terminate() => _end.TrySetResult(true);

    /// <summary>Asks for the end at once.</summary>
    public void Quit() => _end.TrySetResult(false);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _end.TrySetResult(false);
        await _stop.CancelAsync();
        await EndProxyAsync();
        await _status.DisposeAsync();
        if (_dns is not null)
        {
            await _dns.DisposeAsync();
        }
        if (_sockets is not null)
        {
            await _sockets.DisposeAsync();
        }
        _secrets.Dispose();
        _caClient.Dispose();
        _discoveryTransport.Dispose();
        _certificateTransport.Dispose();
        _stop.Dispose();
    }

    private async Task EndProxyAsync()
    {
        if (_proxy is not null && !Interlocked.Exchange(ref _isProxyEnded, true))
        {
            _proxy.Kill();
            await _proxy.DisposeAsync();
        }
    }

    private StatusPort BuildStatusPort(ProxyAdmin admin, string localhost, LogSink sink)
    {
        var environment = _options.Environment;
        var role = _options.Bootstrap.Role;
        var merge = environment.Flag("PILOT_AGENT_MERGE_ENVOY_STATS", fallback: true);
        var metrics = new MetricsMerger(
            environment.Text("ISTIO_PROMETHEUS_ANNOTATIONS"),
            role.ProgramHost,
            localhost,
            merge ? _options.Bootstrap.PrometheusPort : 0,
            _metrics);
        var application = environment.Flag("REWRITE_PROBE_LEGACY_LOCALHOST_DESTINATION")
            ? localhost
            : role.IsOnLoopback ? role.ProgramHost : $"{role.Addresses[0]}";
        return new StatusPort(
            new Readiness(admin, () => _dns is { IsReady: false } ? "no name table came yet" : null),
            metrics,
            new AppProber(environment.Text("ISTIO_KUBE_APP_PROBERS"), application, _clock),
            () => _ = _shutdown.StartDrainingAsync(_stop.Token),
            Quit,
            sink.CreateLogger("status"));
    }

    private async Task ListenOnSocketsAsync(GrpcServer sockets)
    {
        string[] paths = [_options.Bootstrap.SecretSocketPath, _options.Bootstrap.DiscoverySocketPath];
        foreach (var path in paths)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
            sockets.ListenUnix(SocketPath(path));
        }
        await sockets.StartAsync(_stop.Token);
        foreach (var path in paths)
        {
            File.SetUnixFileMode(path, SocketMode);
        }
    }

    /// <summary>The server wants a rooted path, the kernel one of at most 107 bytes: a longer one is named by way of
    /// the working folder.</summary>
    private static string SocketPath(string path)
    {
        const int BytesMax = 107;
        var full = Path.GetFullPath(path);
        return full.Length <= BytesMax || Path.IsPathRooted(path) ? full : "/proc/self/cwd/" + CleanPath(path);
    }

    private GrpcServer BuildSockets(LogSink sink)
    {
        var services = new GrpcServices();
        _discovery.AddTo(services);
        new SecretServer(_secrets, sink.CreateLogger("secrets")).AddTo(services);
        var options = new GrpcServerOptions { MessageBytesMax = int.MaxValue };
        return new GrpcServer(services, options, _clock, sink.CreateLogger("grpc"));
    }

    private string WriteBootstrap(YamlMapping tree)
    {
        var folder = CleanPath(_options.Config.ConfigPath);
        Directory.CreateDirectory(folder);
        var path = Path.Combine(folder, "envoy-rev.json");
        File.WriteAllText(path, JsonTreeWriter.Write(tree, indented: true));
        if (_options.Config.Tracing?.Lightstep is { AccessToken.Length: > 0 } lightstep)
        {
            SecretFile.Write(Path.Combine(folder, BootstrapTracing.LightstepTokenFile), lightstep.AccessToken);
        }
        return path;
    }

    private static void Bind(string what, string address, string setting, Action bind)
    {
        try
        {
            bind();
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.AddressAlreadyInUse)
        {
            throw new IOException(
                $"the {what} port {address} is in use by another program of this pod; end that, or choose another by "
                + setting, e);
        }
    }

    private IProxyProcess? StartProxy(string bootstrap, YamlMapping tree)
    {
        if (_options.WithoutProxy)
        {
            return null;
        }
        IProxyProcess proxy = HasOwnProxy ? BuildOwnProxy(tree) : BuildProgram(bootstrap);
        proxy.Start();
        return proxy;
    }

    private EnvoyProcess BuildProgram(string bootstrap)
    {
        var arguments = EnvoyArguments.Build(
            bootstrap, _options.Bootstrap, _options.Config, _options.ProxyLogLevel, _options.ProxyComponentLogLevel);
        _log.Info($"starting {_options.ProxyProgram} {string.Join(' ', arguments)}");
        return new EnvoyProcess(
            _options.ProxyProgram, arguments, EnvoyArguments.Environment(_options.Bootstrap), _log);
    }

    private InProcessProxy BuildOwnProxy(YamlMapping tree)
    {
        var bootstrap = BootstrapMessage.Build(tree);
        bootstrap.StaticResources.Clusters.Add(_discoveryTransport.BuildCluster());
        bootstrap.StaticResources.Clusters.Add(_certificateTransport.BuildCluster());
        var options = new ProxyOptions
        {
            Concurrency = _options.Config.Concurrency is > 0 and var workers ? workers : Environment.ProcessorCount,
            // As Istio starts Envoy.
            DrainsGradually = false,
            DrainTime = _options.Config.DrainDuration?.ToTimeSpan() ?? TimeSpan.FromSeconds(45),
            FileFlushInterval = _options.Config.FileFlushInterval?.ToTimeSpan() ?? TimeSpan.FromSeconds(1),
            Environment = name => _options.Environment.Variables.GetValueOrDefault(name),
            ProvidedCluster = BootstrapClusters.Secrets,
            DiscoveryMetadata = () => _options.DiscoveryProxy.BuildMetadata(_options.Discovery),
            WrapDiscovery = inner => new AgentXdsTransport(_discoveryTransport.Wrap(inner), _resources),
        };
        var errors = new List<ConfigError>();
        var server = ProxyServer.Create(bootstrap, options, _clock, _sink, errors)
            ?? throw new IOException($"the proxy cannot be set up: {string.Join("; ", errors)}");
        return new InProcessProxy(server, _secrets, _random, _clock, _sink.CreateLogger("secrets"), () =>
        {
            _discoveryTransport.OnStarted(server);
            _certificateTransport.OnStarted(server);
        });
    }

    private static string CleanPath(string path) =>
        path.StartsWith("./", StringComparison.Ordinal) ? path[2..] : path;
}
