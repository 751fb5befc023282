using Lateen.Http;
using Lateen.Net;
using Lateen.Proxy.Clusters;
using Lateen.Proxy.Routing;
using Lateen.Proxy.Stats;
using Lateen.Proxy.Streams;
using Lateen.Proxy.Tracing;

namespace Lateen.Proxy.Runtime;

/// <summary>
/// A copy of a request to another cluster, whose answer is dropped. It lives on its own: the request that it copies may
/// end before it.
/// </summary>
internal sealed class ShadowRequest : IUpstreamCallbacks, ITimerTarget
{
    /// <summary>Bytes of a body that may wait for a connection; beyond them the copy is given up.</summary>
    private const int BodyBytesMax = 1024 * 1024;

    private readonly Worker _worker;
    private readonly Cluster _cluster;
    private readonly PendingStream _pending;
    private readonly BufferChain _body;
    private readonly LoadBalancerContext _context = new();
    private readonly HeaderMap _request = new();
    private readonly LoopTimer _timer;
    private HttpClientStream? _upstream;
    private Streams.HttpProtocol _downstream;
    private bool _bodyComplete;
    private CallSpan? _span;
    private Host? _host;
    private int _status;
    private ResponseFlags _flags;
    private bool _isOver;

    private ShadowRequest(Worker worker, Cluster cluster)
    {
        _worker = worker;
        _cluster = cluster;
        _pending = new PendingStream(this);
        _body = new BufferChain(worker.Loop.Buffers);
        _timer = new LoopTimer(worker.Loop.Timers, this);
    }

    public HeaderMap ResponseHeaders { get; } = new();

    public HeaderMap ResponseTrailers { get; } = new();

    /// <summary>Starts a copy, or gives null when the policy does not want one or there is no host.</summary>
    internal static ShadowRequest? TryStart(HttpStream stream, MirrorPolicy policy, bool hasBody, long timeoutNanos)
    {
        var worker = stream.Worker;
        if (!policy.Fraction.IsHit(stream.Info.RandomValue, RuntimeSettings.Current) || FindCluster(stream, policy)
            is not { } cluster)
        {
            return null;
        }

        var shadow = new ShadowRequest(worker, cluster) { _downstream = stream.Info.Protocol };
        shadow._request.CopyFrom(stream.Request);
        if (policy.HostRewrite is not null)
        {
            shadow._request.Set(HeaderId.Authority, policy.HostRewrite);
        }
        else if (!policy.DisableShadowHostSuffix)
        {
            AddSuffix(shadow._request);
        }

        foreach (var mutation in policy.RequestHeaders)
        {
            mutation.Apply(shadow._request, stream.Info);
        }

        MachineAddress.AppendTo(shadow._request);
        shadow._span = CallSpan.BeginHttp(stream, "mirror"u8, shadow._request, cluster, policy.IsTraceSampled);

        shadow._request.Set(HeaderId.XEnvoyInternal, "true"u8);
        shadow._bodyComplete = !hasBody;
        return shadow.Start(timeoutNanos) ? shadow : null;
    }

    /// <summary>More of the body, which stays where it is.</summary>
    internal void OnData(BufferChain data, int length, bool endStream)
    {
        if (_isOver)
        {
            return;
        }

        data.AppendTo(_body, length);
        _bodyComplete |= endStream;
        if (_upstream is not null)
        {
            _upstream.EncodeData(_body, _body.Length, endStream);
        }
        else if (_body.Length > BodyBytesMax)
        {
            End(true);
        }
    }

    internal void OnEnd()
    {
        _bodyComplete = true;
        if (!_isOver)
        {
            _upstream?.EncodeData(_body, 0, true);
        }
    }

    void ITimerTarget.OnTimer(LoopTimer timer)
    {
        (_flags, _status) = (ResponseFlags.UpstreamRequestTimeout, 504);
        End(true);
    }

    void IUpstreamCallbacks.OnPoolReady(HttpClientStream stream)
    {
        _upstream = stream;
        if (_request.IndexOfUnsendable(out _) >= 0)
        {
            End(true);
            return;
        }

        stream.EncodeHeaders(_request, _bodyComplete && _body.IsEmpty);
        if (!_body.IsEmpty)
        {
            stream.EncodeData(_body, _body.Length, _bodyComplete);
        }
    }

    void IUpstreamCallbacks.OnPoolFailure(UpstreamResetReason reason, byte[]? transportFailure)
    {
        (_flags, _status) = (Router.FlagOf(reason), 503);
        End(false);
    }

    void IUpstreamCallbacks.OnInformational(int status)
    {
    }

    void IUpstreamCallbacks.OnResponseHeaders(int status, bool endStream)
    {
        _cluster.Stats.CountResponse(_worker.Index, status, true);
        _status = status;
        if (endStream)
        {
            End(false);
        }
    }

    void IUpstreamCallbacks.OnResponseData(BufferChain data, int length, bool endStream)
    {
        data.Consume(length);
        if (endStream)
        {
            End(false);
        }
    }

    void IUpstreamCallbacks.OnResponseTrailers() => End(false);

    void IUpstreamCallbacks.OnUpstreamReset(UpstreamResetReason reason)
    {
        _cluster.Stats.Add(_worker.Index, ClusterStat.UpstreamRqRxReset);
        _flags = Router.FlagOf(reason);
        _status = _status > 0 ? _status : 503;
        End(false);
    }

    void IUpstreamCallbacks.OnUpstreamAboveHighWatermark()
    {
    }

    void IUpstreamCallbacks.OnUpstreamBelowLowWatermark()
    {
    }

    private static Cluster? FindCluster(HttpStream stream, MirrorPolicy policy)
    {
        if (policy.ClusterHeader is { } header)
        {
            return stream.Request.TryGet(header, out var name) ? stream.Worker.Clusters.Find(name)?.Current : null;
        }

        return policy.Cluster?.Current;
    }

    /// <summary><c>foo.com:80</c> becomes <c>foo.com-shadow:80</c>.</summary>
    private static void AddSuffix(HeaderMap request)
    {
        var host = request.Get(HeaderId.Authority);
        var colon = host.LastIndexOf((byte)':');
        var name = colon > 0 && host[^1] != ']' ? host[..colon] : host;
        request.Set(HeaderId.Authority, [.. name, .. "-shadow"u8, .. host[name.Length..]]);
    }

    private bool Start(long timeoutNanos)
    {
        var host = _cluster.PickHost(_worker.Index, _context);
        if (host is null)
        {
            return false;
        }

        if (timeoutNanos > 0)
        {
            _timer.Start(timeoutNanos / 1_000_000);
        }

        _host = host;
        _worker.GetHostState(host).GetPool(_downstream, false, default).NewStream(_pending);
        return !_isOver;
    }

    private void End(bool reset)
    {
        if (_isOver)
        {
            return;
        }

        _isOver = true;
        _timer.Remove();
        _pending.Pool?.Cancel(_pending);
        var upstream = _upstream;
        _upstream = null;
        _body.Clear();
        if (reset || !_bodyComplete)
        {
            upstream?.Reset();
        }

        _span?.EndHttp(_cluster, _host, _status, _flags);
    }
}
