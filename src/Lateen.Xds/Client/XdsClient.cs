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
        ? new DeltaClientState(options.Node, options.TellsNodeOnce)
        : new SotwClientState(options.Node, options.TellsNodeOnce);

    private readonly RequestBudget _budget = new(options.RequestTokens, options.RequestsPerSecond, options.Clock);

    // One update at a time, also those that follow from a resource's end of life.
    private readonly Turnstile _applying = new();
    private ITimer? _expiry;

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

    /// <summary>Sends no requests of a type until <see cref="Resume"/> was called as often.</summary>
    public void Pause(string typeUrl) => Change(typeUrl, subscription => subscription.PauseCount++);

    /// <summary>Takes back a <see cref="Pause"/>; what is due by now is sent.</summary>
    public void Resume(string typeUrl) => Change(typeUrl, subscription => subscription.PauseCount--);

    /// <summary>Asks for resources again that are wanted already, as for a new use of them.</summary>
    public void AskAgain(string typeUrl) => Change(typeUrl, subscription => subscription.IsRequestDue = true);

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

        handler.OnOpened();
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
            var requests = new List<byte[]>();
            while (CountRequests() is > 0 and var waiting)
            {
                if (!_budget.TryTake(out var wait))
                {
                    handler.OnRequestsHeldBack(waiting);
                    _ = WakeAsync(wait, cancellation);
                    break;
                }

                if (TakeRequest() is { } request)
                {
                    requests.Add(request);
                }
            }

            if (requests.Count > 0)
            {
                await stream.WriteAllAsync(requests, cancellation);
            }
        }
    }

    private async Task WakeAsync(TimeSpan wait, CancellationToken cancellation)
    {
        try
        {
            await Task.Delay(wait, options.Clock, cancellation);
            _wake.Writer.TryWrite(true);
        }
        catch (OperationCanceledException)
        {
            // The stream is over.
        }
    }

    private int CountRequests()
    {
        lock (_lock)
        {
            return _state.CountRequests();
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
            if (_budget.IsEmpty && CountRequests() is > 0 and var waiting)
            {
                handler.OnRequestsHeldBack(waiting);
            }

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
            if (response?.Error is { } refusal)
            {
                handler.OnRejected(response.Subscription.TypeUrl, refusal);
            }

            return;
        }

        await _applying.EnterAsync(cancellation);
        try
        {
            await ApplyAsync(response, update, cancellation);
        }
        finally
        {
            _applying.Leave();
        }
    }

    private async ValueTask ApplyAsync(ReceivedResponse response, XdsUpdate update, CancellationToken cancellation)
    {
        var verdict = await handler.ApplyAsync(update, cancellation);
        lock (_lock)
        {
            _state.IsPaused = false;
            _state.OnApplied(response, verdict);
            if (verdict.Error is null)
            {
                response.Subscription.Stats.UpdateTime = options.Clock.GetUtcNow();
            }

            NoteLifetimes(response);
        }

        if (verdict.Error is { } error)
        {
            XdsClientLog.Rejected(_log, update, error);
        }
    }

    /// <summary>What lives only for some time is dropped then, unless the server says otherwise before.</summary>
    private void NoteLifetimes(ReceivedResponse response)
    {
        var subscription = response.Subscription;
        foreach (var entry in response.Update!.Resources)
        {
            subscription.Expiries.Remove(entry.Name);
        }

        foreach (var lifetime in response.Lifetimes ?? [])
        {
            var isHeld = subscription.Held.TryGetValue(lifetime.Name, out var version)
                && (!lifetime.IsHeartbeat || version == lifetime.Version);
            if (isHeld && lifetime.Ttl > TimeSpan.Zero)
            {
                subscription.Expiries[lifetime.Name] = options.Clock.GetTimestamp()
                    + (long)(lifetime.Ttl.TotalSeconds * options.Clock.TimestampFrequency);
            }
        }

        foreach (var name in response.Update.Removed)
        {
            subscription.Expiries.Remove(name);
        }

        StartExpiryTimer();
    }

    private void StartExpiryTimer()
    {
        var next = long.MaxValue;
        foreach (var subscription in _state.Subscriptions)
        {
            foreach (var at in subscription.Expiries.Values)
            {
                next = Math.Min(next, at);
            }
        }

        if (next == long.MaxValue)
        {
            _expiry?.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            return;
        }

        var wait = options.Clock.GetElapsedTime(options.Clock.GetTimestamp(), next);
        wait = wait > TimeSpan.Zero ? wait + TimeSpan.FromMilliseconds(1) : TimeSpan.Zero;
        _expiry ??= options.Clock.CreateTimer(
            _ => _ = ExpireAsync(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _expiry.Change(wait, Timeout.InfiniteTimeSpan);
    }

    private async Task ExpireAsync()
    {
        var updates = new List<XdsUpdate>();
        await _applying.EnterAsync(CancellationToken.None);
        try
        {
            lock (_lock)
            {
                var now = options.Clock.GetTimestamp();
                foreach (var subscription in _state.Subscriptions)
                {
                    var gone = subscription.Expiries.Where(entry => entry.Value <= now).Select(entry => entry.Key)
                        .ToArray();
                    foreach (var name in gone)
                    {
                        subscription.Expiries.Remove(name);
                        subscription.Held.Remove(name);
                    }

                    if (gone.Length > 0)
                    {
                        updates.Add(new XdsUpdate(subscription.TypeUrl, "", [], gone));
                    }
                }

                StartExpiryTimer();
            }

            foreach (var update in updates)
            {
                await handler.ApplyAsync(update, CancellationToken.None);
            }
        }
        finally
        {
            _applying.Leave();
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
