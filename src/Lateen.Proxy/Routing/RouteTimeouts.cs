using System.Buffers.Text;
using Lateen.Http;

namespace Lateen.Proxy.Routing;

/// <summary>The time limits of one request in nanoseconds; zero: none.</summary>
internal readonly record struct RouteTimeouts(long Global, long PerTry, long PerTryIdle, long MaxStreamDuration)
{
    /// <summary>
    /// Works out the limits from the route and the request's headers (x-envoy-upstream-rq-timeout-ms and per-try,
    /// grpc-timeout) and
    /// takes those headers away.
    /// </summary>
    public static RouteTimeouts Compute(
        RouteAction action, RetryPolicy? retry, HeaderMap request, bool respectExpected = false)
    {
        var global = action.HasMaxStreamDuration ? 0 : action.TimeoutNanos;
        var isGrpc = RouteMatcher.IsGrpc(request);
        if (isGrpc && action.MaxGrpcTimeoutNanos is { } maxGrpc && !action.HasMaxStreamDuration)
        {
            global = TryGetGrpcTimeout(request, out var asked) ? asked : 0;
            if (maxGrpc > 0 && (global == 0 || global > maxGrpc))
            {
                global = maxGrpc;
            }
            if (action.GrpcTimeoutOffsetNanos > 0 && action.GrpcTimeoutOffsetNanos < global)
            {
                global -= action.GrpcTimeoutOffsetNanos;
            }
        }
        // What an upstream proxy expects goes before what its caller asked for, which then passes on.
        var isExpected =
            TryGetMilliseconds(request, HeaderId.XEnvoyExpectedRqTimeoutMs, out var nanos) && respectExpected;
        if (isExpected || TryGetMilliseconds(request, HeaderId.XEnvoyUpstreamRqTimeoutMs, out nanos))
        {
            global = nanos;
        }
        var perTry = retry?.PerTryTimeoutNanos ?? 0;
        if (TryGetMilliseconds(request, HeaderId.XEnvoyUpstreamRqPerTryTimeoutMs, out nanos))
        {
            perTry = nanos;
        }
        if (perTry >= global && global != 0)
        {
            perTry = 0;
        }
        if (!isExpected)
        {
            request.Remove(HeaderId.XEnvoyUpstreamRqTimeoutMs);
        }
        request.Remove(HeaderId.XEnvoyUpstreamRqPerTryTimeoutMs);
        return new RouteTimeouts(
            global, perTry, retry?.PerTryIdleTimeoutNanos ?? 0, StreamDuration(action, request));
    }

    /// <summary>Reads grpc-timeout: up to eight digits and a unit of H M S m u n.</summary>
    public static bool TryGetGrpcTimeout(HeaderMap request, out long nanos)
    {
        nanos = 0;
        if (!request.TryGet(HeaderId.GrpcTimeout, out var text) || text.Length is < 2 or > 9
            || !Utf8Parser.TryParse(text, out ulong value, out var used) || used != text.Length - 1)
        {
            return false;
        }
        var unit = text[^1] switch
        {
            (byte)'H' => 3_600_000_000_000L,
            (byte)'M' => 60_000_000_000,
            (byte)'S' => 1_000_000_000,
            (byte)'m' => 1_000_000,
            (byte)'u' => 1000,
            (byte)'n' => 1,
            _ => 0,
        };
        nanos = (long)value * unit;
        return unit > 0;
    }

    /// <summary>How long the stream may take in all: by grpc-timeout where the route lets it, else by the
    /// route.</summary>
    public static long StreamDuration(RouteAction action, HeaderMap request)
    {
        if (action.GrpcTimeoutHeaderMaxNanos is { } headerMax && TryGetGrpcTimeout(request, out var asked))
        {
            var limited = headerMax > 0 ? Math.Min(asked, headerMax) : asked;
            return action.GrpcTimeoutHeaderOffsetNanos < limited ? limited - action.GrpcTimeoutHeaderOffsetNanos
                : limited;
        }
        return action.MaxStreamDurationNanos;
    }

    private static bool TryGetMilliseconds(HeaderMap request, HeaderId name, out long nanos)
    {
        nanos = 0;
        if (!request.TryGet(name, out var text) || !Utf8Parser.TryParse(text, out ulong ms, out var used)
            || used != text.Length || ms > 9_000_000_000)
        {
            return false;
        }
        nanos = (long)ms * 1_000_000;
        return true;
    }
}
