using System.Collections.Concurrent;
using System.Globalization;
using Envoy.Config.Core.V3;
using Envoy.Service.Discovery.V3;
using Lateen.Core.Logging;
using Lateen.Grpc;
using Lateen.Grpc.Server;

namespace Lateen.Xds.Server;

/// <summary>
/// Serves the resources of an <see cref="IXdsSource"/> over the aggregated discovery service and the services of single
/// types, both protocols. Knows streams, names and versions; what a resource means is the source's.
/// </summary>
/// <param name="source">Where the resources come from.</param>
/// <param name="options">Limits.</param>
/// <param name="clock">The clock.</param>
/// <param name="log">Where messages go.</param>
/// <param name="authenticate">
/// Tells who the peer is, from its certificate or its <c>authorization</c> metadata, before anything is read. Null
/// result: no identity is asked for (plaintext). Refuses with a <see cref="GrpcException"/> (UNAUTHENTICATED). Default:
/// nobody is asked.
/// </param>
public sealed class XdsServer(
    IXdsSource source,
    XdsServerOptions? options = null,
    TimeProvider? clock = null,
    Logger? log = null,
    Func<GrpcServerCall, CancellationToken, ValueTask<string?>>? authenticate = null)
{
    private const string StreamPrefix = "Stream";
    private const string DeltaPrefix = "Delta";

    /// <summary>How long a response being written may take once its stream ends.</summary>
    private static readonly TimeSpan _lastWriteMax = TimeSpan.FromSeconds(1);

    private readonly XdsServerOptions _options = options ?? new();
    private readonly TimeProvider _clock = clock ?? TimeProvider.System;
    private readonly Logger _log = log ?? Logger.None;
    private readonly ConcurrentDictionary<long, XdsStream> _streams = new();
    private long _streamCount;

    /// <summary>All streams whose first request was accepted.</summary>
    public IReadOnlyCollection<XdsStream> Streams => [.. _streams.Values];

    /// <summary>Adds the discovery services to a server's services.</summary>
    public void AddTo(GrpcServices services)
    {
        Add(services, "discovery", "AggregatedDiscoveryService", "AggregatedResources", null);
        Add(services, "cluster", "ClusterDiscoveryService", "Clusters", TypeUrls.Cluster);
        Add(services, "endpoint", "EndpointDiscoveryService", "Endpoints", TypeUrls.ClusterLoadAssignment);
        Add(services, "listener", "ListenerDiscoveryService", "Listeners", TypeUrls.Listener);
        Add(services, "route", "RouteDiscoveryService", "Routes", TypeUrls.RouteConfiguration);
        Add(services, "secret", "SecretDiscoveryService", "Secrets", TypeUrls.Secret);
        Add(services, "extension", "ExtensionConfigDiscoveryService", "ExtensionConfigs",
            TypeUrls.TypedExtensionConfig);
        Add(services, "runtime", "RuntimeDiscoveryService", "Runtime", TypeUrls.Runtime);
        AddDelta(
            services,
            "envoy.service.route.v3.VirtualHostDiscoveryService",
            DeltaPrefix + "VirtualHosts",
            TypeUrls.VirtualHost);
    }

    private static string Nonces(XdsStream stream) => string.Create(CultureInfo.InvariantCulture, $"{stream.Id:x}.");

    private void Add(GrpcServices services, string package, string service, string method, string? typeUrl)
    {
        var name = $"envoy.service.{package}.v3.{service}";
        AddDelta(services, name, DeltaPrefix + method, typeUrl);
        services.AddDuplex(
            new GrpcMethod<DiscoveryRequest, GrpcPayload>(
                name, StreamPrefix + method, GrpcCodec.Protobuf(DiscoveryRequest.Parser), GrpcCodec.Payload),
            stream => ServeAsync(
                stream,
                isDelta: false,
                request => request.Node,
                xds => new SotwStreamState(_options, Nonces(xds), xds.Session!.GetResources, xds),
                (state, request, now) => ((SotwStreamState)state).OnRequest(typeUrl ?? request.TypeUrl, request, now),
                request => typeUrl ?? request.TypeUrl));
    }

    private void AddDelta(GrpcServices services, string name, string method, string? typeUrl) => services.AddDuplex(
        new GrpcMethod<DeltaDiscoveryRequest, GrpcPayload>(
            name, method, GrpcCodec.Protobuf(DeltaDiscoveryRequest.Parser), GrpcCodec.Payload),
        stream => ServeAsync(
            stream,
            isDelta: true,
            request => request.Node,
            xds => new DeltaStreamState(_options, Nonces(xds), xds.Session!.GetResources, xds),
            (state, request, now) => ((DeltaStreamState)state).OnRequest(typeUrl ?? request.TypeUrl, request, now),
            request => typeUrl ?? request.TypeUrl));

    private async Task ServeAsync<TRequest>(
        GrpcServerStream<TRequest, GrpcPayload> call,
        bool isDelta,
        Func<TRequest, Node?> getNode,
        Func<XdsStream, StreamState> makeState,
        Func<StreamState, TRequest, DateTimeOffset, XdsAck?> handle,
        Func<TRequest, string> getTypeUrl)
    {
        // 1. Who is it, and which node does it say it is?
        var identity = authenticate is null ? null : await authenticate(call, call.Cancellation);
        if (!await call.MoveNextAsync())
        {
            return;
        }

        var node = getNode(call.Current);
        if (string.IsNullOrEmpty(node?.Id))
        {
            throw new GrpcException(GrpcStatusCode.InvalidArgument, "the first request names no node id");
        }

        await using var stream =
            new XdsStream(Interlocked.Increment(ref _streamCount), isDelta, call, identity, _clock);
        stream.Open(node);
        var session = await source.ConnectAsync(stream, call.Cancellation);
        stream.Start(session);
        stream.Start(makeState(stream));
        _streams[stream.Id] = stream;
        XdsServerLog.Connected(_log, stream);
        try
        {
            // 2. Requests in and responses out until either side ends.
            await RunAsync(call, stream, request =>
            {
                if (getTypeUrl(request).Length == 0)
                {
                    throw new GrpcException(GrpcStatusCode.InvalidArgument, "a request names no type URL");
                }

                stream.OnRequest((state, now) => handle(state, request, now));
            });
        }
        finally
        {
            // 3. Nothing of the stream stays behind.
            _streams.TryRemove(stream.Id, out _);
            stream.End();
            XdsServerLog.Disconnected(_log, stream);
        }
    }

    private async Task RunAsync<TRequest>(
        GrpcServerStream<TRequest, GrpcPayload> call, XdsStream stream, Action<TRequest> onRequest)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(call.Cancellation);
        var sending = SendAsync(call, stream, stop.Token);
        var reading = ReadAsync(call, onRequest, stop.Token);
        var first = await Task.WhenAny(reading, sending, stream.Closed);
        await stop.CancelAsync();
        // Nobody may read the request's body once the call has ended: its stream serves another call then.
        await Task.WhenAny(Task.WhenAll(sending, reading), Task.Delay(_lastWriteMax, _clock, call.Cancellation));
        Observe(sending);
        Observe(reading);
        if (first == stream.Closed)
        {
            throw new GrpcException(await stream.Closed);
        }

        await first;
    }

    private static async Task ReadAsync<TRequest>(
        GrpcServerStream<TRequest, GrpcPayload> call, Action<TRequest> onRequest, CancellationToken cancellation)
    {
        // The first request was read before.
        do
        {
            onRequest(call.Current);
        }
        while (await call.WaitNextAsync(cancellation));
    }

    private static async Task SendAsync<TRequest>(
        GrpcServerStream<TRequest, GrpcPayload> call, XdsStream stream, CancellationToken cancellation)
    {
        while (true)
        {
            await call.WriteAsync(await stream.TakeNextAsync(cancellation));
        }
    }

    /// <summary>The loop that did not end first fails when the call is torn down; that says nothing new.</summary>
    private static void Observe(Task task) => _ = task.ContinueWith(
        static ended =>
            ended.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
}
