using Lateen.Agent.Secrets;
using Lateen.Agent.Status;
using Lateen.Core.Logging;
using Lateen.Grpc;
using Lateen.Grpc.Client;
using Lateen.Grpc.Server;

namespace Lateen.Agent.Discovery;

/// <summary>
/// Passes the discovery stream of a proxy in another process on to the control plane, and takes out of it what is meant
/// for the agent itself: name tables and trust bundles. When the control plane is away the proxy's stream ends with
/// UNAVAILABLE; the proxy keeps what it has and comes back.
/// </summary>
public sealed class DiscoveryProxy
{
    private const string Service = "envoy.service.discovery.v3.AggregatedDiscoveryService";

    private readonly ControlPlaneTarget _target;
    private readonly DiscoveryProxyOptions _options;
    private readonly AgentResources _resources;
    private readonly AgentMetrics _metrics;
    private readonly Logger _log;
    private readonly Lock _lock = new();
    private CancellationTokenSource? _present;

    /// <summary>Nothing is connected yet.</summary>
    public DiscoveryProxy(
        ControlPlaneTarget target,
        DiscoveryProxyOptions options,
        AgentResources resources,
        AgentMetrics metrics,
        Logger log)
    {
        _target = target;
        _options = options;
        _resources = resources;
        _metrics = metrics;
        _log = log;
    }

    /// <summary>Adds both discovery methods to those of a server.</summary>
    public void AddTo(GrpcServices services)
    {
        foreach (var name in new[] { "StreamAggregatedResources", "DeltaAggregatedResources" })
        {
            var method = GrpcMethod.Bytes(Service, name);
            services.AddDuplex(method, stream => ForwardAsync(method, stream, isDelta: name[0] == 'D'));
        }
    }

    private async Task ForwardAsync(
        GrpcMethod<GrpcPayload, GrpcPayload> method, GrpcServerStream<GrpcPayload, GrpcPayload> downstream,
            bool isDelta)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(downstream.Cancellation);
        Replace(stop);
        using var channel = _target.Open();
        var upstream =
            channel.Open(method, new GrpcCallOptions { Headers = _options.BuildMetadata(_target) }, stop.Token);
        await using var _ = upstream.ConfigureAwait(false);
        using var writer = new SemaphoreSlim(1);
        var session = new Session(downstream, upstream, writer, isDelta);
        var requests = PassRequestsAsync(session, stop.Token);
        var responses = PassResponsesAsync(session, stop.Token);
        var first = await Task.WhenAny(requests, responses);
        var replaced = stop.IsCancellationRequested && !downstream.Cancellation.IsCancellationRequested;
        await stop.CancelAsync();
        Forget(stop);
        try
        {
            await first;
        }
        catch (GrpcException e)
        {
            throw Ended(e.Status, replaced);
        }
        catch (OperationCanceledException)
        {
            throw Ended(new GrpcStatus(GrpcStatusCode.Unavailable, "the stream was ended"), replaced);
        }
        if (first == responses)
        {
            throw Ended(new GrpcStatus(GrpcStatusCode.Unavailable, "the control plane ended the stream"), replaced);
        }
        _metrics.CountTermination("Cancelled");
    }

    private GrpcException Ended(GrpcStatus status, bool replaced)
    {
        if (replaced)
        {
            return new GrpcException(GrpcStatusCode.Unknown, "the proxy opened another stream");
        }
        _metrics.CountTermination(status.Code.ToString());
        if (status.Code == GrpcStatusCode.Unavailable)
        {
            _metrics.CountConnectionFailure();
        }
        _log.Warn($"the stream to {_target.Address} ended: {status.Code}: {status.Message}");
        return new GrpcException(status);
    }

    private async Task PassRequestsAsync(Session session, CancellationToken cancel)
    {
        var isFirst = true;
        while (await session.Downstream.MoveNextAsync())
        {
            await session.WriteAsync(session.Downstream.Current, cancel);
            _metrics.CountDiscoveryRequest();
            if (isFirst)
            {
                isFirst = false;
                foreach (var request in _resources.BuildSubscriptions(session.IsDelta))
                {
                    await session.WriteAsync(new GrpcPayload(request), cancel);
                }
            }
        }
    }

    private async Task PassResponsesAsync(Session session, CancellationToken cancel)
    {
        while (await session.Upstream.MoveNextAsync())
        {
            var payload = session.Upstream.Current;
            if (_resources.TryTake(payload.ToArray(), session.IsDelta, out var acknowledgement))
            {
                await session.WriteAsync(new GrpcPayload(acknowledgement), cancel);
                continue;
            }
            await session.Downstream.WriteAsync(payload);
            _metrics.CountDiscoveryResponse();
        }
    }

    // A proxy has one stream; a new one means that it gave the old one up.
    private void Replace(CancellationTokenSource stop)
    {
        lock (_lock)
        {
            _present?.Cancel();
            _present = stop;
        }
    }

    private void Forget(CancellationTokenSource stop)
    {
        lock (_lock)
        {
            _present = ReferenceEquals(_present, stop) ? null : _present;
        }
    }

    private sealed record Session(
        GrpcServerStream<GrpcPayload, GrpcPayload> Downstream,
        GrpcCall<GrpcPayload, GrpcPayload> Upstream,
        SemaphoreSlim Writer,
        bool IsDelta)
    {
        // Requests of the proxy and of the agent share the stream.
        public async Task WriteAsync(GrpcPayload message, CancellationToken cancel)
        {
            await Writer.WaitAsync(cancel);
            try
            {
                await Upstream.WriteAsync(message);
            }
            finally
            {
                Writer.Release();
            }
        }
    }
}
