using System.Buffers.Text;
using Lateen.Http;
using Lateen.Proxy.Clusters;

namespace Lateen.Proxy.Routing;

/// <summary>
/// The retries of one request: what may be retried, how many are left, how long to wait. Set up once per request by
/// <see cref="Start"/>; a field of the stream, reused.
/// </summary>
internal sealed class RetryState
{
    private RetryPolicy? _policy;
    private RetryOn _on;
    private int _attempt;
    private readonly List<int> _headerCodes = [];
    private readonly List<HeaderName> _headerNames = [];

    /// <summary>Retries left.</summary>
    public int Remaining { get; private set; }

    /// <summary>Whether anything may be retried at all.</summary>
    public bool IsEnabled => _on != RetryOn.None;

    public RetryPolicy? Policy => _policy;

    /// <summary>Reads the policy and the x-envoy-… headers of the request and takes these headers away.</summary>
    public void Start(RetryPolicy? policy, HeaderMap request)
    {
        _policy = policy;
        _attempt = 0;
        _headerCodes.Clear();
        _headerNames.Clear();
        _on = policy?.On ?? RetryOn.None;
        Remaining = policy?.RetryCount ?? 1;
        if (request.TryGet(HeaderId.XEnvoyRetryOn, out var on))
        {
            _on |= RetryPolicy.ParseOn(on);
        }
        if (request.TryGet(HeaderId.XEnvoyRetryGrpcOn, out var grpcOn))
        {
            _on |= RetryPolicy.ParseOn(grpcOn);
        }
        if (_on != RetryOn.None && request.TryGet(HeaderId.XEnvoyMaxRetries, out var count)
            && Utf8Parser.TryParse(count, out int retries, out _) && retries >= 0)
        {
            Remaining = retries;
        }
        if (request.TryGet(HeaderId.XEnvoyRetriableStatusCodes, out var codes))
        {
            ReadCodes(codes);
        }
        if (request.TryGet(HeaderId.XEnvoyRetriableHeaderNames, out var names))
        {
            ReadNames(names);
        }
        RemoveControlHeaders(request);
        if (policy is { RetriableRequestHeaders.Length: > 0 } && !MatchesAny(policy.RetriableRequestHeaders, request))
        {
            _on = RetryOn.None;
        }
    }

    /// <summary>Whether a response with these headers may be retried.</summary>
    public bool IsRetriable(int status, HeaderMap response)
    {
        if (_on == RetryOn.None)
        {
            return false;
        }
        if (response.Contains(HeaderId.XEnvoyRateLimited))
        {
            return Has(RetryOn.EnvoyRateLimited);
        }
        return (Has(RetryOn.Status5xx) && status is >= 500 and < 600)
            || (Has(RetryOn.GatewayError) && (status is 502 or 503 or 504))
            || (Has(RetryOn.Retriable4xx) && status == 409)
            || IsRetriableCode(status)
            || (Has(RetryOn.RetriableHeaders) && HasRetriableHeader(response))
            || IsRetriableGrpc(response);
    }

    /// <summary>Whether an attempt that ended without response may be retried.</summary>
    public bool IsRetriable(UpstreamResetReason reason, bool requestHeadersSent)
    {
        if (_on == RetryOn.None || reason == UpstreamResetReason.Overflow)
        {
            return false;
        }
        if (Has(RetryOn.Reset | RetryOn.Status5xx | RetryOn.GatewayError))
        {
            return true;
        }
        return (Has(RetryOn.ResetBeforeRequest) && !requestHeadersSent)
            || (Has(RetryOn.RefusedStream) && reason == UpstreamResetReason.RemoteRefusedStreamReset)
            || (Has(RetryOn.ConnectFailure) && reason is UpstreamResetReason.LocalConnectionFailure
                or UpstreamResetReason.RemoteConnectionFailure or UpstreamResetReason.ConnectionTimeout);
    }

    /// <summary>Takes one retry; false when none is left (flag URX, upstream_rq_retry_limit_exceeded).</summary>
    public bool TryTake()
    {
        if (Remaining <= 0)
        {
            return false;
        }
        Remaining--;
        _attempt++;
        return true;
    }

    /// <summary>
    /// Nanoseconds to wait before the attempt just taken: random below a limit that doubles from the base interval on.
    /// </summary>
    public long NextBackoffNanos(ref WorkerRandom random)
    {
        var interval = _policy?.BaseIntervalNanos ?? 25_000_000;
        var max = _policy?.MaxIntervalNanos ?? 250_000_000;
        var limit = Math.Min(max, interval << Math.Clamp(_attempt - 1, 0, 20));
        return limit <= 0 ? 0 : (long)(random.Next() % (ulong)limit);
    }

    /// <summary>
    /// Nanoseconds that the response asks to wait (<c>rate_limited_retry_back_off</c>); -1 when it does not say.
    /// </summary>
    public long RateLimitBackoffNanos(HeaderMap response, long unixNanos, ref WorkerRandom random)
    {
        foreach (var (name, isUnixTime) in _policy?.ResetHeaders ?? [])
        {
            if (!response.TryGet(name, out var text) || !Utf8Parser.TryParse(text, out long seconds, out var used)
                || used != text.Length || seconds < 0)
            {
                continue;
            }
            var nanos = isUnixTime ? seconds * 1_000_000_000 - unixNanos : seconds * 1_000_000_000;
            if (nanos > 1_000_000 && nanos <= _policy!.ResetMaxIntervalNanos)
            {
                return nanos + (long)(random.Next() % (ulong)(nanos / 2 + 1));
            }
        }
        return -1;
    }

    private bool Has(RetryOn flag) => (_on & flag) != 0;

    private bool HasRetriableHeader(HeaderMap response)
    {
        foreach (var name in _headerNames)
        {
            if (response.Contains(name))
            {
                return true;
            }
        }
        return _policy is not null && MatchesAny(_policy.RetriableHeaders, response);
    }

    private static bool MatchesAny(HeaderMatcher[] matchers, HeaderMap headers)
    {
        foreach (var matcher in matchers)
        {
            if (matcher.IsMatch(headers))
            {
                return true;
            }
        }
        return false;
    }

    /// <summary>A list of codes counts even without its token, as soon as there is some other one.</summary>
    private bool IsRetriableCode(int status)
    {
        foreach (var code in _policy?.RetriableStatusCodes ?? [])
        {
            if (code == status)
            {
                return true;
            }
        }
        return Has(RetryOn.RetriableStatusCodes) && _headerCodes.Contains(status);
    }

    private bool IsRetriableGrpc(HeaderMap response)
    {
        const RetryOn All = RetryOn.GrpcCancelled | RetryOn.GrpcDeadlineExceeded | RetryOn.GrpcInternal
            | RetryOn.GrpcResourceExhausted | RetryOn.GrpcUnavailable;
        if (!Has(All) || !response.TryGet(HeaderId.GrpcStatus, out var text)
            || !Utf8Parser.TryParse(text, out int status, out _))
        {
            return false;
        }
        return status switch
        {
            1 => Has(RetryOn.GrpcCancelled),
            4 => Has(RetryOn.GrpcDeadlineExceeded),
            8 => Has(RetryOn.GrpcResourceExhausted),
            13 => Has(RetryOn.GrpcInternal),
            14 => Has(RetryOn.GrpcUnavailable),
            _ => false,
        };
    }

    private void ReadCodes(ReadOnlySpan<byte> codes)
    {
        while (codes.Length > 0 && _headerCodes.Count < 100)
        {
            var comma = codes.IndexOf((byte)',');
            var word = (comma < 0 ? codes : codes[..comma]).Trim((byte)' ');
            if (Utf8Parser.TryParse(word, out int code, out var used) && used == word.Length)
            {
                _headerCodes.Add(code);
            }
            codes = comma < 0 ? default : codes[(comma + 1)..];
        }
    }

    private void ReadNames(ReadOnlySpan<byte> names)
    {
        while (names.Length > 0 && _headerNames.Count < 100)
        {
            var comma = names.IndexOf((byte)',');
            var word = (comma < 0 ? names : names[..comma]).Trim((byte)' ');
            if (word.Length > 0)
            {
                _headerNames.Add(HeaderName.Create(System.Text.Encoding.ASCII.GetString(word).ToLowerInvariant()));
            }
            names = comma < 0 ? default : names[(comma + 1)..];
        }
    }

    private static void RemoveControlHeaders(HeaderMap request)
    {
        request.Remove(HeaderId.XEnvoyRetryOn);
        request.Remove(HeaderId.XEnvoyRetryGrpcOn);
        request.Remove(HeaderId.XEnvoyMaxRetries);
        request.Remove(HeaderId.XEnvoyRetriableHeaderNames);
        request.Remove(HeaderId.XEnvoyRetriableStatusCodes);
        request.Remove(HeaderId.XEnvoyHedgeOnPerTryTimeout);
    }
}
