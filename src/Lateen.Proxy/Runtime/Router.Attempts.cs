using System.Text;
using Lateen.Http;
using Lateen.Net;
using Lateen.Proxy.Addresses;
using Lateen.Proxy.Clusters;
using Lateen.Proxy.Routing;
using Lateen.Proxy.Stats;
using Lateen.Proxy.Streams;

namespace Lateen.Proxy.Runtime;

/// <content>Attempts: host and connection, the request's bytes, failures and what follows them.</content>
internal sealed partial class Router
{
    /// <summary>Bytes of a request's body kept for another attempt at most, when nothing smaller is
    /// configured.</summary>
    private const long RetryBufferBytesMax = 1024 * 1024;

    private static readonly List<ShadowRequest> NoShadows = [];

    /// <summary>The body may be sent again, so that its bytes stay.</summary>
    private bool KeepsBody => _retryEnabled || _mayRedirect;

    /// <summary>The request's body goes on; bytes that cannot be sent yet wait.</summary>
    internal void OnRequestData(BufferChain data, int length, bool endStream)
    {
        _bodyComplete |= endStream;
        foreach (var shadow in _shadows ?? NoShadows)
        {
            shadow.OnData(data, length, endStream);
        }

        var ready = _upstream is not null && _headersSent;
        if (_attempts is { Count: > 0 } && !ready)
        {
            SendToAttempts(data, length, endStream);
            data.MoveTo(_body, length);
        }
        else if (ready && !KeepsBody)
        {
            _upstream!.EncodeData(data, length, endStream);
        }
        else if (ready)
        {
            data.AppendTo(_body, length);
            _upstream!.EncodeData(data, length, endStream);
            LimitBuffer();
        }
        else
        {
            data.MoveTo(_body, length);
            LimitBuffer();
        }

        if (endStream && _started)
        {
            OnRequestComplete();
        }
    }

    internal void OnRequestTrailers()
    {
        _bodyComplete = true;
        foreach (var shadow in _shadows ?? NoShadows)
        {
            shadow.OnEnd();
        }

        if (_upstream is not null && _headersSent)
        {
            _upstream.EncodeTrailers(_stream.RequestTrailers);
        }

        foreach (var attempt in _attempts ?? NoAttempts)
        {
            attempt.Upstream?.EncodeTrailers(_stream.RequestTrailers);
        }

        if (_started)
        {
            OnRequestComplete();
        }
    }

    void IUpstreamCallbacks.OnPoolReady(HttpClientStream stream)
    {
        _upstream = stream;
        NoteUpstream(stream);
        SendRequest(stream, stream.Host);
    }

    private void NoteUpstream(HttpClientStream stream)
    {
        CountRequest(RequestStat.UpstreamRqTotal);
        _attemptStream = stream;
        Describe(stream);
    }

    private void Describe(HttpClientStream stream)
    {
        var host = stream.Host;
        Info.UpstreamHost = host;
        Info.UpstreamLocalAddress = NetAddresses.ToAddress(stream.Transport.LocalAddress);
        Info.UpstreamRemoteAddress = host.Address;
        Info.UpstreamTls = stream.TlsInfo;
        Info.UpstreamConnectionId = stream.ConnectionId;
        Info.UpstreamProtocol = stream.Protocol;
        if (Info.FirstUpstreamTxNanos == 0)
        {
            Info.FirstUpstreamTxNanos = _worker.NowNanos;
        }
    }

    void IUpstreamCallbacks.OnPoolFailure(UpstreamResetReason reason, byte[]? transportFailure)
    {
        _pool = null;
        Info.UpstreamTransportFailureReason = transportFailure;
        LogUpstream(0, FlagOf(reason), false);
        OnAttemptFailed(reason);
    }

    void IUpstreamCallbacks.OnUpstreamReset(UpstreamResetReason reason)
    {
        _upstream = null;
        LogUpstream(0, FlagOf(reason));
        CountReset(reason);
        Info.UpstreamHost?.Add(_worker.Index, HostStat.RqError);
        if (_cluster!.Outlier is { } outlier && Info.UpstreamHost is { } host && !_responseStarted)
        {
            outlier.OnLocalOriginFailure(host, false);
        }

        OnAttemptFailed(reason);
    }

    private void CountReset(UpstreamResetReason reason)
    {
        if (reason == UpstreamResetReason.RemoteReset)
        {
            Count(ClusterStat.UpstreamRqRxReset);
        }
        else if (reason == UpstreamResetReason.ProtocolError && Info.UpstreamProtocol == HttpProtocol.Http2)
        {
            Count(ClusterStat.UpstreamRqTxReset);
        }
    }

    void IUpstreamCallbacks.OnUpstreamAboveHighWatermark() => PauseRequest(true);

    void IUpstreamCallbacks.OnUpstreamBelowLowWatermark() => PauseRequest(false);

    private void PauseRequest(bool pause)
    {
        if (_downstreamPaused == pause || _stream.IsOver)
        {
            return;
        }

        _downstreamPaused = pause;
        _stream.Codec.ReadDisable(_stream, pause);
    }

    private void StartAttempt()
    {
        Info.AttemptCount++;
        _context.RetryAttempt = Info.AttemptCount - 1;
        _headersSent = false;
        _attemptStartNanos = _worker.NowNanos;
        BeginTracking();
        var host = _cluster!.PickHost(_worker.Index, _context);
        if (host is null)
        {
            SendNoHost();
            return;
        }

        Info.UpstreamHost = host;
        Info.UpstreamTransportFailureReason = null;
        _context.OnAttempt(host);
        BeginAttempt();
        PrepareAttemptHeaders();
        if (_hedges && _retryEnabled && !_stream.IsConnect)
        {
            StartHedged(host);
            return;
        }

        _pool = _worker.GetHostState(host).TryGetPool(
            Info.Protocol, _action!.HighPriority, OverridesFor(host), _stream.IsConnect && _action.TerminatesConnect);
        if (_pool is null)
        {
            SendNoHost();
            return;
        }

        _pool.NewStream(_pending);
    }

    private void SendNoHost()
    {
        Count(ClusterStat.UpstreamCxNoneHealthy);
        Info.CountResponse(_cluster!, _worker.Index, 503);
        _stream.SendLocalReply(
            503, "no healthy upstream"u8, ResponseFlags.NoHealthyUpstream, ResponseDetails.NoHealthyUpstream);
    }

    private void PrepareAttemptHeaders()
    {
        var request = _stream.Request;
        if (Info.VirtualHost is { IncludeRequestAttemptCount: true })
        {
            SetNumber(request, HeaderId.XEnvoyAttemptCount, Info.AttemptCount);
        }

        if (Info.VirtualHost is { IncludeIsTimeoutRetryHeader: true } && Info.AttemptCount > 1 && _timedOutOnce)
        {
            request.Set(HeaderId.XEnvoyIsTimeoutRetry, "true"u8);
        }

        SetTimeLeft(request);
    }

    private void SetTimeLeft(HeaderMap request)
    {
        var left = TimeLeft();
        if (!_filter!.SuppressEnvoyHeaders && left > 0)
        {
            SetNumber(request, HeaderId.XEnvoyExpectedRqTimeoutMs, left / 1_000_000);
        }

        SetGrpcTimeout(request, left > 0 ? left : _timeouts.MaxStreamDuration);
    }

    /// <summary>Where the route limits the caller's deadline, the upstream is told what is left of it.</summary>
    private void SetGrpcTimeout(HeaderMap request, long nanos)
    {
        var isLimited = _action!.GrpcTimeoutHeaderMaxNanos is not null || _action.MaxGrpcTimeoutNanos is not null;
        if (nanos > 0 && isLimited && RouteMatcher.IsGrpc(request) && request.Contains(HeaderId.GrpcTimeout))
        {
            GrpcCalls.SetTimeout(request, nanos);
        }
    }

    /// <summary>How long the upstream has: the lesser of one try and what is left of the whole.</summary>
    private long TimeLeft()
    {
        var left = _timeouts.Global;
        if (left > 0 && _requestCompleteNanos > 0)
        {
            left = Math.Max(1_000_000, left - (_worker.NowNanos - _requestCompleteNanos));
        }

        if (_timeouts.PerTry > 0)
        {
            left = left > 0 ? Math.Min(left, _timeouts.PerTry) : _timeouts.PerTry;
        }

        return left;
    }

    private UpstreamConnector.Overrides OverridesFor(Host host)
    {
        var config = host.Cluster.Config;
        var http = config.Http;
        var preamble = host.TransportSocket.ProxyProtocolVersion > 0
            ? ProxyProtocolWriter.Write(
                host.TransportSocket, Info.Connection.ToProxyProtocol(), host.Attributes.ProxyTlvs)
            : null;
        var downstream = config.ConnectionPoolPerDownstreamConnection ? Info.Connection.ConnectionId : 0;
        var shared = SharedFilterState.Of(Info.Connection.FilterState, Info.FilterState);
        if (host.TransportSocket.Tls is null)
        {
            return new UpstreamConnector.Overrides(null, null, null, default, preamble, downstream, shared);
        }

        byte[]? name = null;
        if (http.AutoSni || http.AutoSanValidation)
        {
            // Without the header that is to name it, the authority does.
            name = http.AutoSniHeader is { } header && _stream.Request.TryGet(header, out var named)
                ? HostOnly(named)
                : HostOnly(_stream.Request.Get(HeaderId.Authority));
        }

        return new UpstreamConnector.Overrides(
            Info.UpstreamAlpnOverride, http.AutoSni ? name : null, http.AutoSanValidation ? name : null, default,
            preamble, downstream, shared);
    }

    private static byte[]? HostOnly(ReadOnlySpan<byte> authority)
    {
        var colon = authority.LastIndexOf((byte)':');
        var host = colon > 0 && authority[^1] != ']' ? authority[..colon] : authority;
        return host.IsEmpty || IpAddress.TryParse(host, out _) ? null : host.ToArray();
    }

    private void SendRequest(HttpClientStream stream, Host host)
    {
        if (_action!.AutoHostRewrite && host.HostnameBytes.Length > 0)
        {
            PathRewriter.SetHost(_action, _stream.Request, host.HostnameBytes);
        }

        foreach (var filter in _cluster!.Config.Http.Filters)
        {
            filter.OnRequestHeaders(_worker.Index, _stream.Request, Info);
        }

        InjectContext();
        LogAttempt(AccessLog.AccessLogType.UpstreamPoolReady);
        _headersSent = true;
        var hasBody = !_body.IsEmpty;
        var endsHere = !_stream.HasBody;
        stream.EncodeHeaders(_stream.Request, endsHere);
        if (hasBody)
        {
            SendBufferedBody(stream);
        }
        else if (!endsHere && _bodyComplete)
        {
            stream.EncodeTrailers(_stream.RequestTrailers);
        }

        Info.LastUpstreamTxNanos = _worker.NowNanos;
        if (_stream.RequestPassed)
        {
            StartPerTryTimer();
        }

        if (_timeouts.PerTryIdle > 0)
        {
            _perTryIdleTimer.Start((_timeouts.PerTryIdle + 999_999) / 1_000_000);
        }

        if (_cluster!.Config.Http.MaxStreamDurationNanos > 0)
        {
            _upstreamDurationTimer.Start(_cluster.Config.Http.MaxStreamDurationNanos / 1_000_000);
        }

        if (!KeepsBody && _downstreamPaused && _body.IsEmpty)
        {
            PauseRequest(false);
        }
    }

    private void SendBufferedBody(HttpClientStream stream)
    {
        var endsHere = _bodyComplete && _stream.RequestTrailers.Count == 0;
        if (!KeepsBody)
        {
            stream.EncodeData(_body, _body.Length, endsHere);
        }
        else
        {
            var copy = new BufferChain(_worker.Loop.Buffers);
            _body.AppendTo(copy);
            stream.EncodeData(copy, copy.Length, endsHere);
        }

        if (_bodyComplete && !endsHere)
        {
            stream.EncodeTrailers(_stream.RequestTrailers);
        }
    }

    /// <summary>More than may be kept: no other attempt; and when nothing takes the bytes, the client waits.</summary>
    private void LimitBuffer()
    {
        var limit = Info.Route?.RequestBufferBytesMax ?? Info.VirtualHost?.RequestBufferBytesMax ?? RetryBufferBytesMax;
        if (_body.Length <= limit)
        {
            return;
        }

        if (KeepsBody)
        {
            _retryEnabled = _mayRedirect = false;
            Count(ClusterStat.RetryOrShadowAbandoned);
        }

        if (_upstream is not null && _headersSent)
        {
            _body.Clear();
        }
        else if (_backoffTimer.IsStarted)
        {
            _stream.SendLocalReply(
                507, "exceeded request buffer limit while retrying upstream"u8, ResponseFlags.None,
                ResponseDetails.RetryBufferExceeded);
        }
        else
        {
            PauseRequest(true);
        }
    }

    private void OnAttemptFailed(UpstreamResetReason reason)
    {
        _perTryTimer.Stop();
        _perTryIdleTimer.Stop();
        _upstreamDurationTimer.Stop();
        if (_stream.IsOver)
        {
            return;
        }

        if (_responseStarted)
        {
            _stream.Count(HttpStat.RqResetAfterDownstreamResponseStarted);
            Info.ResponseFlags |= FlagOf(reason);
            Info.ResponseCodeDetails =
                Encoding.ASCII.GetBytes($"upstream_reset_after_response_started{{{Underscored(TextOf(reason))}}}");
            _stream.Reset();
            return;
        }

        if (TryRetry(reason))
        {
            return;
        }

        FailRequest(reason);
    }

    private void FailRequest(UpstreamResetReason reason)
    {
        var text = TextOf(reason);
        var details = Underscored(text);
        if (Info.UpstreamTransportFailureReason is { Length: > 0 } transport)
        {
            details += "|" + Encoding.UTF8.GetString(transport).Replace(' ', '_');
        }

        var prefix = Info.AttemptCount > 1 ? "retried and the latest " : "";
        var body = $"upstream connect error or disconnect/reset before headers. {prefix}reset reason: {text}";
        var code = reason == UpstreamResetReason.ProtocolError ? 502 : 503;
        CountResponse(code);
        _stream.SendLocalReply(
            code, Encoding.UTF8.GetBytes(body), FlagOf(reason),
            Encoding.UTF8.GetBytes($"upstream_reset_before_response_started{{{details}}}"), -1,
            reason == UpstreamResetReason.Overflow);
    }

    private bool TryRetry(UpstreamResetReason reason)
    {
        if (!_retryEnabled || !_retry.IsRetriable(reason, _headersSent))
        {
            return false;
        }

        return TryScheduleRetry(-1);
    }

    /// <summary>Another attempt after a pause, if one is left and the breaker lets it.</summary>
    private bool TryScheduleRetry(long backoffNanos)
    {
        if (!_retry.TryTake())
        {
            Info.ResponseFlags |= ResponseFlags.UpstreamRetryLimitExceeded;
            Count(ClusterStat.UpstreamRqRetryLimitExceeded);
            CountRequest(RequestStat.UpstreamRqRetryLimitExceeded);
            return false;
        }

        var stats = _cluster!.Stats.Scope;
        var load = stats.Read((int)ClusterStat.UpstreamRqActive) + stats.Read((int)ClusterStat.UpstreamRqPendingActive);
        if (!GetBreakers().TryAcquireRetry(load))
        {
            Info.ResponseFlags |= ResponseFlags.UpstreamOverflow;
            Count(ClusterStat.UpstreamRqRetryOverflow);
            CountRequest(RequestStat.UpstreamRqRetryOverflow);
            return false;
        }

        _retryHeld = true;
        Count(ClusterStat.UpstreamRqRetry);
        CountRequest(RequestStat.UpstreamRqRetry);
        Count(backoffNanos >= 0
            ? ClusterStat.UpstreamRqRetryBackoffRatelimited
            : ClusterStat.UpstreamRqRetryBackoffExponential);
        var nanos = backoffNanos >= 0 ? backoffNanos : _retry.NextBackoffNanos(ref _worker.Random);
        _backoffTimer.Start((nanos + 999_999) / 1_000_000);
        return true;
    }

    private void ReleaseRetry()
    {
        if (_retryHeld)
        {
            _retryHeld = false;
            GetBreakers().ReleaseRetry();
        }
    }

    private static ResponseFlags FlagOf(UpstreamResetReason reason) => reason switch
    {
        UpstreamResetReason.LocalReset => ResponseFlags.LocalReset,
        UpstreamResetReason.RemoteReset or UpstreamResetReason.RemoteRefusedStreamReset =>
            ResponseFlags.UpstreamRemoteReset,
        UpstreamResetReason.LocalConnectionFailure or UpstreamResetReason.RemoteConnectionFailure
            or UpstreamResetReason.ConnectionTimeout => ResponseFlags.UpstreamConnectionFailure,
        UpstreamResetReason.ConnectionTermination => ResponseFlags.UpstreamConnectionTermination,
        UpstreamResetReason.Overflow => ResponseFlags.UpstreamOverflow,
        UpstreamResetReason.ProtocolError => ResponseFlags.UpstreamProtocolError,
        _ => ResponseFlags.UpstreamRequestTimeout,
    };

    internal static string TextOf(UpstreamResetReason reason) => reason switch
    {
        UpstreamResetReason.LocalReset => "local reset",
        UpstreamResetReason.RemoteReset => "remote reset",
        UpstreamResetReason.RemoteRefusedStreamReset => "remote refused stream reset",
        UpstreamResetReason.LocalConnectionFailure => "local connection failure",
        UpstreamResetReason.RemoteConnectionFailure => "remote connection failure",
        UpstreamResetReason.ConnectionTimeout => "connection timeout",
        UpstreamResetReason.ConnectionTermination => "connection termination",
        UpstreamResetReason.Overflow => "overflow",
        _ => "protocol error",
    };

    private static string Underscored(string text) => text.Replace(' ', '_');
}
