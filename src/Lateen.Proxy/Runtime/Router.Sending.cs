using System.Text;
using Lateen.Http;
using Lateen.Net;
using Lateen.Proxy.Clusters;
using Lateen.Proxy.Routing;
using Lateen.Proxy.Stats;
using Lateen.Proxy.Streams;

namespace Lateen.Proxy.Runtime;

/// <content>The request on its way upstream: its headers for each attempt, and the bytes of its body, sent or
/// kept.</content>
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
            _bodyCameWhole = endStream && _body.IsEmpty && _stream.Codec.Protocol == HttpProtocol.Http2;
            data.MoveTo(_body, length);
            LimitBuffer();
        }

        if (endStream && _started)
        {
            OnRequestComplete();
        }

        OfferRequestBody();
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

        OfferRequestBody();
    }

    private void PauseRequest(bool pause)
    {
        if (_downstreamPaused == pause || _stream.IsOver)
        {
            return;
        }

        _downstreamPaused = pause;
        _stream.Codec.ReadDisable(_stream, pause);
    }

    private void PrepareAttemptHeaders()
    {
        var request = _stream.Request;
        if (Info.AttemptCount > 1 && Info.VirtualHost is { IncludeRequestAttemptCount: true })
        {
            SetNumber(request, HeaderId.XEnvoyAttemptCount, Info.AttemptCount);
        }

        if (Info.VirtualHost is { IncludeIsTimeoutRetryHeader: true } && Info.AttemptCount > 1 && _timedOutOnce)
        {
            request.Set(HeaderId.XEnvoyIsTimeoutRetry, "true"u8);
        }

        if (Info.AttemptCount > 1)
        {
            SetTimeLeft(request);
        }
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

    /// <summary>As a literal of C: nothing that could end a line of a log.</summary>
    private static string Escape(ReadOnlySpan<byte> text)
    {
        var result = new StringBuilder(text.Length);
        foreach (var value in text)
        {
            _ = value switch
            {
                (byte)'\n' => result.Append("\\n"),
                (byte)'\r' => result.Append("\\r"),
                (byte)'\t' => result.Append("\\t"),
                (byte)'"' or (byte)'\'' or (byte)'\\' => result.Append('\\').Append((char)value),
                < 0x20 or >= 0x7f => result.Append('\\').Append(Convert.ToString(value, 8).PadLeft(3, '0')),
                _ => result.Append((char)value),
            };
        }

        return result.ToString();
    }

    /// <summary>A filter or route made a header of text that would end its line: as in Envoy's codecs.</summary>
    private void RefuseHeader(int index, bool isName)
    {
        var name = Escape(_stream.Request.GetName(index));
        var reason = isName ? $"invalid header name: {name}" : $"invalid header value for: {name}";
        _stream.SendLocalReply(
            503, Encoding.Latin1.GetBytes(reason), ResponseFlags.DownstreamProtocolError,
            Encoding.Latin1.GetBytes(
                $"filter_removed_required_request_headers{{{reason.Replace(' ', '_')}}}"));
    }

    /// <summary>What the request tells of its attempt; before filters of attempts, which may sign it.</summary>
    private void AddressTo(Host host)
    {
        if (_action!.AutoHostRewrite && host.HostnameBytes.Length > 0)
        {
            PathRewriter.SetHost(
                _action, _stream.Request, host.HostnameBytes, _filter!.SuppressEnvoyHeaders);
        }

        InjectContext();
    }

    private void SendRequest(HttpClientStream stream, Host host)
    {
        if (_filters.Length == 0)
        {
            AddressTo(host);
        }

        if (_stream.Request.IndexOfUnsendable(out var isName) is >= 0 and var bad)
        {
            RefuseHeader(bad, isName);
            return;
        }

        LogAttempt(AccessLog.AccessLogType.UpstreamPoolReady);
        _headersSent = true;
        var hasBody = !_body.IsEmpty || _replacedBody is not null;
        var endsHere = !_stream.HasBody && _replacedBody is null;
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
        var endsHere = (_bodyComplete && _stream.RequestTrailers.Count == 0) || !_stream.HasBody;
        if (_replacedBody is { } replaced)
        {
            stream.EncodeData(replaced, replaced.Length, endsHere);
            if (!KeepsBody)
            {
                _body.Clear();
            }
        }
        else if (!KeepsBody)
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
        if (_body.Length <= limit || _filterBodyMax >= 0)
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
}
