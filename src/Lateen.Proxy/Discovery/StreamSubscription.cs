using Google.Protobuf;
using Lateen.Core.Logging;
using Lateen.Xds.Client;

namespace Lateen.Proxy.Discovery;

/// <summary>Discovery over a stream: the aggregated one, or one of a single type.</summary>
internal sealed class StreamSubscription : IDiscoverySubscription, IXdsHandler
{
    private readonly DiscoveryHub _hub;
    private readonly DiscoverySource _source;
    private readonly XdsClient _client;
    private readonly ControlPlaneStats _stats;
    private readonly CancellationTokenSource _stop = new();
    private readonly Logger _log;
    private readonly bool _isDelta;

    public StreamSubscription(
        DiscoveryHub hub, DiscoverySource source, IXdsTransport transport, XdsClientOptions options,
        ControlPlaneStats stats, Logger log)
    {
        _hub = hub;
        _source = source;
        _stats = stats;
        _log = log;
        _isDelta = options.IsDelta;
        _client = new XdsClient(transport, this, options, log);
    }

    /// <summary>Runs until it is disposed of.</summary>
    public Task Running { get; private set; } = Task.CompletedTask;

    public void Start() => Running = Task.Run(RunAsync);

    private Task RunAsync() => _client.RunAsync(_stop.Token);

    public void Want(string typeUrl, IReadOnlyCollection<string> names, bool all)
    {
        if (all)
        {
            _client.SubscribeAll(typeUrl);
        }

        _client.SetNames(typeUrl, names);
    }

    public void AskAgain(string typeUrl)
    {
        // The incremental protocol has nothing to say about what is subscribed already.
        if (!_isDelta)
        {
            _client.AskAgain(typeUrl);
        }
    }

    public void SetPaused(string typeUrl, bool paused)
    {
        if (paused)
        {
            _client.Pause(typeUrl);
        }
        else
        {
            _client.Resume(typeUrl);
        }
    }

    public ValueTask<XdsVerdict> ApplyAsync(XdsUpdate update, CancellationToken cancellation)
    {
        var resources = new List<DiscoveredResource>(update.Resources.Count);
        foreach (var entry in update.Resources)
        {
            resources.Add(new DiscoveredResource(
                entry.Name, entry.Version, entry.HasBody ? ByteString.CopyFrom(entry.Body.Span) : ByteString.Empty,
                entry.Aliases));
        }

        var rejected = _hub.OnUpdate(
            _source, update.TypeUrl, update.Version, resources, update.Removed, isWhole: !_isDelta);
        if (rejected is not null && _isDelta)
        {
            // As in Envoy, nothing of a refused response is told as held: the next stream brings it again.
            rejected = XdsVerdict.Reject(rejected.Error!);
        }

        return ValueTask.FromResult(rejected ?? XdsVerdict.Accepted);
    }

    public void OnRejected(string typeUrl, string error) => _hub.OnRejected(_source, typeUrl);

    public void OnOpened() => _stats.OnConnection(true);

    public void OnConnected() => _log.Info("connected to the control plane");

    public void OnDisconnected(Grpc.GrpcStatus status)
    {
        _stats.OnConnection(false);
        _log.Warn($"disconnected from the control plane: {status}");
        _hub.OnFailure(_source);
    }

    public void OnRequestsHeldBack(int waiting) => _stats.OnHeldBack(waiting);

    public void Dispose()
    {
        _stop.Cancel();
        _stop.Dispose();
        _stats.Dispose();
    }
}
