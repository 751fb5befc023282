using System.Text;
using Lateen.Http;
using Lateen.Net;
using Lateen.Proxy.Clusters;
using Lateen.Proxy.Routing;
using Lateen.Proxy.Stats;
using Lateen.Proxy.Streams;
using Lateen.Proxy.Tracing;

namespace Lateen.Proxy.Runtime;

/// <summary>
/// A request that the proxy makes for itself, to a key server or an authorization service. The whole answer is read,
/// then <c>done</c> is called once. One worker's; cancelled calls never call back.
/// </summary>
internal sealed class HttpCall : IUpstreamCallbacks, ITimerTarget
{
    /// <summary>Bytes of an answer's body; a longer one counts as a reset.</summary>
    private const int BodyBytesMax = 4 * 1024 * 1024;

    private readonly Worker _worker;
    private readonly Cluster _cluster;
    private readonly PendingStream _pending;
    private readonly BufferChain _body;
    private readonly ByteBuffer _answer = new();
    private readonly LoopTimer _timer;
    private readonly Action<HttpCall, HttpCallOutcome> _done;
    private Host? _host;
    private ResponseFlags _flags;
    private bool _isGrpc;
    private HttpClientStream? _upstream;
    private bool _isInternal;
    private bool _countsResponse;
    private bool _isOver;

    private HttpCall(Worker worker, Cluster cluster, Action<HttpCall, HttpCallOutcome> done)
    {
        _worker = worker;
        _cluster = cluster;
        _done = done;
        _pending = new PendingStream(this);
        _body = new BufferChain(worker.Loop.Buffers);
        _timer = new LoopTimer(worker.Loop.Timers, this);
    }

    public HeaderMap Request { get; } = new();

    public HeaderMap ResponseHeaders { get; } = new();

    public HeaderMap ResponseTrailers { get; } = new();

    /// <summary>When the call began, on the loop's clock.</summary>
    public long StartNanos { get; private init; }

    /// <summary>Zero while there is no answer.</summary>
    public int Status { get; private set; }

    /// <summary>Bytes on the wire, both ways, once the call is over; those of HTTP/2 with its frames.</summary>
    public (long Sent, long Received) WireBytes { get; private set; }

    /// <summary>What the proxy says in the place of an answer that did not begin; null where one did.</summary>
    public string? FailureText { get; private set; }

    /// <summary>Why there was no connection; null where that was not the reason.</summary>
    public string? Failure { get; private set; }

    public ReadOnlySpan<byte> Body => _answer.Written;

    /// <summary>The span of the call; null where the request that it is made for has none, or there is no such
    /// request.</summary>
    public CallSpan? Span { get; private set; }

    /// <summary>
    /// Starts a call; <paramref name="prepare"/> fills the request's headers, to which those that mark calls of the
    /// proxy are added. <paramref name="done"/> may be called before this returns.
    /// </summary>
    internal static HttpCall Start(
        Worker worker, Cluster cluster, Action<HeaderMap> prepare, ReadOnlySpan<byte> body, long timeoutNanos,
        Action<HttpCall, HttpCallOutcome> done, bool tellsMachine = true, bool marksCall = true,
        HttpCallTrace trace = default, bool tellsTimeout = true, bool countsResponse = true)
    {
        var call = new HttpCall(worker, cluster, done)
        {
            StartNanos = worker.NowNanos,
            _isInternal = marksCall,
            _countsResponse = countsResponse,
        };
        cluster.Stats.Scope.Store.AsyncClient.Add(worker.Index, 0);
        prepare(call.Request);
        call._isGrpc = trace.IsGrpc;
        call.Span = trace.Begin(call.Request, cluster);
        if (marksCall)
        {
            call.Request.Set(HeaderId.XEnvoyInternal, "true"u8);
        }

        if (tellsMachine)
        {
            MachineAddress.AppendTo(call.Request);
        }

        Span<byte> text = stackalloc byte[20];

        if (timeoutNanos > 0)
        {
            var millis = (timeoutNanos + 999_999) / 1_000_000;
            call._timer.Start(millis);
            if (tellsTimeout)
            {
                millis.TryFormat(text, out var written);
                call.Request.Set(HeaderId.XEnvoyExpectedRqTimeoutMs, text[..written]);
            }
        }

        call._body.Append(body);
        call.Connect();
        return call;
    }

    /// <summary>Nobody waits any more.</summary>
    internal void Cancel()
    {
        if (!_isOver)
        {
            End();
            Span?.Cancel();
        }
    }

    void ITimerTarget.OnTimer(LoopTimer timer)
    {
        _cluster.Stats.Add(_worker.Index, ClusterStat.UpstreamRqTimeout);
        _flags |= ResponseFlags.UpstreamRequestTimeout;
        FailureText = "upstream request timeout";
        Finish(HttpCallOutcome.Timeout);
    }

    void IUpstreamCallbacks.OnPoolReady(HttpClientStream stream)
    {
        _upstream = stream;
        if (stream.Transport.Tls is not null)
        {
            Request.Set(HeaderId.Scheme, "https"u8);
        }

        if (Request.IndexOfUnsendable(out _) >= 0)
        {
            Finish(HttpCallOutcome.Reset);
            return;
        }

        stream.EncodeHeaders(Request, _body.IsEmpty);
        if (!_body.IsEmpty)
        {
            stream.EncodeData(_body, _body.Length, true);
        }
    }

    void IUpstreamCallbacks.OnPoolFailure(UpstreamResetReason reason, byte[]? transportFailure)
    {
        _flags |= Router.FlagOf(reason);
        FailureText = TextOf(reason);
        Failure = transportFailure is null ? $"{reason}" : $"{reason}: {Encoding.UTF8.GetString(transportFailure)}";
        Finish(HttpCallOutcome.Reset);
    }

    void IUpstreamCallbacks.OnInformational(int status)
    {
    }

    void IUpstreamCallbacks.OnResponseHeaders(int status, bool endStream)
    {
        Status = status;
        if (_countsResponse)
        {
            _cluster.Stats.CountResponse(_worker.Index, status, _isInternal);
        }

        if (endStream)
        {
            Detach();
            Finish(HttpCallOutcome.Success);
        }
    }

    void IUpstreamCallbacks.OnResponseData(BufferChain data, int length, bool endStream)
    {
        if (_isOver || _answer.Length + length > BodyBytesMax)
        {
            data.Consume(length);
            Finish(HttpCallOutcome.Reset);
            return;
        }

        while (length > 0)
        {
            var piece = data.First;
            piece = piece[..Math.Min(piece.Length, length)];
            _answer.Write(piece);
            length -= piece.Length;
            data.Consume(piece.Length);
        }

        if (endStream)
        {
            Detach();
            Finish(HttpCallOutcome.Success);
        }
    }

    void IUpstreamCallbacks.OnResponseTrailers()
    {
        Detach();
        Finish(HttpCallOutcome.Success);
    }

    void IUpstreamCallbacks.OnUpstreamReset(UpstreamResetReason reason)
    {
        Detach();
        _flags |= Router.FlagOf(reason);
        FailureText = TextOf(reason);
        Finish(HttpCallOutcome.Reset);
    }

    void IUpstreamCallbacks.OnUpstreamAboveHighWatermark()
    {
    }

    void IUpstreamCallbacks.OnUpstreamBelowLowWatermark()
    {
    }

    private void Connect()
    {
        var host = _cluster.PickHost(_worker.Index, new LoadBalancerContext());
        if (host is null)
        {
            _cluster.Stats.Add(_worker.Index, ClusterStat.UpstreamCxNoneHealthy);
            _flags |= ResponseFlags.NoHealthyUpstream;
            FailureText = "no healthy upstream";
            Finish(HttpCallOutcome.Reset);
            return;
        }

        _host = host;
        _worker.GetHostState(host).GetPool(Streams.HttpProtocol.Http11, false, default).NewStream(_pending);
    }

    private void Finish(HttpCallOutcome outcome)
    {
        if (_isOver)
        {
            return;
        }

        End();
        if (Status > 0)
        {
            FailureText = null;
        }
        else if (_countsResponse && FailureText is not null)
        {
            _cluster.Stats.CountResponse(_worker.Index, StatusOf(outcome), _isInternal);
        }

        _done(this, outcome);
        if (!_isGrpc)
        {
            Span?.EndHttp(_cluster, _host, StatusOf(outcome), _flags);
        }
    }

    private static string TextOf(UpstreamResetReason reason) =>
        $"upstream connect error or disconnect/reset before headers. reset reason: {Router.TextOf(reason)}";

    /// <summary>Also of an answer that the proxy gives itself in the upstream's place.</summary>
    internal int StatusOf(HttpCallOutcome outcome) => outcome switch
    {
        HttpCallOutcome.Success => Status,
        HttpCallOutcome.Timeout => 504,
        _ => 503,
    };

    private HttpClientStream? Detach()
    {
        var upstream = _upstream;
        _upstream = null;
        if (upstream is not null)
        {
            WireBytes = (upstream.WireBytesSent, upstream.WireBytesReceived);
        }

        return upstream;
    }

    private void End()
    {
        if (_isOver)
        {
            return;
        }

        _isOver = true;
        _timer.Remove();
        _pending.Pool?.Cancel(_pending);
        var upstream = Detach();
        _body.Clear();
        upstream?.Reset();
    }
}
