using Google.Protobuf;
using Lateen.Core.Logging;
using Lateen.Proxy.Stats;
using Lateen.Xds;
using Lateen.Xds.Client;

namespace Lateen.Proxy.Config;

/// <summary>
/// Between the discovery stream and the configuration: hands over what comes, answers for it, and asks for what the
/// configuration
/// names. Listeners are asked for once the clusters are warm, as Envoy does, so that no listener comes into force
/// before its clusters.
/// </summary>
internal sealed class XdsSubscriptions(
    ConfigurationManager configuration, bool includeSecrets, TimeProvider clock, Logger log) : IXdsHandler
{
    private readonly DiscoveryStats _stats = new(configuration.Resources.Stats);
    private IXdsSubscriber? _client;
    private volatile bool _listenersWanted;

    public void Start(IXdsSubscriber client)
    {
        _client = client;
        configuration.WantedChanged += UpdateNames;
        client.SubscribeAll(TypeUrls.Cluster);
        UpdateNames();
    }

    public ValueTask<XdsVerdict> ApplyAsync(XdsUpdate update, CancellationToken cancellation)
    {
        var resources = update.Resources
            .Where(entry => entry.HasBody)
            .Select(entry => (entry.Name, entry.Version, ByteString.CopyFrom(entry.Body.Span)));
        var outcomes = configuration.Apply(update.TypeUrl, resources, update.Removed);
        var rejected = outcomes.Where(outcome => !outcome.IsAccepted).ToArray();
        log.Info($"{update.TypeUrl[(update.TypeUrl.LastIndexOf('.') + 1)..]}: {update.Resources.Count} taken, "
            + $"{update.Removed.Count} removed, {rejected.Length} refused");
        _stats.OnUpdate(update.TypeUrl, rejected.Length == 0, clock.GetUtcNow());
        if (rejected.Length == 0)
        {
            return ValueTask.FromResult(XdsVerdict.Accepted);
        }
        var text = string.Join(", ", rejected.Select(outcome =>
            $"{outcome.Name}: {string.Join("; ", outcome.Errors)}"));
        return ValueTask.FromResult(
            XdsVerdict.Reject(Prefix(update.TypeUrl) + text, [.. rejected.Select(o => o.Name)]));
    }

    public void OnConnected()
    {
        _stats.OnConnection(connected: true);
        log.Info("connected to the control plane");
    }

    public void OnDisconnected(Grpc.GrpcStatus status)
    {
        _stats.OnConnection(connected: false);
        log.Warn($"disconnected from the control plane: {status}");
    }

    private static string Prefix(string typeUrl) => typeUrl switch
    {
        TypeUrls.Cluster => "Error adding/updating cluster(s) ",
        TypeUrls.Listener => "Error adding/updating listener(s) ",
        _ => "",
    };

    private void UpdateNames()
    {
        if (_client is not { } client)
        {
            return;
        }
        client.SetNames(TypeUrls.ClusterLoadAssignment, configuration.GetWantedNames(TypeUrls.ClusterLoadAssignment));
        if (!_listenersWanted && configuration.State != ServerState.PreInitializing)
        {
            _listenersWanted = true;
            client.SubscribeAll(TypeUrls.Listener);
        }
        client.SetNames(TypeUrls.RouteConfiguration, configuration.GetWantedNames(TypeUrls.RouteConfiguration));
        if (includeSecrets)
        {
            client.SetNames(TypeUrls.Secret, configuration.GetWantedNames(TypeUrls.Secret));
        }
    }
}
