using Envoy.Config.Core.V3;
using Envoy.Config.Route.V3;
using Envoy.Service.Discovery.V3;
using Google.Protobuf;
using Lateen.Pilot.Serving;
using Lateen.Proxy.AccessLog;
using Lateen.Proxy.Config;
using Lateen.Proxy.Stats;
using Lateen.Xds;
using Lateen.Xds.Client;
using Lateen.Xds.Server;

namespace Lateen.Simulation.Tests;

/// <summary>
/// One proxy with its stream to the control plane, both ends of it: the client's and the server's state, the bytes on
/// the way between them, and the proxy's whole configuration. Each message takes a step of its own, which may come late
/// or, when the stream breaks, never.
/// </summary>
internal sealed class SimulatedProxy : IXdsObserver, IXdsSubscriber, IDisposable
{
    private readonly SimulatedWorld _world;
    private readonly int _service;
    private readonly TimeProvider _clock;
    private readonly List<string> _failures;
    private readonly Queue<byte[]> _toServer = new();
    private readonly Queue<byte[]> _toClient = new();
    private DeltaClientState _client = null!;
    private ConfigurationManager _configuration = null!;
    private DeltaStreamState? _server;
    private ServedProxy? _served;
    private PilotEngine? _engine;
    private int _streams;

    public SimulatedProxy(SimulatedWorld world, int service, TimeProvider clock, List<string> failures)
    {
        _world = world;
        _service = service;
        _clock = clock;
        _failures = failures;
        Restart();
    }

    public string Name => SimulatedWorld.ProxyOf(_service).Id;

    public bool IsLive => _configuration.State == ServerState.Live;

    public void Dispose() => _configuration.Dispose();

    public void OnResourcesChanged()
    {
        // Each step looks at the stream anyway.
    }

    public void SubscribeAll(string typeUrl) => _client.FindOrAdd(typeUrl).SubscribeAll();

    public void SetNames(string typeUrl, IReadOnlyCollection<string> names) =>
        _client.FindOrAdd(typeUrl).SetNames(names);

    /// <summary>A new process: nothing is known any more.</summary>
    public void Restart()
    {
        _configuration?.Dispose();
        var stats = new StatsStore(1);
        _configuration = new ConfigurationManager(
            new ProxyResources
            {
                Stats = stats,
                AccessLogs = new AccessLogWriter(stats, TimeSpan.FromSeconds(1)),
                IstioSeries = new IstioSeriesStore(stats, "test"),
                OwnWorkload = new WorkloadMetadata(),
                RandomSeed = 1,
                ProvidedCluster = "sds-grpc",
            }, _clock);
        _configuration.ApplyBootstrap(Bootstraps.Discovered);
        foreach (var secret in Bootstraps.Secrets)
        {
            _configuration.Apply(TypeUrls.Secret, [(secret.Name, "", secret.Body)], []);
        }
        _configuration.Start(new NoListenerRuntime());
        _client = new DeltaClientState(new Node { Id = SimulatedWorld.ProxyOf(_service).NodeId });
        _configuration.WantedChanged += Subscribe;
        Subscribe();
        Reconnect();
    }

    /// <summary>The stream breaks, with all that is on the way; the next one is open.</summary>
    public void Reconnect()
    {
        Disconnect();
        _engine = _world.Engine;
        _served = _engine.Connect(SimulatedWorld.ProxyOf(_service), type => _server?.Rebind(type));
        _server = new DeltaStreamState(
            new XdsServerOptions(), $"{++_streams}.", type => _served.Resources.GetValueOrDefault(type), this);
        _client.OnStreamOpened();
    }

    /// <summary>One of the four ways that a message can take. False when there was none.</summary>
    public bool Step(int way)
    {
        var now = _clock.GetUtcNow();
        switch (way)
        {
            case 0 when _client.TakeRequest() is { } request:
                _toServer.Enqueue(request);
                return true;
            case 1 when _toServer.TryDequeue(out var request):
                var parsed = DeltaDiscoveryRequest.Parser.ParseFrom(request);
                if (_server!.OnRequest(parsed.TypeUrl, parsed, now) is { Error: { } error })
                {
                    _failures.Add($"{Name} refuses {parsed.TypeUrl}: {error}");
                }
                return true;
            case 2 when _server!.TakeNext(now) is { } response:
                _toClient.Enqueue(response.ToArray());
                return true;
            case 3 when _toClient.TryDequeue(out var response):
                Apply(response);
                CheckRoutes();
                return true;
            default:
                return false;
        }
    }

    /// <summary>What differs between what is in force here and what the control plane has for this proxy.</summary>
    public IEnumerable<string> Differences()
    {
        if (!IsLive)
        {
            yield return $"{Name} is {_configuration.State}";
        }
        foreach (var subscription in _client.Subscriptions)
        {
            var expected = _served!.Resources[subscription.TypeUrl].GetAll()
                .Where(resource => subscription.IsSubscribed(resource.Name))
                .Select(resource => $"{resource.Name}@{resource.Version}").Order(StringComparer.Ordinal);
            var held = subscription.Held.Select(pair => $"{pair.Key}@{pair.Value}").Order(StringComparer.Ordinal);
            if (!expected.SequenceEqual(held))
            {
                yield return $"{Name} {subscription.TypeUrl}: [{string.Join(' ', held.Except(expected))}] instead of "
                    + $"[{string.Join(' ', expected.Except(held))}]";
            }
        }
        var clusters = _served!.Resources[TypeUrls.Cluster].GetNames().Order(StringComparer.Ordinal);
        var active = _configuration.Clusters.Entries.Where(entry => entry.Value.Active is not null)
            .Select(entry => entry.Key).Order(StringComparer.Ordinal);
        if (!clusters.SequenceEqual(active))
        {
            yield return $"{Name} has clusters {string.Join(' ', active)}";
        }
    }

    private void Disconnect()
    {
        _toServer.Clear();
        _toClient.Clear();
        _server?.Close();
        if (_served is not null)
        {
            _engine!.Disconnect(_served);
        }
    }

    private void Apply(byte[] message)
    {
        var response = _client.OnResponse(message);
        if (response?.Update is not { } update)
        {
            return;
        }
        _client.IsPaused = true;
        var resources = update.Resources.Where(entry => entry.HasBody)
            .Select(entry => (entry.Name, entry.Version, ByteString.CopyFrom(entry.Body.Span)));
        var rejected = _configuration.Apply(update.TypeUrl, resources, update.Removed)
            .Where(outcome => !outcome.IsAccepted).ToArray();
        var verdict = rejected.Length == 0
            ? XdsVerdict.Accepted
            : XdsVerdict.Reject(string.Join("; ", rejected.SelectMany(outcome => outcome.Errors)),
                [.. rejected.Select(outcome => outcome.Name)]);
        _client.IsPaused = false;
        _client.OnApplied(response, verdict);
    }

    /// <summary>Asks for what the configuration wants, but for secrets, which it has.</summary>
    private void Subscribe()
    {
        var wanted = _configuration.GetWanted().ToLookup(resource => resource.TypeUrl, resource => resource.Name);
        foreach (var type in (string[])[TypeUrls.Cluster, TypeUrls.Listener, TypeUrls.VirtualHost])
        {
            if (wanted.Contains(type))
            {
                SubscribeAll(type);
            }
        }

        SetNames(TypeUrls.ClusterLoadAssignment, [.. wanted[TypeUrls.ClusterLoadAssignment].Distinct()]);
        SetNames(TypeUrls.RouteConfiguration, [.. wanted[TypeUrls.RouteConfiguration].Distinct()]);
    }

    /// <summary>No route in force leads to a cluster that is not there: it would cost a request.</summary>
    private void CheckRoutes()
    {
        foreach (var name in _configuration.Routes.Keys)
        {
            foreach (var action in _configuration.RouteTables.Whole(name).VirtualHosts
                .SelectMany(host => host.Routes).Select(route => route.Route_).OfType<RouteAction>())
            {
                var targets = action.WeightedClusters is { } weighted
                    ? weighted.Clusters.Where(cluster => cluster.Weight is not 0).Select(cluster => cluster.Name)
                    : [action.Cluster];
                _failures.AddRange(targets.Where(target => !_configuration.Clusters.Entries.ContainsKey(target))
                    .Select(target => $"{Name}: route table {name} leads to {target}, which is not there"));
            }
        }
    }
}
