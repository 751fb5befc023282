using System.Threading.Channels;
using Lateen.Core.Logging;
using Lateen.Grpc;

namespace Lateen.Xds.Client;

/// <summary>
/// Keeps a stream to the control plane open, tells it what is wanted, hands what comes to a handler and answers for it.
/// A broken stream is replaced after a growing wait; what is held is named to the new one, so that it need not be sent
/// again. Any thread may subscribe; the handler may, too, while it applies an update.
/// </summary>
public sealed class XdsClient(IXdsTransport transport, IXdsHandler handler, XdsClientOptions options,
    Logger? log = null) : IXdsSubscriber
{
    private static readonly TimeSpan _readAfterWriteFailed = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private readonly Logger _log = log ?? Logger.None;
    private readonly ReconnectBackoff _backoff = new(options.BackoffBase, options.BackoffMax, options.Random);
    private readonly ClientState _state = options.IsDelta
        ? new DeltaClientState(options.Node)
        : new SotwClientState(options.Node);

    private readonly Channel<bool> _wake = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    /// <summary>Whether the present stream has delivered something (<c>control_plane.connected_state</c>).</summary>
    public bool IsConnected { get; private set; }

    /// <summary>Wants all resources of a type.</summary>
    public void SubscribeAll(string typeUrl) => Change(typeUrl, subscription => subscription.SubscribeAll());

    /// <summary>Wants more resources by name. Names that are wanted already are asked for again.</summary>
    public void Subscribe(string typeUrl, params IReadOnlyCollection<string> names) =>
        Change(typeUrl, subscription => subscription.Subscribe(names));

    /// <summary>No longer wants these resources; they count as not held at once.</summary>
    public void Unsubscribe(string typeUrl, params IReadOnlyCollection<string> names) =>
        Change(typeUrl, subscription => subscription.Unsubscribe(names));

    /// <summary>Wants exactly these resources of a type by name.</summary>
    public void SetNames(string typeUrl, IReadOnlyCollection<string> names) =>
        Change(typeUrl, subscription => subscription.SetNames(names));

    /// <summary>The counters of a type; null where it was never subscribed.</summary>
    public XdsSubscriptionStats? GetStats(string typeUrl)
    {
        lock (_lock)
        {
            return _state.Find(typeUrl)?.Stats;
        }
    }

    /// <summary>Runs until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        var method = (options.IsDelta ? "Delta" : "Stream") + options.MethodSuffix;
        while (!cancellation.IsCancellationRequested)
        {
            GrpcStatus status;
            try
            {
                await RunStreamAsync($"/{options.Service}/{method}", cancellation);
                status = new GrpcStatus(GrpcStatusCode.Unavailable, "the control plane ended the stream");
            }
            catch (GrpcException e)
            {
                status = e.Status;
            }
            catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
            {
                return;
            }

            OnDisconnected(status);
            var wait = _backoff.Next();
            XdsClientLog.Disconnected(_log, status, wait);
            try
            {
                await Task.Delay(wait, options.Clock, cancellation);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    private void Change(string typeUrl, Action<Subscription> change)
    {
        lock (_lock)
        {
            change(_state.FindOrAdd(typeUrl));
        }

        _wake.Writer.TryWrite(true);
    }

    private async Task RunStreamAsync(string path, CancellationToken cancellation)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        await using var stream = await transport.OpenAsync(path, stop.Token);
        lock (_lock)
        {
            _state.OnStreamOpened();
        }

        _wake.Writer.TryWrite(true);
        var writing = WriteAsync(stream, stop.Token);
        var reading = ReadAsync(stream, stop.Token);
        var first = await Task.WhenAny(reading, writing);

        // A failed write only says that the stream is over; the reader knows the status.
        if (first == writing)
        {
            await Task.WhenAny(reading, Task.Delay(_readAfterWriteFailed, options.Clock, cancellation));
        }

        await stop.CancelAsync();
        await stream.DisposeAsync();
        await Task.WhenAll(Settle(reading), Settle(writing));
        await (reading.IsFaulted || !writing.IsFaulted ? reading : writing);
    }

    /// <summary>Waits for the end of a task without its outcome.</summary>
    private static Task<AggregateException?> Settle(Task task) => task.ContinueWith(
        static ended => ended.Exception, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);

    private async Task WriteAsync(IXdsByteStream stream, CancellationToken cancellation)
    {
        while (true)
        {
            await _wake.Reader.ReadAsync(cancellation);
            while (TakeRequest() is { } request)
            {
                await stream.WriteAsync(request, cancellation);
            }
        }
    }

    private byte[]? TakeRequest()
    {
        lock (_lock)
        {
            return _state.TakeRequest();
        }
    }

    private async Task ReadAsync(IXdsByteStream stream, CancellationToken cancellation)
    {
        while (await stream.ReadAsync(cancellation) is { } message)
        {
            if (!IsConnected)
            {
                IsConnected = true;
                _backoff.Reset();
                handler.OnConnected();
            }

            await OnMessageAsync(message, cancellation);
            _wake.Writer.TryWrite(true);
        }
    }

    private async ValueTask OnMessageAsync(ReadOnlyMemory<byte> message, CancellationToken cancellation)
    {
        ReceivedResponse? response;
        lock (_lock)
        {
            response = _state.OnResponse(message);
            _state.IsPaused = response?.Update is not null;
        }

        if (response?.Update is not { } update)
        {
            XdsClientLog.NotApplied(_log, response);
            return;
        }

        var verdict = await handler.ApplyAsync(update, cancellation);
        lock (_lock)
        {
            _state.IsPaused = false;
            _state.OnApplied(response, verdict);
            if (verdict.Error is null)
            {
                response.Subscription.Stats.UpdateTime = options.Clock.GetUtcNow();
            }
        }

        if (verdict.Error is { } error)
        {
            XdsClientLog.Rejected(_log, update, error);
        }
    }

    private void OnDisconnected(GrpcStatus status)
    {
        lock (_lock)
        {
            foreach (var subscription in _state.Subscriptions)
            {
                subscription.Stats.UpdateFailure++;
            }
        }

        IsConnected = false;
        handler.OnDisconnected(status);
    }
}
