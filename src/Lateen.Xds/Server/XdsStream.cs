using System.Net;
using System.Threading.Channels;
using Envoy.Config.Core.V3;
using Lateen.Grpc;
using Lateen.Grpc.Server;

namespace Lateen.Xds.Server;

/// <summary>
/// One connected stream as its owner sees it. Any thread may call. The stream's own work runs in two loops, one that
/// reads requests and one that sends what is due; the state between them is guarded by one lock and holds names and
/// versions only.
/// </summary>
public sealed class XdsStream : IXdsObserver, IAsyncDisposable
{
    private readonly Lock _lock = new();
    private readonly TimeProvider _clock;
    private readonly Channel<bool> _wake = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    private readonly TaskCompletionSource<GrpcStatus> _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ITimer _retry;
    private IXdsSession? _session;
    private StreamState? _state;

    internal XdsStream(long id, bool isDelta, GrpcServerCall call, string? identity, TimeProvider clock)
    {
        Id = id;
        IsDelta = isDelta;
        Call = call;
        Identity = identity;
        _clock = clock;
        ConnectedAt = clock.GetUtcNow();
        _retry = clock.CreateTimer(
            static state =>
                ((XdsStream)state!).OnResourcesChanged(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Number of the stream in its server.</summary>
    public long Id { get; }

    /// <summary>Incremental protocol; else state of the world.</summary>
    public bool IsDelta { get; }

    /// <summary>The node as the first request described it.</summary>
    public Node Node { get; private set; } = new();

    /// <summary>Who the peer was authenticated as; null where the listener asks for no identity.</summary>
    public string? Identity { get; }

    /// <summary>The peer's address; null on a unix socket.</summary>
    public IPEndPoint? RemoteEndPoint => Call.RemoteEndPoint;

    /// <summary>When the stream began.</summary>
    public DateTimeOffset ConnectedAt { get; }

    /// <summary>The source's session; null until the first request was accepted.</summary>
    public IXdsSession? Session => _session;

    internal GrpcServerCall Call { get; }

    internal Task<GrpcStatus> Closed => _closed.Task;

    /// <summary>How the stream stands with each type, in push order.</summary>
    public IReadOnlyList<XdsTypeStatus> GetStatus()
    {
        lock (_lock)
        {
            return _state is null ? [] : [.. _state.Watches.Select(watch => watch.GetStatus())];
        }
    }

    /// <summary>
    /// Asks the session again for the sets of a type, or of all types, and sends what differs from what the client
    /// holds: for a proxy that moved to another group.
    /// </summary>
    public void Invalidate(string? typeUrl = null)
    {
        lock (_lock)
        {
            _state?.Rebind(typeUrl);
        }

        OnResourcesChanged();
    }

    /// <summary>Ends the stream with a status; the client will connect again.</summary>
    public void Close(GrpcStatus status) => _closed.TrySetResult(status);

    /// <summary>Wakes the stream to look for changes.</summary>
    public void OnResourcesChanged() => _wake.Writer.TryWrite(true);

    /// <summary>Ends the timers of the stream; its server does this.</summary>
    public ValueTask DisposeAsync() => _retry.DisposeAsync();

    internal void Open(Node node) => Node = node;

    internal void Start(IXdsSession session) => _session = session;

    internal void Start(StreamState state)
    {
        lock (_lock)
        {
            _state = state;
        }
    }

    /// <summary>Runs a request through the state and tells the session of an answer.</summary>
    internal void OnRequest(Func<StreamState, DateTimeOffset, XdsAck?> handle)
    {
        XdsAck? ack;
        bool mayHaveWork;
        lock (_lock)
        {
            ack = handle(_state!, _clock.GetUtcNow());
            mayHaveWork = _state!.MayHaveWork();
        }

        if (ack is not null)
        {
            _session!.OnAck(ack);
        }

        if (mayHaveWork)
        {
            OnResourcesChanged();
        }
    }

    /// <summary>Waits until a response is due and takes it.</summary>
    internal async ValueTask<GrpcPayload> TakeNextAsync(CancellationToken cancellation)
    {
        while (true)
        {
            await _wake.Reader.ReadAsync(cancellation);
            lock (_lock)
            {
                var now = _clock.GetUtcNow();
                if (_state?.TakeNext(now) is { } response)
                {
                    // There may be more: look again after this one is sent.
                    OnResourcesChanged();
                    return response;
                }

                if (_state?.RetryAt is { } retryAt)
                {
                    var wait = retryAt - now;
                    _retry.Change(wait > TimeSpan.Zero ? wait : TimeSpan.Zero, Timeout.InfiniteTimeSpan);
                }
            }
        }
    }

    internal void End()
    {
        lock (_lock)
        {
            _state?.Close();
            _state = null;
        }

        _session?.OnClosed();
    }
}
