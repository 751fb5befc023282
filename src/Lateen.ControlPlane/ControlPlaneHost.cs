using System.Net;
using Lateen.Citadel;
using Lateen.ControlPlane.Debug;
using Lateen.ControlPlane.Jwks;
using Lateen.Core.Logging;
using Lateen.Galley;
using Lateen.Grpc.Server;
using Lateen.Pilot.Graph;
using Lateen.Pilot.Model;
using Lateen.Pilot.Serving;
using Lateen.Security;
using Lateen.Xds.Server;

namespace Lateen.ControlPlane;

/// <summary>All control-plane parts in one process, put together: Galley's folder, Pilot, Citadel, xDS and
/// HTTP.</summary>
public sealed class ControlPlaneHost : IAsyncDisposable
{
    private static readonly TimeSpan _stopMax = TimeSpan.FromSeconds(5);
    private readonly ControlPlaneOptions _options;
    private readonly TimeProvider _clock;
    private readonly LogSink _sink;
    private readonly Logger _log;
    private readonly CancellationTokenSource _stopping = new();
    private CitadelRuntime? _citadel;
    private PilotServer? _pilot;
    private JwksFetcher? _fetcher;
    private JwksResolver? _jwks;
    private FolderSource? _source;
    private ConfigFeed? _feed;
    private ServerTls? _tls;
    private GrpcServer? _grpc;
    private StatusServer? _http;

    /// <summary>Starts nothing yet.</summary>
    public ControlPlaneHost(ControlPlaneOptions options, LogSink sink, TimeProvider? clock = null)
    {
        ArgumentNullException.ThrowIfNull(sink);
        _options = options;
        _sink = sink;
        _clock = clock ?? TimeProvider.System;
        _log = sink.CreateLogger("controlplane");
    }

    /// <summary>The certificate authority, once started: join tokens and the root come from here.</summary>
    public CitadelRuntime Citadel =>
        _citadel ?? throw new InvalidOperationException("The control plane is not started.");

    /// <summary>Pilot, once started.</summary>
    public PilotServer Pilot => _pilot ?? throw new InvalidOperationException("The control plane is not started.");

    /// <summary>The configuration, once started.</summary>
    public ConfigStore Store { get; } = new();

    /// <summary>The xDS listeners bound: plaintext first, then TLS, as far as they were asked for.</summary>
    public IReadOnlyList<IPEndPoint> GrpcEndPoints => _grpc?.EndPoints ?? [];

    /// <summary>The HTTP listeners bound: status first, then monitoring, as far as they were asked for.</summary>
    public IReadOnlyList<IPEndPoint> HttpEndPoints => _http?.EndPoints ?? [];

    /// <summary>Starts everything; ready when it returns.</summary>
    /// <exception cref="StartException">It cannot start; the message says why and what to do.</exception>
    public async Task StartAsync(CancellationToken cancellation = default)
    {
        // 1. Who signs: without it nobody could be trusted.
        _citadel = OpenCitadel();
        // 2. What is configured.
        _source = OpenFolder();
        // 3. What proxies get.
        var peerCertificates = new PeerCertificates();
        var peers = new PeerAuthenticator(_citadel.Authenticator, peerCertificates, _options.ChecksIdentity);
        _pilot = CreatePilot(peers);
        var jwksOptions = JwksOptions.Read(_options.Features);
        _fetcher = new JwksFetcher(jwksOptions);
        _jwks = new JwksResolver(
            _fetcher.FetchAsync, jwksOptions, _pilot.ChangeJwks, _clock,
            _sink.CreateLogger("jwks"));
        _feed = new ConfigFeed(Store, _pilot, _jwks, _clock, _log);
        await _feed.StartAsync(cancellation).ConfigureAwait(false);
        // 4. Doors, when all behind them is ready.
        var xds = new XdsServer(
            _pilot, new XdsServerOptions { ControlPlaneIdentifier = $"lateen {_options.Version}" }, _clock,
            _sink.CreateLogger("xds"), peers.AuthenticateAsync);
        var services = new GrpcServices();
        xds.AddTo(services);
        CertificateGrpc.AddTo(services, _citadel.Service, peerCertificates);
        _tls = new ServerTls(_citadel.Authority, ServerNames(), peerCertificates, _log);
        _grpc = new GrpcServer(services, null, _clock, _sink.CreateLogger("grpc"));
        if (_options.GrpcAddress is { } plain)
        {
            _grpc.Listen(plain);
        }
        if (_options.SecureGrpcAddress is { } secure)
        {
            _grpc.Listen(secure, _tls.OptionsFor);
        }
        var pages = new StatusPages(_pilot, xds, _source, _citadel, _jwks, _options, _clock);
        _http = new StatusServer(_options.HttpAddress, _options.MonitoringAddress, pages);
        await Bind(() => _http.StartAsync(cancellation), "HTTP").ConfigureAwait(false);
        await Bind(() => _grpc.StartAsync(cancellation), "gRPC").ConfigureAwait(false);
        _log.Info(
            $"ready: {_source.Report.Objects} objects of {_source.Report.Files} files in {_options.ConfigFolder}");
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        if (_grpc is not null)
        {
            using var limit = new CancellationTokenSource(_stopMax, _clock);
            await _grpc.StopAsync(limit.Token).ConfigureAwait(false);
            await _grpc.DisposeAsync().ConfigureAwait(false);
        }
        if (_http is not null)
        {
            await _http.DisposeAsync().ConfigureAwait(false);
        }
        _feed?.Dispose();
        _source?.Dispose();
        if (_jwks is not null)
        {
            await _jwks.DisposeAsync().ConfigureAwait(false);
        }
        _fetcher?.Dispose();
        if (_pilot is not null)
        {
            await _pilot.DisposeAsync().ConfigureAwait(false);
        }
        _tls?.Dispose();
        _citadel?.Dispose();
        _stopping.Dispose();
    }

    private CitadelRuntime OpenCitadel()
    {
        try
        {
            Directory.CreateDirectory(_options.StateFolder);
            var options = new CitadelOptions
            {
                StateFolder = _options.StateFolder,
                PluggedInFolder = _options.PluggedInFolder,
                TrustDomain = TrustDomainOfFolder(),
            };
            return CitadelRuntime.Open(options, [], _clock, new Random(), _sink);
        }
        catch (PkiException e)
        {
            throw new StartException($"the certificate authority cannot be opened: {e.Message}", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StartException(
                $"the state folder {_options.StateFolder} cannot be written: {e.Message}. "
                + "Is the disk full or the folder someone else's? Choose another with --state.", e);
        }
    }

    /// <summary>The trust domain decides what the authority signs, so it is read before all else.</summary>
    private string TrustDomainOfFolder()
    {
        var store = new ConfigStore();
        using var source = new FolderSource(_options.ConfigFolder, store, new FolderSourceOptions
        {
            UseNotifications = false,
        });
        source.Rescan();
        return MeshConfigReader.FromSnapshot(store.Current, out _).TrustDomain;
    }

    private FolderSource OpenFolder()
    {
        if (!Directory.Exists(_options.ConfigFolder))
        {
            throw new StartException(
                $"the configuration folder {_options.ConfigFolder} does not exist. Make it, or choose another "
                    + "with --config.");
        }
        var options = new FolderSourceOptions { QuietTime = _options.FolderQuiet };
        var source = new FolderSource(_options.ConfigFolder, Store, options, _clock, _sink.CreateLogger("galley"));
        source.Start();
        return source;
    }

    private PilotServer CreatePilot(PeerAuthenticator peers)
    {
        var model = new MeshModel(new IncrementalGraph(), new MeshOptions
        {
            DomainSuffix = _options.DomainSuffix,
            ClusterId = _options.ClusterId,
            Features = _options.Features,
        });
        var engine = new PilotEngine(model, Generators.All(model));
        return new PilotServer(engine, peers.Authorize, _options.Debounce, _clock, _sink.CreateLogger("pilot"));
    }

    private List<string> ServerNames()
    {
        var @namespace = _options.Namespace;
        return
        [
            $"istiod.{@namespace}.svc", $"istiod-remote.{@namespace}.svc", $"istio-pilot.{@namespace}.svc",
            $"istiod.{@namespace}.svc.{_options.DomainSuffix}", "localhost", "127.0.0.1", .. _options.ServerNames,
        ];
    }

    private static async Task Bind(Func<Task> start, string what)
    {
        try
        {
            await start().ConfigureAwait(false);
        }
        catch (IOException e)
        {
            throw new StartException(
                $"a {what} port cannot be bound: {e.Message} "
                + "Another control plane may be running; stop it, or choose other addresses.", e);
        }
        catch (System.Net.Sockets.SocketException e)
        {
            throw new StartException($"a {what} address cannot be bound: {e.Message}.", e);
        }
    }
}
