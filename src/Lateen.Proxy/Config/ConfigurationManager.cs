using Envoy.Config.Bootstrap.V3;
using Google.Protobuf;
using Lateen.Core;
using Lateen.Proxy.Config.Decode;
using Lateen.Xds;
using ClusterProto = Envoy.Config.Cluster.V3.Cluster;
using ListenerProto = Envoy.Config.Listener.V3.Listener;
using RouteConfigurationProto = Envoy.Config.Route.V3.RouteConfiguration;
using SecretProto = Envoy.Extensions.TransportSockets.Tls.V3.Secret;

namespace Lateen.Proxy.Config;

/// <summary>
/// Takes in all configuration, static and discovered: decodes, validates, warms, publishes. A bad resource is refused
/// alone and the
/// last good one stays. Any thread may call; calls are put in order by one lock, which no worker ever takes.
/// </summary>
internal sealed class ConfigurationManager : IDisposable
{
    private readonly Lock _lock = new();
    private readonly ProxyResources _resources;
    private readonly TimeProvider _clock;
    private readonly Dictionary<string, ResourceVersion> _routes = [];
    private readonly Dictionary<string, ResourceVersion> _secrets = [];
    private readonly HashSet<string> _typesAnswered = [];
    private bool _awaitsClusters;
    private bool _awaitsListeners;

    public ConfigurationManager(ProxyResources resources, TimeProvider clock)
    {
        _resources = resources;
        _clock = clock;
        Clusters = new ClusterManager(resources, clock, _lock, () => WantedChanged?.Invoke());
        Listeners = new ListenerManager(resources, clock);
    }

    /// <summary>Raised when names to be discovered may have changed.</summary>
    public event Action? WantedChanged;

    public ClusterManager Clusters { get; }

    public ListenerManager Listeners { get; }

    public ProxyResources Resources => _resources;

    public IReadOnlyDictionary<string, ResourceVersion> Routes => _routes;

    public IReadOnlyDictionary<string, ResourceVersion> Secrets => _secrets;

    /// <summary>Held while tables are read by others (admin).</summary>
    public Lock SyncRoot => _lock;

    /// <summary>Where the start-up is: clusters first, then listeners.</summary>
    public ServerState State
    {
        get
        {
            lock (_lock)
            {
                if (Clusters.IsWarming || (_awaitsClusters && !_typesAnswered.Contains(TypeUrls.Cluster)))
                {
                    return ServerState.PreInitializing;
                }
                return Listeners.IsWarming || (_awaitsListeners && !_typesAnswered.Contains(TypeUrls.Listener))
                    ? ServerState.Initializing
                    : ServerState.Live;
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
            _awaitsClusters = bootstrap.DynamicResources?.CdsConfig is not null;
            _awaitsListeners = bootstrap.DynamicResources?.LdsConfig is not null;
            for (var i = 0; i < resources.Secrets.Count; i++)
            {
                Collect(ApplySecret(resources.Secrets[i].ToByteString(), ""), $"static_resources.secrets[{i}]", errors);
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
                Collect(Clusters.Apply(cluster.ToByteString(), cluster, "", true), path, errors);
            }
            for (var i = 0; i < resources.Listeners.Count; i++)
            {
                var listener = resources.Listeners[i];
                Collect(Guard(listener.Name, () => Listeners.Apply(listener.ToByteString(), listener, "", true)),
                    $"static_resources.listeners[{i}]", errors);
            }
            return errors;
        }
    }

    /// <summary>
    /// Applies discovered resources of one type. Each is taken or refused by itself; removed names are given up (but
    /// for route tables,
    /// assignments and secrets, whose last version stays).
    /// </summary>
    public List<ResourceOutcome> Apply(
        string typeUrl, IEnumerable<(string Name, string Version, ByteString Body)> resources,
            IEnumerable<string> removed)
    {
        List<ResourceOutcome> outcomes;
        lock (_lock)
        {
            foreach (var name in removed)
            {
                Remove(typeUrl, name);
            }
            outcomes = [.. resources.Select(resource =>
                Guard(resource.Name, () => ApplyOne(typeUrl, resource.Version, resource.Body)))];
            _typesAnswered.Add(typeUrl);
            Clusters.ActivateWarm();
            outcomes.AddRange(Listeners.ActivateWarm());
        }
        WantedChanged?.Invoke();
        return outcomes;
    }

    /// <summary>Names that discovery should ask for; the wildcard types have none.</summary>
    public IReadOnlyCollection<string> GetWantedNames(string typeUrl)
    {
        lock (_lock)
        {
            return typeUrl switch
            {
                TypeUrls.ClusterLoadAssignment => [.. Clusters.AssignmentNames],
                TypeUrls.RouteConfiguration => [.. Listeners.RouteNames],
                TypeUrls.Secret => [.. Listeners.SecretNames.Concat(Clusters.SecretNames).Distinct()],
                _ => [],
            };
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

    public void Dispose() => Clusters.Dispose();

    private static void Collect(ResourceOutcome outcome, string path, List<ConfigError> errors)
    {
        foreach (var error in outcome.Errors)
        {
            errors.Add(error with
            {
                Path = error.Path.StartsWith('.') || error.Path.Length == 0 ? path + error.Path
                : $"{path}.{error.Path}"
            });
        }
    }

    /// <summary>The edge of one resource: whatever its bytes do, only it is refused.</summary>
    private static ResourceOutcome Guard(string name, Func<ResourceOutcome> apply)
    {
        try
        {
            return apply();
        }
        catch (InvalidProtocolBufferException e)
        {
            return ResourceOutcome.Rejected(name, "PROTOBUF", $"cannot be parsed: {e.Message}");
        }
        catch (ConfigException e)
        {
            return ResourceOutcome.Rejected(name, "CONFIG", e.Message);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // A defect of ours; the resource is refused, its trace says where, and the rest goes on.
            return ResourceOutcome.Rejected(name, "INTERNAL", $"cannot be applied: {e}");
        }
    }

    private ResourceOutcome ApplyOne(string typeUrl, string version, ByteString body)
    {
        if (_resources.RejectsUnknownDynamicFields && FindUnknownField(typeUrl, body) is { } path)
        {
            return ResourceOutcome.Rejected("", "UNKNOWN_FIELD", $"{path}: unknown field");
        }
        switch (typeUrl)
        {
            case TypeUrls.Cluster:
                return Clusters.Apply(body, ClusterProto.Parser.ParseFrom(body), version, false);
            case TypeUrls.ClusterLoadAssignment:
                return Clusters.ApplyAssignment(body, version);
            case TypeUrls.Listener:
                return Listeners.Apply(body, ListenerProto.Parser.ParseFrom(body), version, false);
            case TypeUrls.RouteConfiguration:
                return ApplyRoutes(body, version);
            case TypeUrls.Secret:
                return ApplySecret(body, version);
            default:
                return ResourceOutcome.Rejected("", "TYPE", $"resources of type {typeUrl} are not supported");
        }
    }

    private static string? FindUnknownField(string typeUrl, ByteString body) =>
        EnvoyTypes.Find(typeUrl[(typeUrl.LastIndexOf('/') + 1)..]) is { } type
            ? Core.Protobuf.UnknownFields.Find(type, body, EnvoyTypes.Find)
            : null;

    private void Remove(string typeUrl, string name)
    {
        if (typeUrl == TypeUrls.Cluster)
        {
            Clusters.Remove(name);
        }
        else if (typeUrl == TypeUrls.Listener)
        {
            Listeners.Remove(name);
            var wanted = Listeners.RouteNames.ToHashSet();
            foreach (var unused in _routes.Keys.Where(route => !wanted.Contains(route)).ToArray())
            {
                _routes.Remove(unused);
                _resources.Routes.Remove(unused);
            }
        }
    }

    private ResourceOutcome ApplyRoutes(ByteString body, string version)
    {
        var proto = RouteConfigurationProto.Parser.ParseFrom(body);
        if (_routes.TryGetValue(proto.Name, out var held) && held.Source.Equals(body))
        {
            return ResourceOutcome.Accepted(proto.Name);
        }
        var context = new DecodeContext { Resources = _resources };
        var table = RouteDecoder.Decode(proto, "", context);
        if (context.Errors.Count > 0)
        {
            return new ResourceOutcome(proto.Name, context.Errors);
        }
        _resources.Routes.GetOrAdd(proto.Name).Current = table;
        _routes[proto.Name] = new ResourceVersion(body, version, _clock.GetUtcNow());
        return ResourceOutcome.Accepted(proto.Name);
    }

    private ResourceOutcome ApplySecret(ByteString body, string version)
    {
        var secret = SecretProto.Parser.ParseFrom(body);
        var context = new DecodeContext { Resources = _resources };
        switch (secret.TypeCase)
        {
            case SecretProto.TypeOneofCase.TlsCertificate:
                if (TlsDecoder.DecodeCertificate(secret.TlsCertificate, "tls_certificate", context) is { } certificate)
                {
                    _resources.Secrets.GetCertificate(secret.Name).Current = certificate;
                }
                break;
            case SecretProto.TypeOneofCase.ValidationContext:
                var validation = TlsDecoder.DecodeValidation(secret.ValidationContext, "validation_context", context);
                if (context.Errors.Count == 0)
                {
                    _resources.Secrets.SetValidation(secret.Name, validation);
                }
                break;
            case SecretProto.TypeOneofCase.SessionTicketKeys or SecretProto.TypeOneofCase.GenericSecret:
                break;
            default:
                context.Error("", "SECRET", "a secret needs a certificate or a validation context");
                break;
        }
        if (context.Errors.Count > 0)
        {
            return new ResourceOutcome(secret.Name, context.Errors);
        }
        _secrets[secret.Name] = new ResourceVersion(body, version, _clock.GetUtcNow());
        return ResourceOutcome.Accepted(secret.Name);
    }
}
